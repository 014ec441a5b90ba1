"""The shape of a model that is not downloaded: how much of it is taken, and what a registry may do instead."""

from pathlib import Path

import pytest

from ollama_desk.domain.errors import DeskError, ModelFileError, RegistryError
from ollama_desk.domain.model_shape import ModelShape
from ollama_desk.registry.gguf import read_gguf
from ollama_desk.registry.remote_shape import remote_shape
from ollama_desk.registry.shape import MOST_START, shape_of, shape_of_start
from tests.support.blob_contents import MIB, Content
from tests.support.gguf_start import LLAMA, gguf_start
from tests.support.pulling import Place, playing
from tests.support.registry_server import Refusal

START = gguf_start(LLAMA, words=128_256)


class Padded(Content):
    """A start, and then nothing but zeros."""

    def __init__(self, start: bytes, size: int) -> None:
        super().__init__(start)
        self.size = size

    def read(self, start: int, stop: int) -> bytes:
        return super().read(start, stop).ljust(stop - start, b"\0")


async def shape(place: Place, content: Content, *, size: int = -1) -> ModelShape:
    digest = place.server.add(content)[0]
    return await remote_shape(place.registry, place.source(), digest, content.size if size < 0 else size)


def check(found: ModelShape) -> None:
    assert (found.block_count, found.vocabulary, found.embedding_length) == (32, 128_256, 4096)
    assert found.cache_widths == (2048,) * 32


@pytest.mark.parametrize("no_ranges", [False, True])
def test_a_few_kilobytes_tell_where_the_vocabulary_comes_last(tmp_path: Path, *, no_ranges: bool) -> None:
    async def scenario(place: Place) -> None:
        place.server.faults.no_ranges = no_ranges
        check(await shape(place, Padded(START, 60 * MIB)))
        (asked,) = place.server.of_kind("blobs")
        assert asked.range == f"bytes=0-{MOST_START - 1}"
        assert asked.sent < 8 * MIB

    playing(tmp_path, scenario)


def test_merges_before_the_vocabulary_are_read_too(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        check(await shape(place, Padded(gguf_start(LLAMA, words=128_256, merges=60_000), 20 * MIB)))

    playing(tmp_path, scenario)


def test_a_file_that_tells_nothing_of_its_model_costs_no_more_than_the_bound(tmp_path: Path) -> None:
    odd = gguf_start({"general.architecture": "llama"}, words=40, entries=1 << 60)

    async def scenario(place: Place) -> None:
        with pytest.raises(ModelFileError):
            await shape(place, Padded(odd, 90 * MIB))
        assert place.server.sent <= MOST_START

    playing(tmp_path, scenario)


@pytest.mark.parametrize(
    ("fault", "value", "kind"),
    [
        ("corrupt", True, ModelFileError),
        ("wrong_range", True, RegistryError),
        ("cut_after", 40, RegistryError),
        ("length_error", -9, DeskError),
        ("blob", Refusal(404), RegistryError),
    ],
)
def test_a_registry_that_sends_something_else_is_an_error(
    tmp_path: Path, fault: str, value: object, kind: type[DeskError]
) -> None:
    async def scenario(place: Place) -> None:
        setattr(place.server.faults, fault, value)
        with pytest.raises(kind, match=r"\.$|format"):
            await shape(place, Content(START[:9000]))

    playing(tmp_path, scenario)


def test_what_is_smaller_than_announced_is_an_error(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        with pytest.raises((RegistryError, ModelFileError)):
            await shape(place, Content(START), size=0)
        with pytest.raises((RegistryError, ModelFileError)):
            await shape(place, Content(b"GGUF\3"), size=900)

    playing(tmp_path, scenario)


def test_a_start_and_the_whole_header_tell_the_same(tmp_path: Path) -> None:
    path = tmp_path / "whole.gguf"
    path.write_bytes(START)
    assert shape_of(read_gguf(path)) == shape_of_start(START[:2000], len(START))


def test_more_is_wanted_until_it_is_enough() -> None:
    wanted = [length for length in range(0, 1200, 7) if shape_of_start(START[:length], len(START)) is not None]
    assert wanted
    assert wanted == list(range(wanted[0], 1200, 7))
    with pytest.raises(ModelFileError):
        shape_of_start(b"GGML" + START[4:], len(START))
    with pytest.raises(ModelFileError):
        shape_of_start(b"GGUF" + bytes(40), 44)

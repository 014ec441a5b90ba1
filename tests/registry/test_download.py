"""What can go wrong while a blob comes, over real sockets."""

import asyncio
from pathlib import Path

import pytest

from ollama_desk.domain.errors import (
    NotInRegistryError,
    RegistryAnswerError,
    RegistryError,
    RegistryInterruptedError,
    RegistryRefusedError,
    RegistryTimeoutError,
)
from tests.support.blob_contents import MIB, Content, Large, Sparse
from tests.support.pulling import HASTY, Place, playing
from tests.support.registry_server import Faults, Refusal

SMALL = Large(3 * MIB + 7)
BIG = Large(220_000_000)  # three parts


def test_a_part_that_is_cut_goes_on_where_it_was(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(SMALL)
        place.server.faults = Faults(cut_after=MIB, cuts=2)
        assert (await place.pull())[-1].status == "success"
        ranges = [seen.range for seen in place.server.of_kind("blobs") if digest in seen.path]
        assert ranges == ["", f"bytes={MIB}-{SMALL.size - 1}", f"bytes={2 * MIB}-{SMALL.size - 1}"]
        assert place.server.sent == SMALL.size + 2
        assert place.is_right(digest)

    playing(tmp_path, scenario)


def test_a_line_that_always_breaks_but_brings_something_gets_there(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(Large(12 * MIB))
        place.server.faults = Faults(cut_after=MIB)
        assert (await place.pull())[-1].status == "success"
        assert place.is_right(digest)

    playing(tmp_path, scenario)


def test_a_line_that_brings_nothing_is_given_up_and_what_came_is_kept(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(SMALL)
        place.server.faults = Faults(cut_after=1000)
        with pytest.raises(RegistryInterruptedError, match="is kept") as caught:
            await place.pull()
        assert caught.value.words == "max retries exceeded: unexpected EOF"
        place.server.faults = Faults()
        await place.pull()
        assert place.server.of_kind("blobs")[3].range == f"bytes=3000-{SMALL.size - 1}"
        assert place.is_right(digest)

    playing(tmp_path, scenario)


def test_a_part_that_stalls_is_asked_for_again(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(SMALL)
        place.server.faults = Faults(stall_after=MIB, stalls=1)
        assert (await place.pull())[-1].status == "success"
        assert place.is_right(digest)
        place.server.add(Large(MIB, seed=2))
        place.server.faults = Faults(stall_after=100)
        with pytest.raises(RegistryTimeoutError) as caught:
            await place.pull()
        assert caught.value.words.startswith("max retries exceeded: ")

    playing(tmp_path, scenario)


@pytest.mark.parametrize("content", [SMALL, BIG], ids=["one part", "three parts"])
def test_a_server_without_ranges_is_read_in_one(tmp_path: Path, content: Content) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(content)
        place.server.faults = Faults(no_ranges=True, cut_after=2 * MIB, cuts=1)
        assert (await place.pull())[-1].status == "success"
        assert place.is_right(digest)
        assert not place.leftovers

    playing(tmp_path, scenario)


def test_a_server_that_sends_another_part_is_refused(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(BIG)
        place.server.faults.wrong_range = True
        with pytest.raises(RegistryAnswerError, match="another part"):
            await place.pull()

    playing(tmp_path, scenario)


@pytest.mark.parametrize("error", [-1000, 1000])
def test_a_wrong_length_is_refused_at_once(tmp_path: Path, error: int) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(SMALL)
        place.server.faults.length_error = error
        with pytest.raises(RegistryAnswerError, match="contradicts itself"):
            await place.pull()
        assert len(place.server.of_kind("blobs")) == 1

    playing(tmp_path, scenario)


@pytest.mark.parametrize("error", [-1000, 1000])
def test_a_wrong_length_of_a_part_costs_a_try(tmp_path: Path, error: int) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(SMALL)
        place.server.faults = Faults(cut_after=MIB, cuts=1)
        place.server.faults.length_error = 0
        await place.pull(until=lambda step: step.completed_bytes >= 1)
        place.server.faults = Faults(length_error=error)
        try:
            await place.pull()
        except RegistryError:
            place.server.faults = Faults()
            await place.pull()
        assert place.is_right(digest)

    playing(tmp_path, scenario)


def test_a_layer_that_is_gone_is_told_so(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(SMALL)
        place.server.faults.blob = Refusal(404)
        with pytest.raises(NotInRegistryError):
            await place.pull()
        assert len(place.server.of_kind("blobs")) == 1

    playing(tmp_path, scenario)


def test_a_server_in_trouble_is_asked_a_few_times(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(SMALL)
        place.server.faults.blob = Refusal(500, b"oops")
        with pytest.raises(RegistryRefusedError) as caught:
            await place.pull()
        assert caught.value.words == "max retries exceeded: 500: oops"
        assert len(place.server.of_kind("blobs")) == 3

    playing(tmp_path, scenario)


def test_parts_that_are_not_there_are_fetched_anew(tmp_path: Path) -> None:
    """416: what was kept belongs to something else."""

    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(SMALL)
        place.server.faults = Faults(cut_after=MIB, cuts=3)
        place.server.faults.cut_after = 1000
        with pytest.raises(RegistryInterruptedError):
            await place.pull()
        place.server.faults = Faults(blob=Refusal(416, times=1))
        assert (await place.pull())[-1].status == "success"
        assert place.is_right(digest)

    playing(tmp_path, scenario)


def test_a_sparse_blob_of_many_megabytes_comes_right(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(Sparse(130_000_000))
        assert (await place.pull())[-1].status == "success"
        assert place.is_right(digest)

    playing(tmp_path, scenario)


def test_no_more_than_four_connections_are_open_at_once(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(Sparse(620_000_000))  # seven parts
        place.server.faults.bytes_per_s = MIB
        await place.pull(until=lambda step: step.completed_bytes > 4 * MIB)
        ranges = {seen.range for seen in place.server.of_kind("blobs")}
        starts = (0, 100_000_000, 200_000_000, 300_000_000)
        assert ranges == {f"bytes={start}-{start + 99_999_999}" for start in starts}

    playing(tmp_path, scenario)


def test_a_part_that_is_asked_to_wait_waits_and_goes_on(tmp_path: Path) -> None:
    """PL-14: 429 in the middle of a download is no failure."""

    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(SMALL)
        place.server.faults.blob = Refusal(429, b"slow down", {"Retry-After": "1"}, times=1)
        began = asyncio.get_running_loop().time()
        assert (await place.pull())[-1].status == "success"
        assert asyncio.get_running_loop().time() - began >= HASTY.longest_wait_s
        assert place.is_right(digest)

    playing(tmp_path, scenario)


def test_a_registry_that_never_lets_go_of_429_is_told_in_ollamas_words(tmp_path: Path) -> None:
    """PL-14."""

    async def scenario(place: Place) -> None:
        place.server.add(SMALL)
        place.server.faults.blob = Refusal(429, b"slow down")
        with pytest.raises(RegistryRefusedError, match="asks to wait") as caught:
            await place.pull()
        assert caught.value.words == "max retries exceeded: 429: slow down"

    playing(tmp_path, scenario)

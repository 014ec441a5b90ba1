"""The parts of a split model become one file, byte for byte what was split."""

import random
import struct
from pathlib import Path

import pytest

from ollama_desk.domain.errors import ModelFileError
from ollama_desk.registry.gguf import read_gguf
from ollama_desk.registry.offered import examine, proposed_name
from ollama_desk.registry.progress import Progress
from tests.support.importing import gguf_bytes, number_entry, text_entry, tiny_bytes
from tests.support.splitting import split_tiny

FIRST = [text_entry("general.architecture", "llama"), text_entry("general.name", "Whole")]
TENSORS = [(f"blk.{number}", random.Random(number).randbytes(100 + number)) for number in range(6)]  # noqa: S311


def parts(folder: Path, *, count: int = 3) -> list[Path]:
    """A split model whose first part has the settings."""
    found = []
    for number in range(count):
        about = [number_entry("split.no", number), number_entry("split.count", count)]
        path = folder / f"Whole-Q8_0-{number + 1:05}-of-{count:05}.gguf"
        path.write_bytes(gguf_bytes([*(FIRST if not number else []), *about], TENSORS[2 * number : 2 * number + 2]))
        found.append(path)
    return found


def whole(folder: Path) -> bytes:
    return b"".join(examine([folder / "Whole-Q8_0-00002-of-00003.gguf"]).sources()[0].pieces())


def test_the_parts_give_the_file_that_was_split(tmp_path: Path) -> None:
    parts(tmp_path)
    assert whole(tmp_path) == gguf_bytes(FIRST, TENSORS)


def test_any_part_finds_the_others_and_the_name(tmp_path: Path) -> None:
    files = parts(tmp_path)
    for given in ([files[0]], [files[2]], files[::-1]):
        offered = examine(given)
        assert [part.path for part in offered.weights] == files
        assert proposed_name(offered, ()) == "whole"


def test_real_parts_are_a_model_again(tmp_path: Path) -> None:
    first = split_tiny(tmp_path)
    (source,) = examine([first]).sources()
    path = tmp_path / "merged"
    path.write_bytes(b"".join(source.pieces()))
    assert path.read_bytes() == tiny_bytes()
    assert path.stat().st_size == source.size_bytes
    header = read_gguf(path)
    assert header.text("general.name") == "Tiny"
    assert "split.count" not in header.metadata
    assert source.digest(Progress()).startswith("sha256:")


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    files = parts(tmp_path)
    files[1].unlink()
    with pytest.raises(ModelFileError, match=r"missing: Whole-Q8_0-00002-of-00003\.gguf\. Put all 3 parts"):
        examine([files[0]])


def test_parts_of_different_models_are_no_model(tmp_path: Path) -> None:
    files = parts(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    strange = parts(other, count=2)
    with pytest.raises(ModelFileError, match="not parts of one model"):
        examine([files[0], strange[1]])
    files[1].write_bytes(files[2].read_bytes())
    with pytest.raises(ModelFileError, match="not parts of one model"):
        examine([files[0]])


def test_a_tensor_of_an_unknown_type_cannot_be_moved(tmp_path: Path) -> None:
    files = parts(tmp_path)
    data = files[1].read_bytes()
    place = data.index(b"blk.2") + len(b"blk.2") + 4 + 8
    files[1].write_bytes(data[:place] + struct.pack("<I", 999) + data[place + 4 :])
    with pytest.raises(ModelFileError, match="type that is not known here"):
        examine([files[0]]).sources()

"""The part files of an unfinished blob: Ollama's own format, read and written, and what damage does to them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ollama_desk.registry.parts import Partial, cut, part_files
from tests.support.blob_contents import MIB, Large
from tests.support.pulling import Place, playing

SIZE = 220_000_000
BLOB = Large(5 * MIB + 11)
FIRST = 2 * MIB


def test_a_large_blob_is_cut_as_ollama_cuts_it(tmp_path: Path) -> None:
    path = tmp_path / "blobs" / "sha256-abc"
    with Partial(path, SIZE) as partial:
        partial.write(partial.parts[1], b"x" * 1000)
        assert partial.completed == 1000
        assert partial.frontier == 0
    rows = [json.loads(file.read_bytes()) for file in part_files(path)]
    assert rows == [
        {"N": 0, "Offset": 0, "Size": 100_000_000, "Completed": 0},
        {"N": 1, "Offset": 100_000_000, "Size": 100_000_000, "Completed": 1000},
        {"N": 2, "Offset": 200_000_000, "Size": 20_000_000, "Completed": 0},
    ]
    assert path.with_name("sha256-abc-partial").stat().st_size == SIZE
    with Partial(path, SIZE) as partial:
        assert partial.completed == 1000


@pytest.mark.parametrize(
    ("size", "parts", "largest"), [(99, 1, 99), (5_000_000_000, 16, 312_500_000), (10**11, 100, 10**9)]
)
def test_parts_are_as_large_as_ollamas(size: int, parts: int, largest: int) -> None:
    made = cut(size)
    assert (len(made), max(part.size for part in made), sum(part.size for part in made)) == (parts, largest, size)


def go(n: int, offset: int, size: int, completed: int) -> bytes:
    """A part file as Go writes it."""
    return b'{"N":%d,"Offset":%d,"Size":%d,"Completed":%d}\n' % (n, offset, size, completed)


def left_by_ollama(place: Place, digest: str, first: int = FIRST) -> tuple[Path, list[Path]]:
    """Two parts as a real server leaves them: the first complete, a megabyte of the second."""
    path = place.blob(digest)
    path.parent.mkdir(parents=True)
    data = path.with_name(f"{path.name}-partial")
    data.write_bytes(BLOB.read(0, first + MIB))
    parts = [path.with_name(f"{path.name}-partial-{n}") for n in (0, 1)]
    parts[0].write_bytes(go(0, 0, first, first))
    parts[1].write_bytes(go(1, first, BLOB.size - first, MIB))
    return data, parts


def test_what_a_real_server_left_is_gone_on_with(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(BLOB)
        left_by_ollama(place, digest)
        told = await place.pull()
        assert told[1].completed_bytes >= 3 * MIB
        assert [seen.range for seen in place.server.of_kind("blobs")] == [f"bytes={3 * MIB}-{BLOB.size - 1}", ""]
        assert place.is_right(digest)
        assert not place.leftovers

    playing(tmp_path, scenario)


def test_what_is_complete_is_only_checked(tmp_path: Path) -> None:
    """Killed between the last byte and the name."""

    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(BLOB)
        data, parts = left_by_ollama(place, digest)
        data.write_bytes(BLOB.read(0, BLOB.size))
        parts[1].write_bytes(go(1, FIRST, BLOB.size - FIRST, BLOB.size - FIRST))
        assert (await place.pull())[-1].status == "success"
        assert place.server.sent == 2  # the configuration
        assert place.is_right(digest)

    playing(tmp_path, scenario)


def test_what_a_kill_left_beside_a_whole_blob_is_removed(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(BLOB)
        left_by_ollama(place, digest)
        place.blob(digest).write_bytes(BLOB.read(0, BLOB.size))
        assert (await place.pull())[-1].status == "success"
        assert not place.leftovers

    playing(tmp_path, scenario)


def remove(*paths: Path) -> None:
    for path in paths:
        path.unlink()


def put_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


Damage = Callable[[Path, list[Path]], Any]
DAMAGES: dict[str, Damage] = {
    "a part without bytes": lambda _, parts: parts[1].write_bytes(b""),
    "a part that is cut": lambda _, parts: parts[1].write_bytes(b'{"N":1,"Off'),
    "a part of another type": lambda _, parts: parts[1].write_bytes(b'["N",1]'),
    "a part with text for a number": lambda _, parts: parts[1].write_bytes(
        b'{"N":1,"Offset":"x","Size":1,"Completed":0}'
    ),
    "a part that is no text": lambda _, parts: parts[1].write_bytes(b"\xff\xfe\0"),
    "a part that is another's": lambda _, parts: parts[1].write_bytes(go(0, 0, FIRST, 0)),
    "a part that has too much": lambda _, parts: parts[1].write_bytes(go(1, FIRST, BLOB.size - FIRST, BLOB.size)),
    "a part that overlaps": lambda _, parts: parts[1].write_bytes(go(1, FIRST - 1, BLOB.size - FIRST + 1, MIB)),
    "parts that end too early": lambda _, parts: parts[1].write_bytes(go(1, FIRST, MIB, MIB)),
    "the first part missing": lambda _, parts: remove(parts[0]),
    "the last part missing": lambda _, parts: remove(parts[1]),
    "all parts missing": lambda _, parts: remove(*parts),
    "a folder for a part": lambda _, parts: put_a_folder(parts[1]),
    "the bytes missing": lambda data, _: remove(data),
    "the bytes cut": lambda data, _: data.write_bytes(b"x" * MIB),
    "other bytes": lambda data, _: data.write_bytes(bytes(3 * MIB)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_parts_are_noticed_and_fetched_anew(tmp_path: Path, damage: Damage) -> None:
    """PL-04, PL-05."""

    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(BLOB)
        damage(*left_by_ollama(place, digest))
        assert (await place.pull())[-1].status == "success"
        assert place.is_right(digest)
        assert not place.leftovers

    playing(tmp_path, scenario)


def test_the_other_blobs_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    """PL-04: only the damaged digest is repaired."""

    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(BLOB)
        _, parts = left_by_ollama(place, digest)
        parts[1].write_bytes(b"")
        other = place.blob(f"sha256:{'a' * 64}")
        beside = [other, other.with_name(f"{other.name}-partial"), other.with_name(f"{other.name}-partial-0")]
        for path in beside:
            path.write_bytes(b"somebody's")
        await place.pull()
        assert all(path.read_bytes() == b"somebody's" for path in beside)

    playing(tmp_path, scenario)

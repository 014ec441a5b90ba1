"""Damaged blobs out of their places: all of them or none, and never lost while nothing better has come."""

import hashlib
from pathlib import Path

import pytest

from ollama_desk.domain.errors import StorageError
from ollama_desk.registry.repairing import bring_back, has_moved, move_away, settle

NONE = frozenset[str]()


@pytest.fixture
def blobs(tmp_path: Path) -> Path:
    folder = tmp_path / "blobs"
    folder.mkdir()
    return folder


def put(blobs: Path, data: bytes) -> str:
    name = hashlib.sha256(data).hexdigest()
    (blobs / f"sha256-{name}").write_bytes(data)
    return f"sha256:{name}"


def names(blobs: Path) -> list[str]:
    return sorted(path.name.rpartition(".")[2] if "." in path.name else "whole" for path in blobs.iterdir())


def block(blobs: Path, digest: str) -> None:
    """Let nothing be moved away from this place."""
    place = blobs / f"{digest.replace(':', '-')}.damaged"
    place.mkdir()
    (place / "file").touch()


def test_what_moved_away_is_seen_and_comes_back(tmp_path: Path, blobs: Path) -> None:
    assert not has_moved(tmp_path)
    digest = put(blobs, b"a")
    move_away(tmp_path, [digest, "sha256:" + "0" * 64])  # what is not there is left at that
    assert names(blobs) == ["damaged"]
    assert has_moved(tmp_path)
    bring_back(tmp_path, [digest])
    bring_back(tmp_path, [digest])  # once is enough
    assert names(blobs) == ["whole"]
    assert not has_moved(tmp_path / "not there")


def test_where_one_cannot_be_moved_the_others_are_back(tmp_path: Path, blobs: Path) -> None:
    first, second = put(blobs, b"a"), put(blobs, b"b")
    block(blobs, second)
    with pytest.raises(StorageError):
        move_away(tmp_path, [first, second])
    assert names(blobs) == ["damaged", "whole", "whole"]


def test_what_is_in_the_way_is_told(tmp_path: Path, blobs: Path) -> None:
    digest = put(blobs, b"a")
    block(blobs, digest)
    with pytest.raises(StorageError):
        bring_back(tmp_path, [digest])


def test_a_place_that_was_filled_lets_the_damaged_one_go_and_an_awaited_one_stays(tmp_path: Path, blobs: Path) -> None:
    filled, awaited, given_up = put(blobs, b"a"), put(blobs, b"b"), put(blobs, b"c")
    move_away(tmp_path, [filled, awaited, given_up])
    put(blobs, b"a")
    settle(tmp_path, frozenset({awaited, filled}))
    assert names(blobs) == ["damaged", "whole", "whole"]
    settle(tmp_path, NONE)
    assert names(blobs) == ["whole"] * 3
    settle(tmp_path, NONE)

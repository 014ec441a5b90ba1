"""What the window remembers comes back, and what nobody can use is no state."""

import os
from pathlib import Path

import pytest

from ollama_desk.core.state_file import LIMIT_BYTES, read_state, write_state
from ollama_desk.domain.errors import StorageError


def test_the_state_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state.json"
    assert read_state(path) == {}
    write_state(path, {"geometry": "AAA="})
    assert read_state(path) == {"geometry": "AAA="}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"a": 1}', b"\x00" * 300, b"[" * 100_000, b'"' + b"x" * LIMIT_BYTES]
)
def test_a_broken_state_file_is_no_state(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    assert read_state(path) == {}


def test_what_is_not_text_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_bytes(b'{"a": 1, "b": "two"}')
    assert read_state(tmp_path / "state.json") == {"b": "two"}


def test_a_folder_in_its_place_is_no_state_and_cannot_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.mkdir()
    assert read_state(path) == {}
    with pytest.raises(StorageError, match="cannot be used"):
        write_state(path, {"a": "b"})
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="pipes in a folder are POSIX")
def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "state.json")
    assert read_state(tmp_path / "state.json") == {}

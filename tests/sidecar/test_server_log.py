"""The server's log: bounded on disk, and safe to show."""

import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.sidecar.server_log import LINE_CHARS, rotate, tail


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * 10)
    rotate(log, max_bytes=10)
    assert log.stat().st_size == 10
    assert list(tmp_path.iterdir()) == [log]
    rotate(tmp_path / "nothing")


def test_sc20_a_grown_log_is_copied_and_cut_while_the_server_holds_it_open(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("ab", buffering=0) as server:
        for number in range(8):
            server.write(b"%d" % number * 100)
            rotate(log, max_bytes=50)
            assert log.stat().st_size == 0
        server.write(b"after")
    assert log.read_bytes() == b"after"
    copies = sorted(path.name for path in tmp_path.iterdir())
    assert copies == ["log", "log.1", "log.2", "log.3", "log.4", "log.5"]
    assert (tmp_path / "log.1").read_bytes() == b"7" * 50  # the newest of it
    assert (tmp_path / "log.5").read_bytes() == b"3" * 50
    assert (tmp_path / "log.1").stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_cut_is_told_of_and_does_no_harm(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log = tmp_path / "log"
    log.write_bytes(b"x" * 100)
    (tmp_path / "log.4").touch()
    (tmp_path / "log.5").mkdir()
    rotate(log, max_bytes=50)
    assert "could not be rotated" in caplog.text


def test_the_tail_is_the_last_lines_of_this_run(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("old\n")
    since = log.stat().st_size
    assert tail(log, 5, since=since) == []
    with log.open("a") as file:
        file.write("one\ntwo\n\nthree")
    assert tail(log, 5, since=since) == ["one", "two", "", "three"]
    assert tail(log, 2, since=since) == ["", "three"]
    assert tail(log, 9, since=10_000) == ["old", "one", "two", "", "three"]  # it was cut since
    assert tail(tmp_path / "nothing", 5) == []


def test_only_the_end_of_a_huge_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file:
        file.truncate(50_000_000)
        file.seek(0, os.SEEK_END)
        file.write(b"\nthe end\n")
    assert tail(log, 1) == ["the end"]


@given(st.binary(max_size=2000), st.integers(1, 20))
def test_sc21_whatever_is_in_the_log_can_be_shown(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, lines: int
) -> None:
    log = tmp_path_factory.getbasetemp() / "any.log"
    log.write_bytes(raw)
    shown = tail(log, lines)
    assert len(shown) <= lines
    for line in shown:
        assert len(line) <= LINE_CHARS
        assert not any(ord(character) < 32 and character != "\t" for character in line)


def test_sc21_colours_and_direction_marks_are_taken_out(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes("\x1b[1;31mred\x1b[0m\t\x07\u202eevil\u2066 \x9b31m\n".encode())
    assert tail(log, 1) == ["red\tevil 31m"]

"""Reading on in the server's log: nothing twice, nothing lost unsaid, whatever is written into it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.domain.server_log import LogLevel, LogLine, LogPiece
from ollama_desk.sidecar.log_reader import FIRST_BYTES, HELD_BYTES, LogReader
from ollama_desk.sidecar.server_log import LINE_CHARS, rotate


def texts(piece: LogPiece) -> list[str]:
    return [line.text for line in piece.lines]


def write(log: Path, data: bytes) -> None:
    with log.open("ab") as file:
        file.write(data)


def test_each_line_comes_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    reader = LogReader(log)
    assert reader.read() == LogPiece()
    write(log, b"one\ntwo\n")
    assert texts(reader.read()) == ["one", "two"]
    write(log, b"thr")
    assert reader.read() == LogPiece()
    write(log, b"ee\r\nlevel=ERROR\n")
    piece = reader.read()
    assert texts(piece) == ["three", "level=ERROR"]
    assert piece.lines[1].level is LogLevel.ERROR
    assert piece.lines[1].folded == "level=error"
    assert reader.read() == LogPiece()


def test_the_end_of_a_line_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    write(log, b"killed in the middle")
    reader = LogReader(log)
    assert texts(reader.read()) == []
    assert texts(reader.read()) == ["killed in the middle"]
    assert reader.read() == LogPiece()
    write(log, b" of it\nnext\n")
    assert texts(reader.read()) == [" of it", "next"]


def test_the_first_look_is_at_the_end_and_says_how_much_is_before(tmp_path: Path) -> None:
    log = tmp_path / "log"
    write(log, b"x" * 99 + b"\n" + b"y\n" * FIRST_BYTES)
    piece = LogReader(log).read()
    assert sum(len(text) + 1 for text in texts(piece)) + piece.skipped_bytes == log.stat().st_size
    assert piece.skipped_bytes > FIRST_BYTES
    assert set(texts(piece)) == {"y"}


def test_sc20_a_flood_is_skipped_but_for_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    write(log, b"begin\n")
    reader = LogReader(log, most_bytes=10_000, most_lines=50)
    reader.read()
    lines = b"".join(b"line %d\n" % number for number in range(100_000))
    write(log, lines)
    piece = reader.read()
    assert texts(piece)[-1] == "line 99999"
    assert len(piece.lines) == 50
    assert piece.skipped_bytes == len(lines) - sum(len(text) + 1 for text in texts(piece))
    assert reader.read() == LogPiece()


def test_sc21_a_line_of_a_megabyte_is_cut_and_says_by_how_much(tmp_path: Path) -> None:
    log = tmp_path / "log"
    reader = LogReader(log, most_bytes=300_000)
    reader.read()
    whole = b"z" * 1_000_000
    for start in range(0, len(whole), 250_000):
        write(log, whole[start : start + 250_000])
        assert reader.read() == LogPiece()
    write(log, b"\nnext\n")
    piece = reader.read()
    assert texts(piece) == ["z" * LINE_CHARS, "next"]
    assert piece.lines[0].cut_bytes == 1_000_000 - LINE_CHARS
    assert piece.lines[1].cut_bytes == 0


def test_a_log_that_was_rotated_is_read_on_where_it_was_left(tmp_path: Path) -> None:
    log = tmp_path / "log"
    reader = LogReader(log)
    with log.open("ab", buffering=0) as server:
        server.write(b"".join(b"before %d\n" % number for number in range(3000)))
        reader.read()
        assert rotate(log, max_bytes=1000)
        server.write(b"after\n")
        piece = reader.read()
    assert texts(piece)[-1] == "after"
    assert piece.started_over or texts(piece) == ["after"]


def test_a_log_that_was_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "log"
    write(log, b"an old line\nhalf a li")
    reader = LogReader(log)
    reader.read()
    log.write_bytes(b"a new and quite a bit longer line\nsecond\n")
    piece = reader.read()
    assert piece.started_over
    assert texts(piece) == ["a new and quite a bit longer line", "second"]


def test_a_log_that_vanishes_is_quiet(tmp_path: Path) -> None:
    log = tmp_path / "log"
    write(log, b"one\n")
    reader = LogReader(log)
    reader.read()
    log.unlink()
    assert reader.read() == LogPiece()


@given(st.lists(st.binary(max_size=400), max_size=12))
def test_sc21_whatever_comes_in_whatever_pieces_it_can_be_shown(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    log = tmp_path_factory.getbasetemp() / "pieces.log"
    log.write_bytes(b"")
    reader = LogReader(log, most_bytes=500)
    reader.read()
    shown: list[LogLine] = []
    for piece in pieces:
        write(log, piece)
        shown += reader.read().lines
    shown += reader.read().lines
    whole = b"".join(pieces)
    assert len(shown) <= whole.count(b"\n") + len(pieces) + 1
    for line in shown:
        assert len(line.text) <= LINE_CHARS
        assert len(line.folded) == len(line.text)
        assert not any(ord(character) < 32 and character != "\t" for character in line.text)


def test_what_is_held_of_a_line_is_bounded(tmp_path: Path) -> None:
    log = tmp_path / "log"
    write(log, b"a" * (3 * HELD_BYTES))
    reader = LogReader(log)
    assert reader.read() == LogPiece()
    let_go = reader.read().lines
    assert [len(line.text) for line in let_go] == [LINE_CHARS]
    assert let_go[0].cut_bytes == 3 * HELD_BYTES - LINE_CHARS

"""The log is private and bounded, and a disk that does not take it prints no stacks and loses no later line."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_desk.core.log_file import LogFile
from ollama_desk.core.logs import FileHandler, report_trouble, start_logging


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def log_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with our logging started in it; afterwards logging is as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers = []
    start_logging(tmp_path / "logs")
    yield tmp_path / "logs"
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = before, level


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_cf12_the_log_is_for_one_user_whatever_the_umask_also_after_it_was_full(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "log", max_bytes=100)
    before = os.umask(0)
    try:
        for number in range(40):
            file.write(f"{number:030}\n")
    finally:
        os.umask(before)
    file.close()
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}


def test_the_log_is_bounded_and_keeps_the_newest_lines(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "log", max_bytes=100)
    for number in range(40):
        file.write(f"{number:030}\n")
    file.close()
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["log", "log.1", "log.2", "log.3"]
    assert all((tmp_path / name).stat().st_size <= 100 for name in names)
    kept = [int(line) for name in reversed(names) for line in lines(tmp_path / name)]
    assert kept == list(range(40 - len(kept), 40))


def test_a_log_goes_on_where_the_last_run_ended(tmp_path: Path) -> None:
    for word in ("one\n", "two\n"):
        file = LogFile(tmp_path / "log")
        file.write(word)
        file.close()
    assert lines(tmp_path / "log") == ["one", "two"]


def test_lines_that_cannot_be_written_are_told_once_and_counted_when_it_goes_on(tmp_path: Path) -> None:
    told: list[str] = []
    file = LogFile(tmp_path / "folder" / "log")
    file.report_to(told.append)
    for _ in range(3):
        file.write("nowhere\n")
    (tmp_path / "folder").mkdir()
    file.write("here\n")
    (tmp_path / "folder" / "log").unlink()
    file.close()
    (tmp_path / "folder").rmdir()
    file.write("nowhere\n")
    (tmp_path / "folder").mkdir()
    file.write("again\n")
    file.close()
    assert lines(tmp_path / "folder" / "log") == ["… 1 lines are missing here: they could not be written.", "again"]
    (sentence,) = told
    assert "cannot be used" in sentence
    assert "Until then the log has gaps" in sentence


def test_a_full_disk_prints_nothing_and_is_told_to_who_asks_later(capfd: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    file = LogFile(Path("/dev/full"))
    handler = FileHandler(file)
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "lost", None, None)
    for _ in range(3):
        handler.emit(record)
    file.report_to(told.append)
    file.report_to(None)
    handler.emit(record)
    handler.close()
    assert told == ["The disk that holds /dev is full. Free some space and try again. Until then the log has gaps."]
    assert capfd.readouterr() == ("", "")


def test_our_lines_go_to_the_file_and_warnings_to_stderr(log_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("ollama_desk").info("quiet \ud800")
    logging.getLogger("httpx").info("an address")
    (line,) = lines(log_folder / "ollama-desk.log")
    assert line.endswith("INFO ollama_desk: quiet \\ud800")
    assert capsys.readouterr().err == ""


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers = []
    told: list[str] = []
    (tmp_path / "taken").write_text("")
    try:
        start_logging(tmp_path / "taken" / "logs")
        logging.getLogger("ollama_desk").info("lost")
        report_trouble(told.append)
        report_trouble(None)
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers, root.level = before, level
    assert len(told) == 1


@pytest.mark.skipif(os.name != "posix", reason="a limit to the size of files is POSIX")
def test_a_line_that_was_torn_is_ended_before_the_next_one(tmp_path: Path) -> None:
    import resource  # noqa: PLC0415 - POSIX only

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    file = LogFile(tmp_path / "log")
    file.write("first\n")
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
        file.write("second\n")
        file.write("third\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    file.write("fourth\n")
    file.write("fifth\n")
    file.close()
    missing = "… 2 lines are missing here: they could not be written."
    assert lines(tmp_path / "log") == ["first", "seco", missing, "fourth", "fifth"]

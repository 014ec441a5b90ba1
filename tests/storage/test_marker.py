"""The next start knows how the last run ended, as far as that could be written."""

from pathlib import Path

import pytest

from ollama_desk.storage.marker import LastRun, last_run, mark, marker_of


@pytest.mark.parametrize("state", LastRun)
def test_the_end_of_a_run_is_found_again(tmp_path: Path, state: LastRun) -> None:
    mark(tmp_path / "desk.db", LastRun.DIED)
    mark(tmp_path / "desk.db", state)
    assert last_run(tmp_path / "desk.db") is state


def test_a_marker_that_nobody_understands_means_that_the_run_died(tmp_path: Path) -> None:
    marker_of(tmp_path / "desk.db").write_bytes(b"\xff\x00")
    assert last_run(tmp_path / "desk.db") is LastRun.DIED


def test_a_marker_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    mark(tmp_path / "nowhere" / "desk.db", LastRun.DIED)
    assert last_run(tmp_path / "nowhere" / "desk.db") is LastRun.ENDED

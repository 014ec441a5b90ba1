"""One window for each data folder: a second start raises it."""

import signal
from pathlib import Path

import pytest

from tests.support.app import ROOT, App
from tests.support.processes import guardians_of, marked_processes

pytestmark = pytest.mark.e2e

ROUGH = ROOT / "tests" / "e2e" / "rough_driver.py"
NO_SERVER = "start_server = false\n"
SHOWN = "Ollama Desk is already running with the data in"


def quiet_folder(folder: Path) -> Path:
    """A data folder whose app starts no server."""
    folder.mkdir()
    (folder / "settings.toml").write_text(NO_SERVER)
    return folder


@pytest.mark.parametrize("_time", range(2))
def test_po12_of_two_starts_at_once_one_owns_the_folder_and_the_other_has_its_window_shown(
    tmp_path: Path, _time: int
) -> None:
    folder = quiet_folder(tmp_path / "data")
    with App(folder, "hidden", driver=ROUGH) as one, App(folder, "hidden", driver=ROUGH) as two:
        assert (one.wait(60), two.wait(60)) == (0, 0), (one.errors(), two.errors())
        said = sorted([one.wait_for(""), two.wait_for("")])
        assert said[0] == "HIDDEN"
        assert said[1].startswith(SHOWN)
        assert one.errors() == two.errors() == ""


def test_a_first_instance_that_hangs_is_said_so_after_3_seconds(tmp_path: Path) -> None:
    folder = quiet_folder(tmp_path / "data")
    with App(folder, "up", driver=ROUGH) as first:
        first.wait_for("UP")
        first.process.send_signal(signal.SIGSTOP)
        with App(folder, "up", driver=ROUGH) as second:
            assert second.wait(30) == 1
            assert "does not answer" in second.errors()
        first.process.send_signal(signal.SIGCONT)
        first.process.send_signal(signal.SIGTERM)
        assert first.wait() == 0


def test_po13_a_killed_instance_is_no_obstacle(tmp_path: Path) -> None:
    folder = quiet_folder(tmp_path / "data")
    with App(folder, "up", driver=ROUGH) as first:
        first.wait_for("UP")
        first.kill()
    with App(folder, "leaves_at_once", driver=ROUGH) as second:
        assert second.wait(30) == 0, second.errors()
        assert second.errors() == ""


def test_po14_another_data_folder_has_a_window_a_server_and_a_guardian_of_its_own(tmp_path: Path) -> None:
    with App(tmp_path / "one", "stay") as one, App(tmp_path / "two", "stay") as two:
        for app in (one, two):
            app.wait_for("READY")
        assert one.owner() != two.owner()
        assert len(guardians_of(one.owner())) == len(guardians_of(two.owner())) == 1
        for app in (one, two):
            app.process.send_signal(signal.SIGTERM)
        for app in (one, two):
            assert app.wait() == 0, app.errors()
            assert marked_processes(app.owner()) == []

"""Whatever is killed, whenever: no process is left, and what was said is kept."""

import os
import signal
from pathlib import Path

import pytest

from tests.support.app import App
from tests.support.endless import install_endless_model, load_in_background
from tests.support.processes import guardian_of, marked_processes, server_of, wait_until

pytestmark = pytest.mark.e2e

TIMES = range(5)
LIMIT_S = 10.0


def expect_nothing_left(owner: str) -> None:
    assert wait_until(lambda: marked_processes(owner) == [], LIMIT_S), marked_processes(owner)


@pytest.mark.parametrize("_time", TIMES)
def test_sc01_killing_the_idle_app_leaves_no_process(tmp_path: Path, _time: int) -> None:
    with App(tmp_path, "stay") as app:
        app.wait_for("READY")
        owner = app.owner()
        app.kill()
        expect_nothing_left(owner)


@pytest.mark.parametrize("_time", TIMES)
def test_sc01_killing_the_app_while_a_model_loads_leaves_no_process(tmp_path: Path, _time: int) -> None:
    with App(tmp_path, "stay") as app:
        app.wait_for("READY")
        owner = app.owner()
        install_endless_model(app.port, tmp_path)
        with load_in_background(app.port):
            app.kill()
        expect_nothing_left(owner)


@pytest.mark.parametrize("_time", TIMES)
def test_sc01_killing_the_app_while_an_answer_streams_leaves_no_process_and_keeps_the_text(
    tmp_path: Path, _time: int
) -> None:
    with App(tmp_path, "stream") as app:
        app.wait_for("READY")
        owner = app.owner()
        install_endless_model(app.port, tmp_path)
        app.wait_for("STREAMING")
        app.kill()
        expect_nothing_left(owner)
    with App(tmp_path, "reopen") as again:
        assert "endless" in again.wait_for("SEEN")
        assert again.wait() == 0, again.errors()


@pytest.mark.parametrize("_time", TIMES)
def test_a_killed_server_is_started_again_and_leaves_no_process(tmp_path: Path, _time: int) -> None:
    with App(tmp_path, "restarts") as app:
        app.wait_for("READY")
        owner = app.owner()
        os.kill(server_of(owner), signal.SIGKILL)
        app.wait_for("DOWN")
        app.wait_for("READY")
        app.process.send_signal(signal.SIGTERM)
        assert app.wait() == 0, app.errors()
        expect_nothing_left(owner)


@pytest.mark.parametrize("_time", TIMES)
def test_sc05_a_killed_guardian_takes_the_server_along_and_both_come_back(tmp_path: Path, _time: int) -> None:
    with App(tmp_path, "restarts") as app:
        app.wait_for("READY")
        owner = app.owner()
        os.kill(guardian_of(owner), signal.SIGKILL)
        app.wait_for("DOWN")
        app.wait_for("READY")
        app.process.send_signal(signal.SIGTERM)
        assert app.wait() == 0, app.errors()
        expect_nothing_left(owner)


def test_an_answer_that_a_dead_server_cut_is_kept_marked_and_can_be_retried(tmp_path: Path) -> None:
    with App(tmp_path, "retry") as app:
        app.wait_for("READY")
        owner = app.owner()
        install_endless_model(app.port, tmp_path)
        app.wait_for("STREAMING")
        os.kill(server_of(owner), signal.SIGKILL)
        assert len(app.wait_for("CUT")) > 100
        assert "Stopped" in app.wait_for("AGAIN")
        assert app.wait() == 0, app.errors()
        expect_nothing_left(owner)

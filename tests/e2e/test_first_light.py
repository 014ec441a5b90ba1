"""From an empty folder to an answer on screen, with the real window, sidecar, engine and model."""

from pathlib import Path

import pytest

from tests.support.app import App
from tests.support.endless import install_endless_model
from tests.support.processes import marked_processes

pytestmark = pytest.mark.e2e


def expect_a_clean_end(app: App) -> None:
    assert app.wait() == 0, app.errors()
    assert app.errors() == ""
    assert marked_processes(app.owner()) == []


def first_light(app: App) -> None:
    app.wait_for("READY")
    app.wait_for("MODEL")
    assert "Once upon a time" in app.wait_for("ANSWER")
    expect_a_clean_end(app)


def test_a_new_user_gets_an_answer_from_a_real_model(tmp_path: Path) -> None:
    with App(tmp_path / "data", "first_light") as app:
        first_light(app)
    with App(tmp_path / "data", "reopen") as again:
        assert "Once upon a time" in again.wait_for("SEEN")
        expect_a_clean_end(again)


@pytest.mark.xvfb
def test_a_new_user_gets_an_answer_under_a_window_system(tmp_path: Path, xvfb: str) -> None:
    with App(tmp_path / "data", "first_light", display=xvfb) as app:
        first_light(app)


def test_a_stopped_answer_is_kept_and_the_next_start_shows_it(tmp_path: Path) -> None:
    with App(tmp_path / "data", "stop_in_the_middle") as app:
        app.wait_for("READY")
        install_endless_model(app.port, tmp_path)
        stopped = app.wait_for("STOPPED")
        assert "Stopped" in stopped
        expect_a_clean_end(app)
    with App(tmp_path / "data", "reopen") as again:
        assert "Stopped" in again.wait_for("SEEN")
        expect_a_clean_end(again)

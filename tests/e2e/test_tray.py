"""The tray, driven over D-Bus as a desktop does, and the window that hides in it but never for ever."""

import shutil
import signal
from pathlib import Path

import psutil
import pytest

from tests.support.app import App
from tests.support.endless import install_endless_model, load_in_background
from tests.support.processes import marked_processes, server_of, wait_until
from tests.support.tray_host import TrayHost

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xvfb,
    pytest.mark.skipif(not shutil.which("dbus-daemon"), reason="there is no dbus-daemon to play a desktop with"),
]

ENTRIES = ["Start server", "Stop server", "Restart server", "Open Ollama Desk", "Quit"]
HIDES = 'server_program = "built-in"\nclose_to_tray = true\n'


def closing_app(folder: Path, *, display: str, bus: str, settings: str = HIDES) -> App:
    """The program under a desktop, whose window is closed whenever it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.toml").write_text(settings)
    return App(folder, "closes", display=display, environment={"DBUS_SESSION_BUS_ADDRESS": bus})


def expect_a_clean_end(app: App, owner: str) -> None:
    assert app.wait() == 0, app.errors()
    assert app.errors() == ""
    assert marked_processes(owner) == []


def test_the_server_is_stopped_and_started_and_the_window_opened_from_the_tray(
    tmp_path: Path, xvfb: str, bus: str
) -> None:
    with TrayHost(bus) as host, closing_app(tmp_path, display=xvfb, bus=bus) as app:
        app.wait_for("READY")
        app.wait_for("HIDDEN")
        owner = app.owner()
        host.wait_for_item()
        host.until(lambda: "Running" in host.tooltip())
        host.until(lambda: len(host.seen.notifications) == 1)
        assert host.icon_sides()
        assert host.labels() == ["Server: Running · built-in engine", *ENTRIES]
        assert host.enabled() == ENTRIES[1:]
        first = server_of(owner)
        host.click("Stop server")
        host.until(lambda: "Stopped" in host.tooltip())
        assert wait_until(lambda: marked_processes(owner) == [])
        assert host.enabled() == [ENTRIES[0], *ENTRIES[3:]]
        host.click("Start server")
        host.until(lambda: "Running" in host.tooltip())
        second = server_of(owner)
        assert second != first
        host.click("Restart server")
        assert wait_until(lambda: server_of_or_none(owner) not in (None, second), 30)
        host.click("Open Ollama Desk")
        app.wait_for("SHOWN")
        app.wait_for("HIDDEN")
        host.activate()
        app.wait_for("SHOWN")
        app.wait_for("HIDDEN")
        assert len(host.seen.notifications) == 1
        host.click("Quit")
        expect_a_clean_end(app, owner)
    assert "tray_explained" in (tmp_path / "state.json").read_text()  # and so it is not said again


def server_of_or_none(owner: str) -> int | None:
    try:
        return server_of(owner)
    except (ValueError, psutil.Error):  # there is none at the moment
        return None


def test_ui04_a_model_goes_on_loading_behind_a_hidden_window_and_is_unloaded_from_the_tray(
    tmp_path: Path, xvfb: str, bus: str
) -> None:
    with TrayHost(bus) as host, closing_app(tmp_path, display=xvfb, bus=bus) as app:
        app.wait_for("HIDDEN")
        install_endless_model(app.port, tmp_path)
        with load_in_background(app.port):
            host.until(lambda: any(label.startswith("Unload endless") for label in host.labels()))
        host.click(next(label for label in host.labels() if label.startswith("Unload")))
        host.until(lambda: [label for label in host.labels() if label.startswith("Unload")] == [])
        owner = app.owner()
        host.click("Quit")
        expect_a_clean_end(app, owner)


def test_os05_the_icon_comes_with_a_late_tray_and_again_with_the_next(tmp_path: Path, xvfb: str, bus: str) -> None:
    (tmp_path / "settings.toml").write_text(HIDES)
    with App(tmp_path, "stay", display=xvfb, environment={"DBUS_SESSION_BUS_ADDRESS": bus}) as app:
        app.wait_for("READY")
        for _ in range(2):
            with TrayHost(bus) as host:
                host.wait_for_item()
                host.until(lambda: "Running" in host.tooltip())
        app.process.send_signal(signal.SIGTERM)
        expect_a_clean_end(app, app.owner())


@pytest.mark.parametrize("end", ["the tray ends", "its panel falls"])
def test_os05_the_window_comes_back_when_the_tray_dies(tmp_path: Path, xvfb: str, bus: str, end: str) -> None:
    with closing_app(tmp_path, display=xvfb, bus=bus) as app:
        with TrayHost(bus) as host:
            app.wait_for("HIDDEN")
            if end == "its panel falls":
                host.shows_items = False
                app.wait_for("SHOWN")
        if end == "the tray ends":
            app.wait_for("SHOWN")
        expect_a_clean_end(app, app.owner())  # the driver closes the window again, and there is no tray now


def test_os04_without_a_tray_closing_quits_whatever_the_setting(tmp_path: Path, xvfb: str, bus: str) -> None:
    with closing_app(tmp_path, display=xvfb, bus=bus) as app:
        app.wait_for("READY")
        expect_a_clean_end(app, app.owner())


def test_with_a_tray_closing_quits_where_that_is_the_setting(tmp_path: Path, xvfb: str, bus: str) -> None:
    with TrayHost(bus), closing_app(tmp_path, display=xvfb, bus=bus, settings='server_program = "built-in"\n') as app:
        app.wait_for("READY")
        expect_a_clean_end(app, app.owner())

"""However the program is told or made to go, it goes in time, leaves no process, and keeps the text."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.app import ROOT, App
from tests.support.endless import install_endless_model, load_in_background
from tests.support.processes import marked_processes, server_of, wait_until

pytestmark = pytest.mark.e2e

ROUGH = ROOT / "tests" / "e2e" / "rough_driver.py"
LEAVE_S = 8.0
SESSION_S = 5.0  # that a session manager gives
ENOUGH = 100  # characters of an answer


def streaming(app: App, folder: Path) -> str:
    """Bring the app to the middle of an answer; its owner id."""
    app.wait_for("READY")
    owner = app.owner()
    if not (folder / "endless.gguf").exists():
        install_endless_model(app.port, folder)
    app.wait_for("STREAMING")
    return owner


def expect_the_text(data: Path, text: str = "") -> None:
    """What was sent is there, and of the answer what was on screen; after a kill, what was saved by then."""
    with App(data, "reopen") as again:
        seen = again.wait_for("SEEN")
        assert text in seen if text else len(seen) > ENOUGH
        assert again.wait() == 0, again.errors()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_os01_a_signal_ends_the_program_in_order_and_keeps_the_text(tmp_path: Path, number: signal.Signals) -> None:
    with App(tmp_path / "data", "stream") as app:
        owner = streaming(app, tmp_path)
        began = time.monotonic()
        app.process.send_signal(number)
        assert app.wait() == 0, app.errors()
        assert time.monotonic() - began < LEAVE_S
        assert app.errors() == ""
        assert marked_processes(owner) == []
    expect_the_text(tmp_path / "data")


def test_os02_killed_by_the_session_after_5_s_the_guardian_ends_a_server_that_hangs(tmp_path: Path) -> None:
    with App(tmp_path / "data", "stream") as app:
        owner = streaming(app, tmp_path)
        os.kill(server_of(owner), signal.SIGSTOP)
        app.process.send_signal(signal.SIGTERM)
        try:
            app.wait(SESSION_S)
        except subprocess.TimeoutExpired:
            app.kill()
        assert wait_until(lambda: marked_processes(owner) == [], 15), marked_processes(owner)
    expect_the_text(tmp_path / "data")  # it had the time to save


@pytest.mark.xvfb
def test_os02_the_end_of_the_display_leaves_no_process_and_loses_no_question(tmp_path: Path) -> None:
    display = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x860x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with display:
        assert display.stdout is not None
        name = f":{display.stdout.readline().strip()}"
        with App(tmp_path / "data", "stream", display=name) as app:
            owner = streaming(app, tmp_path)
            display.kill()
            app.wait()
            assert wait_until(lambda: marked_processes(owner) == [], 15), marked_processes(owner)
    expect_the_text(tmp_path / "data", "endless")


def test_ui04_closing_while_a_model_loads_leaves_in_order(tmp_path: Path) -> None:
    with App(tmp_path / "data", "stay") as app:
        app.wait_for("READY")
        owner = app.owner()
        install_endless_model(app.port, tmp_path)
        with load_in_background(app.port):
            app.process.send_signal(signal.SIGTERM)
        assert app.wait() == 0, app.errors()
        assert app.errors() == ""
        assert marked_processes(owner) == []


def test_closing_before_there_is_anything_in_the_window_leaves_in_order(tmp_path: Path) -> None:
    for _ in range(3):
        with App(tmp_path / "data", "leaves_at_once", driver=ROUGH) as app:
            assert app.wait(30) == 0, app.errors()
            assert app.errors() == ""


def test_ui06_a_window_closed_while_it_waits_for_an_answer_leaves_in_order(tmp_path: Path) -> None:
    with App(tmp_path / "data", "leaves_in_an_action", driver=ROUGH) as app:
        assert app.wait(60) == 0, app.errors()
        assert app.errors() == ""
        assert marked_processes(app.owner()) == []


def test_a_database_that_cannot_be_opened_leaves_a_window_that_says_so(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "desk.db").mkdir(parents=True)
    with App(data, "notice", driver=ROUGH) as app:
        assert "desk.db" in app.wait_for("NOTICE")
        assert app.wait(30) == 0, app.errors()
        assert app.errors() == ""


def test_ui01_an_error_anywhere_is_logged_once_and_said_and_the_app_lives(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with App(data, "bugs", driver=ROUGH) as app:
        app.wait_for("ALIVE", 30)
        assert app.wait() == 0, app.errors()
    log = (data / "logs" / "ollama-desk.log").read_text()
    for place in ("a slot", "a timer", "a task", "a callback", "a thread", "an event filter"):
        assert log.count(f"RuntimeError: planted in {place}\n") == 1, log
    assert log.count("Traceback (most recent call last)") == log.count("RuntimeError: planted in")


def test_ui05_a_loop_that_stands_still_is_logged_with_its_stack(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with App(data, "blocks", driver=ROUGH, environment={"OLLAMA_DESK_WATCHDOG_MS": "200"}) as app:
        assert app.wait(30) == 0, app.errors()
    log = (data / "logs" / "ollama-desk.log").read_text()
    assert "has not turned for" in log
    assert "in keep_the_loop_from_turning" in log


NO_DISPLAY = {"DISPLAY": ":4242", "QT_QPA_PLATFORM": "xcb"}


@pytest.mark.parametrize(
    "environment",
    [{}, NO_DISPLAY, {"QT_QPA_PLATFORM": "nonsense"}, NO_DISPLAY | {"QT_PLUGIN_PATH": "/nowhere"}],
    ids=["no display", "display gone", "plug-in missing", "plug-ins elsewhere"],
)
def test_ui10_without_a_way_to_open_a_window_it_says_so_and_what_works(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    done = program(tmp_path, environment)
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") == 1
    assert "self-test" in done.stderr
    assert program(tmp_path, environment, "--version").returncode == 0


def program(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command line says in this environment and no other."""
    whole = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"} | environment
    command = [sys.executable, "-m", "ollama_desk", "--data-dir", str(folder / "data"), *arguments]
    return subprocess.run(command, env=whole, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.xvfb
@pytest.mark.parametrize("platform", ["offscreen", "xcb"])
def test_os04_with_no_fonts_no_bus_and_no_sound_it_starts_and_leaves(tmp_path: Path, xvfb: str, platform: str) -> None:
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(f'<?xml version="1.0"?><fontconfig><dir>{tmp_path}/none</dir></fontconfig>')
    poor = {
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/no-bus",
        "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/no-bus",
        "FONTCONFIG_FILE": str(fonts),
        "PULSE_SERVER": f"unix:{tmp_path}/no-sound",
        "XDG_RUNTIME_DIR": "",
    }
    with App(tmp_path / "data", "stay", display=xvfb if platform == "xcb" else "", environment=poor) as app:
        app.wait_for("READY")
        app.process.send_signal(signal.SIGTERM)
        assert app.wait() == 0, app.errors()
        assert marked_processes(app.owner()) == []


@pytest.mark.xvfb
def test_ui08_a_window_remembered_where_no_screen_is_opens_where_one_is(tmp_path: Path, xvfb: str) -> None:
    data = tmp_path / "data"
    with App(data, "place", driver=ROUGH, display=xvfb) as app:
        assert app.wait(30) == 0, app.errors()
    state = (data / "state.json").read_text()
    (data / "state.json").write_text(moved_away(state))
    with App(data, "place", driver=ROUGH, display=xvfb) as app:
        assert app.wait_for("SEEN") == "true true"
        assert app.wait(30) == 0, app.errors()


def moved_away(state: str) -> str:
    """The remembered state with the window 9000 pixels to the right, on a screen that is not there."""
    import json  # noqa: PLC0415
    from base64 import b64decode, b64encode  # noqa: PLC0415
    from struct import pack_into, unpack_from  # noqa: PLC0415

    whole = json.loads(state)
    geometry = bytearray(b64decode(whole["geometry"]))
    for at in (8, 24):  # QWidget::saveGeometry: magic, versions, then the frame's and the inner rectangle
        left, top, right, bottom = unpack_from(">4i", geometry, at)
        pack_into(">4i", geometry, at, left + 9000, top, right + 9000, bottom)
    whole["geometry"] = b64encode(geometry).decode()
    return json.dumps(whole)


def test_a_data_folder_that_is_none_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    done = program(tmp_path, {"QT_QPA_PLATFORM": "offscreen"})
    assert done.returncode == 1
    assert done.stderr == f"{tmp_path}/data cannot be used: File exists.\n"


READS = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from ollama_desk.bridge.application import Application
from ollama_desk.ui.last_words import show_last_words

def read():
    for box in QApplication.topLevelWidgets():
        if isinstance(box, QMessageBox) and box.isVisible():
            sys.stdout.write(box.text())
            box.button(QMessageBox.StandardButton.Close).click()

app = Application()
timer = QTimer()
timer.timeout.connect(read)
timer.start(20)
show_last_words(app, "There is no folder.")
"""


@pytest.mark.xvfb
def test_why_it_does_not_start_is_read_in_a_window(xvfb: str) -> None:
    environment = os.environ | {"DISPLAY": xvfb, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READS],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "There is no folder.", "")

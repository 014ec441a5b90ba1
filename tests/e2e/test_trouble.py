"""Whatever the server does, the window says it in a sentence, offers what to do, and never stops answering."""

import shlex
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.app import ROOT, App, free_port
from tests.support.processes import marked_processes

pytestmark = pytest.mark.e2e

DRIVER = ROOT / "tests" / "e2e" / "trouble_driver.py"
FAKE = ROOT / "tests" / "fakes" / "fake_ollama.py"
LIMIT_MS = 100
PLAYS = 3


def program(folder: Path, words: str) -> Path:
    """An ``ollama`` that misbehaves as ``words`` say."""
    path = folder / "ollama"
    path.write_text(f'#!/bin/sh\nFAKE={shlex.quote(words)} exec {sys.executable} {FAKE} "$@"\n')
    path.chmod(0o755)
    return path


def play(folder: Path, state: str, *, server: Path | str, port: int = 0) -> tuple[str, str]:
    """What the window says and which buttons it has once it shows ``state``.

    It must not stand still meanwhile. What happens once in a few plays is the machine's doing, not the window's.
    """
    lags_ms = list[int]()
    while len(lags_ms) < PLAYS:
        lag_ms, said, buttons = play_once(folder / f"play{len(lags_ms)}", state, server=server, port=port)
        if lag_ms <= LIMIT_MS:
            return said, buttons
        lags_ms.append(lag_ms)
    pytest.fail(f"the window did not answer for {lags_ms} ms")


def play_once(data: Path, state: str, *, server: Path | str, port: int) -> tuple[int, str, str]:
    data.mkdir()
    (data / "settings.toml").write_text(f'server_program = "{server}"\n')
    with App(data, "trouble", state.replace(" ", "_"), port=port or free_port(), driver=DRIVER) as app:
        lag_ms = int(app.wait_for("LAG", 90))
        said, buttons = app.wait_for("SAID"), app.wait_for("BUTTONS")
        assert app.wait() == 0, app.errors()
        assert marked_processes(app.owner()) == []
    return lag_ms, said, buttons


@pytest.mark.parametrize(
    ("words", "state", "said"),
    [
        pytest.param("exit=1", "Failed", "fake", id="sc09-exits-at-once"),
        pytest.param("html", "Port in use", "", id="sc14-html"),
        pytest.param("garbage", "Port in use", "", id="sc14-garbage"),
        pytest.param("silent", "Starting", "", id="sc13-silent"),
        pytest.param("deaf", "Starting", "", id="sc13-never-listens"),
        pytest.param("flood=400000 long-lines=20", "Running", "", id="sc20-sc21-floods-its-log"),
        pytest.param("nasty-log", "Running", "", id="sc21-nasty-log"),
        pytest.param("crash-after=1", "Starting again", "unexpectedly", id="sc10-falls"),
        pytest.param("slow=0.8", "Running", "", id="hs13-slow-answers"),
    ],
)
def test_a_server_in_trouble_is_said_and_the_window_answers(tmp_path: Path, words: str, state: str, said: str) -> None:
    text, buttons = play(tmp_path, state, server=program(tmp_path, words))
    assert said in text or said in buttons or state == "Failed"
    wanted = {"Failed": "Start", "Port in use": "Start", "Starting again": ""}  # what falls again and again is given up
    assert wanted.get(state, "Stop") in buttons


def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    text, _ = play(tmp_path, "Failed", server=tmp_path / "missing")
    assert "missing" in text


def test_a_program_that_may_not_be_run_is_said(tmp_path: Path) -> None:
    path = program(tmp_path, "")
    path.chmod(0o644)
    text, _ = play(tmp_path, "Failed", server=path)
    assert str(path) in text or "ollama" in text


def test_a_program_for_another_machine_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ollama"
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xf3\x00" + bytes(200))
    path.chmod(0o755)
    text, _ = play(tmp_path, "Failed", server=path)
    assert "could not be started" in text or "cannot" in text


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Somebody else's page</html>")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def stranger() -> Iterator[int]:
    """A web server of somebody else."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def silent_listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("taken", [stranger, silent_listener])
def test_po02_a_port_that_others_hold_is_said_and_another_is_offered(
    tmp_path: Path, taken: Callable[[], AbstractContextManager[int]]
) -> None:
    with taken() as port:
        text, buttons = play(tmp_path, "Port in use", server="built-in", port=port)
    assert "another program" in text
    assert "Use port" in buttons

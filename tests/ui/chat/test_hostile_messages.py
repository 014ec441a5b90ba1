"""Whatever a model writes, showing it opens no file and no connection and never holds up the loop."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

from tests.support.hostile_markdown import Canaries, payloads
from tests.support.opened_files import opened_files

STALL_MS = 100.0  # CPU time of the thread in one turn of the loop: what other programs take does not count
LIMIT_S = 900.0
pytestmark = pytest.mark.timeout(LIMIT_S)
NAMES = sorted(payloads(Canaries("/canary.png", "/canary.pipe", "127.0.0.1:1")))


@dataclass(frozen=True, slots=True)
class Shown:
    """What was seen of one message. Longest turns of the loop in milliseconds."""

    whole_ms: float
    growing_ms: float
    touched: list[str]  # opened files and connections, as Python knows of them


@dataclass(frozen=True, slots=True)
class Report:
    """What was seen of all of them."""

    messages: dict[str, Shown]
    opened: list[str]  # files, as the kernel knows of them
    connections: int


@contextmanager
def counting_server() -> Iterator[tuple[str, list[str]]]:
    """A server that counts who comes, and sends them away."""
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def count() -> None:
            while True:
                try:
                    guest, address = server.accept()
                except OSError:
                    return
                came.append(str(address))
                guest.close()

        thread = threading.Thread(target=count, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", came
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def canaries(folder: Path, host: str) -> Canaries:
    file, pipe = folder / "canary.png", folder / "canary.pipe"
    picture = QImage(4, 4, QImage.Format.Format_RGB32)
    picture.fill(0)
    assert picture.save(str(file))
    os.mkfifo(pipe)
    return Canaries(str(file), str(pipe), host)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Every message shown whole and growing, by a program of its own."""
    folder = tmp_path_factory.mktemp("canaries")
    with counting_server() as (host, came):
        baits = canaries(folder, host)
        with opened_files(folder) as opened:
            program = [sys.executable, "-m", "tests.support.hostile_show", baits.file, baits.pipe, host]
            # A turn is timed: the tracer of a coverage run has nothing to do there.
            alone = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
            done = subprocess.run(program, capture_output=True, text=True, timeout=LIMIT_S, check=False, env=alone)
            names = opened.look()
    assert done.returncode == 0, done.stderr[-2_000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    shown = {name: Shown(whole_s * 1_000, growing_s * 1_000, seen) for name, whole_s, growing_s, _, seen in lines}
    return Report(shown, names, len(came))


def test_there_are_three_hundred_hostile_messages(report: Report) -> None:
    assert len(NAMES) >= 300
    assert sorted(report.messages) == NAMES


def test_rn01_rn02_rn09_no_hostile_message_opens_a_file(report: Report) -> None:
    assert report.opened == []
    assert [seen for shown in report.messages.values() for seen in shown.touched] == []


def test_rn01_no_hostile_message_makes_a_connection(report: Report) -> None:
    assert report.connections == 0


@pytest.mark.parametrize("name", NAMES)
def test_rn04_a_hostile_message_never_holds_up_the_loop(report: Report, name: str) -> None:
    shown = report.messages[name]
    assert shown.whole_ms <= STALL_MS
    assert shown.growing_ms <= STALL_MS


def test_the_watch_sees_what_a_careless_view_opens(qtbot: QtBot, tmp_path: Path) -> None:
    with counting_server() as (host, _), opened_files(tmp_path) as opened:
        baits = canaries(tmp_path, host)
        opened.look()
        careless = QTextBrowser()
        qtbot.addWidget(careless)
        careless.setHtml(f"<img src='file://{baits.file}'>")
        careless.show()
        careless.grab()
        assert "canary.png" in opened.look()

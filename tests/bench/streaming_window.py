"""The real window, asked one question after another: ``streaming_window.py DATA_DIR ADDRESS QUESTION …``.

For each it prints what the loop went through while the answer came, as a line of JSON (``Streamed``). Questions are
those of ``paced_ollama``.
"""

import asyncio
import dataclasses
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

from ollama_desk import desktop
from ollama_desk.ui.chat.panel import ChatPanel
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.main_window import MainWindow
from tests.bench.streamed import Streamed

PING_MS = 2  # between two looks at the loop
SETTLE_S = 0.2  # after the tokens have begun to come
TAIL_S = 0.2  # before its end, which renders the whole answer once more
LIMIT_S = 60.0


class Pings(QObject):
    """Asks the loop for a turn every ``PING_MS`` and notes how late each comes.

    A gap of 30 ms is 14 callers that were let wait, not one. The kernel tells how long it let other programs run while
    this thread could have run: that is taken off.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lags_ms: list[float] = []
        self.whole_ms: list[float] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(PING_MS)
        self._timer.timeout.connect(self._on_timeout)
        self._schedule = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        self._last = (0.0, 0.0)

    def start(self) -> None:
        self._last = self._now()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def take(self) -> tuple[list[float], list[float]]:
        """What was noted since the last call."""
        taken = (self.lags_ms, self.whole_ms)
        self.lags_ms, self.whole_ms = [], []
        return taken

    def _now(self) -> tuple[float, float]:
        """The clock, and how long this thread has waited for a processor; in milliseconds."""
        waited_ns = os.pread(self._schedule, 100, 0).split()[1]
        return 1000 * time.perf_counter(), int(waited_ns) / 1e6

    def _on_timeout(self) -> None:
        now = self._now()
        gap_ms, stolen_ms = (new - old for new, old in zip(now, self._last, strict=True))
        self._last = now
        self.lags_ms += waits(max(0.0, gap_ms - stolen_ms))
        self.whole_ms += waits(gap_ms)


def waits(gap_ms: float) -> list[float]:
    """How long each caller waited that came every ``PING_MS`` of a gap."""
    missed = max(1, int(gap_ms / PING_MS))
    return [max(0.0, gap_ms - PING_MS * number) for number in range(1, missed + 1)]


async def ask(window: MainWindow, pings: Pings, question: str) -> Streamed:
    words = dict(word.partition("=")[::2] for word in question.split())
    panel = found(window)
    panel.chats.new_requested.emit()
    await until(lambda: panel.composer.can_send() and not panel.transcript.has_messages)
    began, asked = time.process_time(), time.monotonic()
    panel.composer.send_requested.emit(question)
    if "first" in words:
        await until(lambda: len(panel.transcript.plain_text()) > int(words["first"]))
        await until(lambda: is_laid_out(panel))
        await asyncio.sleep(max(0.0, asked + float(words["pause"]) + SETTLE_S - time.monotonic()))
    pings.start()
    if "at" in words:
        end = asked + float(words.get("pause", "0")) + int(words["count"]) / float(words["at"]) - TAIL_S
        await asyncio.sleep(max(0.0, end - time.monotonic()))
    lags, whole = pings.take()
    await until(lambda: panel.transcript.has_messages and panel.composer.can_send())
    await until(lambda: is_laid_out(panel))
    pings.stop()
    cpu_s = time.process_time() - began
    return Streamed(cpu_s, lags, whole, max(pings.take()[0], default=0.0))


def is_laid_out(panel: ChatPanel) -> bool:
    return all(slices.are_done for slices in panel.findChildren(Slices))


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "the window does not get there"
        await asyncio.sleep(0.02)


def found(window: MainWindow) -> ChatPanel:
    panel = window.findChild(ChatPanel)
    assert panel is not None
    return panel


async def live(window: MainWindow, questions: list[str]) -> None:
    try:
        await until(lambda: window.findChild(ChatPanel) is not None and found(window).composer.can_send())
        pings = Pings(window)
        for question in questions:
            sys.stdout.write(json.dumps(dataclasses.asdict(await ask(window, pings, question))) + "\n")
            sys.stdout.flush()
    finally:
        window.close()


def main(argv: list[str]) -> int:
    data_dir, address, *questions = argv
    tasks: list[asyncio.Task[None]] = []

    def begin(window: MainWindow) -> None:
        tasks.append(asyncio.get_running_loop().create_task(live(window, questions), name="questions"))

    return desktop.main(data_dir=Path(data_dir), host=address, on_window=begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

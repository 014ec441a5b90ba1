"""The two windows that benches compare, as programs: ``windows.py hello|desk SECONDS [DATA_DIR [ADDRESS]]``.

Both print the CPU seconds that the process had used when its first paint was done, then stay for ``SECONDS``; ``desk``
prints ``READY`` when its server runs.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

STATE_LOOK_MS = 50


class FirstPaint(QObject):
    """Says once, after the window was exposed and painted, how much CPU that took."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window.windowHandle()
        self._window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Expose:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self, self._say)
        return super().eventFilter(watched, event)

    def _say(self) -> None:
        say(f"PAINTED {time.process_time()}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def hello(stay_ms: int) -> int:
    """The least that a PySide6 program with a window can be.

    It names ``Qt`` once, as every program does that is more than this: that makes PySide6 build its enums, 35 ms.
    """
    app = QApplication([])
    window = QMainWindow()
    window.setCentralWidget(QLabel("Hello", alignment=Qt.AlignmentFlag.AlignCenter))
    window.resize(1100, 740)
    window.show()
    FirstPaint(window)
    QTimer.singleShot(stay_ms, app.quit)
    return app.exec()


def desk(stay_ms: int, data_dir: str, address: str) -> int:
    """The program itself."""
    sys.modules["rich"] = None  # type: ignore[assignment] # a tool of the tests brings it, and httpx would import it
    from ollama_desk.bridge.sources import spare_sources  # noqa: PLC0415 - hello must not pay for it

    spare_sources()  # as the command line does
    from ollama_desk import desktop  # noqa: PLC0415 - as above

    def begin(window: QMainWindow) -> None:
        FirstPaint(window)
        QTimer.singleShot(stay_ms, window, window.close)
        _when_running(window, lambda: say("READY"))

    return desktop.main(data_dir=Path(data_dir), host=address, on_window=begin)


def _when_running(window: QMainWindow, then: Callable[[], None]) -> None:
    from ollama_desk.ui.server.dock import StatusDock  # noqa: PLC0415 - as above

    look = QTimer(window)

    def ask() -> None:
        dock = window.findChild(StatusDock)
        if dock is not None and dock.state_text() == "Running":
            look.stop()
            then()

    look.timeout.connect(ask)
    look.start(STATE_LOOK_MS)


def main(argv: list[str]) -> int:
    stay_ms = round(float(argv[1]) * 1000)
    return hello(stay_ms) if argv[0] == "hello" else desk(stay_ms, *argv[2:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

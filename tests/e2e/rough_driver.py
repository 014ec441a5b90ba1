"""Plays a person whose day goes badly, inside the real program: ``rough_driver.py DATA_DIR ADDRESS SCENARIO``."""

import asyncio
import sys
import threading
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal

from ollama_desk.core.tasks import TaskScope
from tests.e2e.driver import Person, main
from tests.support.app import emit

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCKED_S = 0.6


class Faulty(QObject):
    """Code that raises where Qt calls it."""

    poked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.poked.connect(self._on_poked)

    def _on_poked(self) -> None:
        msg = "planted in a slot"
        raise RuntimeError(msg)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.User:
            msg = "planted in an event filter"
            raise RuntimeError(msg)
        return super().eventFilter(watched, event)


def raise_in(place: str) -> None:
    msg = f"planted in {place}"
    raise RuntimeError(msg)


async def fail_in(place: str) -> None:
    raise_in(place)


async def bugs(person: Person) -> None:
    """Errors everywhere; after each the notice is read and closed."""
    faulty, scope, loop = Faulty(), TaskScope(), asyncio.get_running_loop()
    person.window.installEventFilter(faulty)
    plants: dict[str, Callable[[], object]] = {
        "a slot": faulty.poked.emit,
        "a timer": lambda: QTimer.singleShot(0, lambda: raise_in("a timer")),
        "a task": lambda: scope.spawn(fail_in("a task"), name="planted"),
        "a callback": lambda: loop.call_soon(raise_in, "a callback"),
        "a thread": lambda: threading.Thread(target=raise_in, args=("a thread",), name="planted").start(),
        "an event filter": lambda: QCoreApplication.postEvent(person.window, QEvent(QEvent.Type.User)),
    }
    for place, plant in plants.items():
        plant()
        await person.until(f"a notice about {place}", lambda: bool(person.window.notices.current_text()))
        emit("NOTICE", place, person.window.notices.current_text())
        person.window.notices.clear()
    await scope.aclose()
    emit("ALIVE")
    person.leave()


async def blocks(person: Person) -> None:
    """Keep the event loop from turning."""
    await person.until("pages", lambda: bool(person.window.current_page()))
    keep_the_loop_from_turning()
    await asyncio.sleep(0)
    person.leave()


def keep_the_loop_from_turning() -> None:
    time.sleep(BLOCKED_S)


async def hidden(person: Person) -> None:
    """Wait out of sight until somebody shows the window."""
    person.window.hide()
    emit("HIDDEN")
    await person.until("shown", person.window.isVisible)
    emit("SHOWN")
    person.leave()


async def place(person: Person) -> None:
    """Say where the window is and where the screen."""
    screen = person.window.screen().availableGeometry()
    emit("SEEN", screen.intersects(person.window.frameGeometry()), person.window.isVisible())
    person.leave()


async def up(person: Person) -> None:
    """Show the window, and stay."""
    emit("UP", person.window.isVisible())
    await asyncio.Event().wait()


async def leaves_at_once(person: Person) -> None:
    """Close the window before there is anything in it."""
    person.leave()


async def leaves_in_an_action(person: Person) -> None:
    """Ask for the demonstration model and close the window before it is there."""
    await person.server_running()
    await person.click("Try it without a download")
    person.leave()


async def notice(person: Person) -> None:
    """Read what the window says, and close it."""
    await person.until("a notice", lambda: bool(person.window.notices.current_text()))
    emit("NOTICE", person.window.notices.current_text(), person.window.isVisible())
    person.leave()


if __name__ == "__main__":
    scenarios = (bugs, blocks, hidden, place, up, leaves_at_once, leaves_in_an_action, notice)
    sys.exit(main(sys.argv[1:], {scenario.__name__: scenario for scenario in scenarios}))

"""Plays the person inside the real program: ``driver.py DATA_DIR ADDRESS SCENARIO [ARGUMENT …]``.

Each scenario clicks and types as a person would and prints what it sees, a line each, for the test that watches.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from ollama_desk import desktop
from ollama_desk.ui.chat.composer import Composer
from ollama_desk.ui.chat.transcript import Transcript
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.server.dock import StatusDock
from tests.support.app import emit

LIMIT_S = 60.0


class Person:
    """Hands and eyes on the window."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window

    async def until(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            if time.monotonic() > deadline:
                emit("GAVE-UP", what, self.seen())
                self.window.quit_requested.emit()
                return
            await asyncio.sleep(0.02)

    def seen(self) -> str:
        transcript = self.window.findChild(Transcript)
        return transcript.plain_text() if transcript is not None else ""

    async def server_running(self) -> None:
        await self.until("running", lambda: self.dock().state_text() == "Running")

    def dock(self) -> StatusDock:
        dock = self.window.findChild(StatusDock)
        assert dock is not None
        return dock

    def composer(self) -> Composer:
        composer = self.window.findChild(Composer)
        assert composer is not None
        return composer

    async def click(self, text: str) -> None:
        await self.until(f"button {text}", lambda: self.button(text) is not None)
        button = self.button(text)
        if button is not None:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def button(self, text: str) -> QPushButton | None:
        for button in self.window.findChildren(QPushButton):
            if text in button.text() and button.isVisible() and button.isEnabled():
                return button
        return None

    async def can_send(self) -> None:
        await self.until("composer", lambda: self.composer().can_send())

    async def say(self, text: str) -> None:
        editor: QWidget = self.composer().editor
        editor.setFocus()
        QTest.keyClicks(editor, text)
        QTest.keyClick(editor, Qt.Key.Key_Return)

    async def sees(self, text: str) -> None:
        await self.until(f"text {text}", lambda: text in self.seen())

    def press_escape(self) -> None:
        QTest.keyClick(self.composer().editor, Qt.Key.Key_Escape)

    def leave(self) -> None:
        self.window.close()


async def first_light(person: Person) -> None:
    """Start, try the demonstration model, ask, see the answer, leave."""
    await person.server_running()
    emit("READY")
    await person.click("Try it without a download")
    await person.can_send()
    emit("MODEL")
    await person.say("Tell me a story, please.")
    await person.sees("tok/s")
    emit("ANSWER", person.seen())
    person.leave()


async def stop_in_the_middle(person: Person) -> None:
    """Ask the endless model (which the test has made) and stop it."""
    await person.server_running()
    emit("READY")
    await person.can_send()
    await person.say("endless")
    await person.until("some text", lambda: len(person.seen()) > len("endless") + 100)
    person.press_escape()
    await person.until("composer back", lambda: person.composer().can_send())
    emit("STOPPED", person.seen())
    person.leave()


async def reopen(person: Person) -> None:
    """Show what the last run left."""
    await person.until("old messages", lambda: bool(person.seen()))
    emit("SEEN", person.seen())
    person.leave()


async def stay(person: Person) -> None:
    """Come up, say so, and stay."""
    await person.server_running()
    emit("READY")
    await asyncio.Event().wait()


async def stream(person: Person) -> None:
    """Ask the endless model, say when text arrives, and stay."""
    await stream_some(person)
    await asyncio.Event().wait()


async def stream_some(person: Person) -> None:
    await person.server_running()
    emit("READY")
    await person.can_send()
    await person.say("endless")
    await person.until("some text", lambda: len(person.seen()) > len("endless") + 100)
    emit("STREAMING")


async def retry(person: Person) -> None:
    """Ask the endless model; when the server has died and is back, retry, stop and leave."""
    await stream_some(person)
    await person.until("a cut answer", lambda: person.button("Retry") is not None)
    emit("CUT", person.seen())
    await person.until("the server's end is noticed", lambda: person.dock().state_text() != "Running")
    await person.server_running()
    await person.click("Retry")
    await person.until("no cut answer", lambda: person.button("Retry") is None)
    await person.until("new text", lambda: len(person.seen()) > len("endless") + 100)
    person.press_escape()
    await person.sees("Stopped")
    emit("AGAIN", person.seen())
    person.leave()


async def restarts(person: Person) -> None:
    """Say each time that the server is up again."""
    while True:
        await person.server_running()
        emit("READY")
        await person.until("not running", lambda: person.dock().state_text() != "Running")
        emit("DOWN")


async def closes(person: Person) -> None:
    """Close the window whenever it is there, and say when it goes and comes."""
    await person.server_running()
    emit("READY")
    while True:
        person.leave()
        await person.until("hidden", lambda: not person.window.isVisible())
        emit("HIDDEN")
        await person.until("shown", person.window.isVisible)
        emit("SHOWN")


Scenario = Callable[[Person], Coroutine[Any, Any, None]]
SCENARIOS: dict[str, Scenario] = {
    function.__name__: function
    for function in (first_light, stop_in_the_middle, reopen, stay, stream, retry, restarts, closes)
}


def main(argv: list[str], scenarios: Mapping[str, Scenario] = SCENARIOS) -> int:
    """Run the program with the scenario that the arguments name."""
    data_dir, address, scenario = argv[:3]
    tasks: list[asyncio.Task[None]] = []

    def begin(window: MainWindow) -> None:
        tasks.append(asyncio.get_running_loop().create_task(scenarios[scenario](Person(window)), name=scenario))

    return desktop.main(data_dir=Path(data_dir), host=address, on_window=begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

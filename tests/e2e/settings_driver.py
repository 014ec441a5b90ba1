"""Plays a person who changes settings in the real program, as ``driver.py`` does; the settings say the address."""

import asyncio
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from ollama_desk import desktop
from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.palette import DARK, LIGHT
from ollama_desk.ui.settings.panel import SettingsPanel
from tests.e2e.driver import Person
from tests.support.app import emit


async def play(person: Person, address: str) -> None:
    """Another look, another port with a restart, an answer from there, and a look that somebody sets by hand."""
    await person.server_running()
    emit("READY")
    await person.click("Try it without a download")
    await person.can_send()
    person.window.show_page("settings")
    panel = person.window.findChildren(SettingsPanel)[0]
    panel.change_requested.emit("theme", ThemeChoice.DARK)
    await person.until("dark", lambda: ground() == DARK.window)
    emit("DARK")
    host = panel.rows["host"].control
    assert isinstance(host, QLineEdit)
    host.setText(address)
    QTest.keyClick(host, Qt.Key.Key_Return)
    await person.click("Restart server")
    await person.until("moved", panel.bar.isHidden)
    await person.server_running()
    person.window.show_page("chat")
    await person.can_send()
    await person.say("Tell me a story, please.")
    await person.sees("tok/s")
    emit("ANSWER", person.seen())
    await person.until("light", lambda: ground() == LIGHT.window)
    emit("LIGHT")
    person.leave()


def ground() -> str:
    return QGuiApplication.palette().color(QPalette.ColorRole.Window).name().upper()


def main(argv: list[str]) -> int:
    """Run the program; the second argument is the address to move to."""
    data_dir, address = Path(argv[0]), argv[1]
    tasks: list[asyncio.Task[None]] = []

    def begin(window: MainWindow) -> None:
        scene = play(Person(window), address)
        tasks.append(asyncio.get_running_loop().create_task(scene, name="settings"))

    return desktop.main(data_dir=data_dir, host="", on_window=begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Plays a person who deletes models in the real program, takes one back, and leaves or is cut off."""

import asyncio
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from ollama_desk import desktop
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.panel import ModelsPanel
from tests.e2e.driver import Person
from tests.support.app import emit


async def play(person: Person, scenario: str) -> None:
    """Delete one, take it back, delete another; then leave, or wait for the end."""
    await person.server_running()
    window = person.window
    window.show_page("models")
    panel = window.findChild(ModelsPanel)
    assert panel is not None
    rows = panel.table.model()
    await person.until("the models", lambda: rows.rowCount() == 3)
    await delete(person, panel, "kept:latest")
    undo = next(button for button in window.notices.findChildren(QPushButton) if button.text() == "Undo")
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    await person.until("what was taken back", lambda: rows.rowCount() == 3)
    emit("BACK", panel.table.current_key())
    await delete(person, panel, "gone:latest")
    emit("DELETED", window.notices.current_text())
    if scenario == "leave":
        person.leave()


async def delete(person: Person, panel: ModelsPanel, name: str) -> None:
    panel.select(name)
    panel.table.setFocus()
    panel.actions_row.delete.trigger()
    await person.until("the row to go", lambda: panel.table.model().rowCount() == 2)
    await person.until("the notice", lambda: name in person.window.notices.current_text())


def main(argv: list[str]) -> int:
    """Run the program and the scene."""
    data_dir, address, scenario = argv
    tasks: list[asyncio.Task[None]] = []

    def begin(window: MainWindow) -> None:
        tasks.append(asyncio.get_running_loop().create_task(play(Person(window), scenario), name="deletions"))

    return desktop.main(data_dir=Path(data_dir), host=address, on_window=begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

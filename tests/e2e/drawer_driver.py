"""Plays a person who reads about a model in the real program, makes another of it, renames and copies that."""

import asyncio
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from ollama_desk import desktop
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.panel import ModelsPanel
from tests.e2e.driver import Person
from tests.support.app import emit


async def play(person: Person, manifests: Path) -> None:
    """Read, edit as a new model, rename, copy, leave."""
    await person.server_running()
    window = person.window
    window.show_page("models")
    panel, drawer = window.findChild(ModelsPanel), window.findChild(ModelDrawer)
    assert panel is not None
    assert drawer is not None
    await person.until("the model", lambda: panel.table.model().rowCount() == 1)
    panel.select("mine:latest")
    panel.place.open_drawer()
    sections = drawer.sections
    await person.until("the sum", lambda: bool(sections.layers.sum.text()))
    await person.until("what it says", drawer.actions_row.edit.isEnabled)
    emit("SAYS", sections.prompt.system.text, sections.layers.sum.text())
    drawer.actions_row.edit.click()
    drawer.form.system.setPlainText("Talk like a pirate.")
    row = drawer.form.parameters.add_row("num_ctx")
    QTest.keyClicks(row.value, "4k")
    drawer.form.create_button.click()
    await person.until("the new model", lambda: drawer.name == "mine-custom:latest")
    await person.until("its words", lambda: sections.prompt.system.text == "Talk like a pirate.")
    await person.until("its layers", lambda: "shared" in sections.layers.sum.text())
    emit("MADE", drawer.form.isHidden(), sections.layers.sum.text())
    await name(person, drawer, drawer.actions_row.rename, "pirate")
    await person.until("the new name", lambda: drawer.name == "pirate:latest")
    emit("RENAMED", drawer.name)
    await person.until("what it says", drawer.actions_row.copy.isEnabled)
    await name(person, drawer, drawer.actions_row.copy, "pirate-two")
    await person.until("the copy", lambda: panel.table.model().rowCount() == 3)  # shown before it is there
    await person.until("its manifest", (manifests / "pirate-two" / "latest").is_file)
    emit("COPIED", drawer.name)
    QTest.keyClick(drawer.tabs, Qt.Key.Key_Escape)
    await person.until("the end", drawer.isHidden)
    emit("CLOSED", panel.table.hasFocus())
    person.leave()


async def name(person: Person, drawer: ModelDrawer, button: QAbstractButton, text: str) -> None:
    """Ask for a name and write it."""
    button.click()
    await person.until("the field", drawer.naming.isVisible)
    drawer.naming.edit.selectAll()
    QTest.keyClicks(drawer.naming.edit, text)
    QTest.keyClick(drawer.naming.edit, Qt.Key.Key_Return)


def main(argv: list[str]) -> int:
    """Run the program and the scene."""
    data_dir, address, _scenario = argv
    manifests = Path(data_dir) / "models/manifests/registry.ollama.ai/library"
    tasks: list[asyncio.Task[None]] = []

    def begin(window: MainWindow) -> None:
        tasks.append(asyncio.get_running_loop().create_task(play(Person(window), manifests), name="drawer"))

    return desktop.main(data_dir=Path(data_dir), host=address, on_window=begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

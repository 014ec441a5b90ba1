"""Plays a person who drops a model file on the window of the real program and chats with it."""

import asyncio
import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from ollama_desk import desktop
from ollama_desk.ui.imports.dialog import ImportDialog
from ollama_desk.ui.imports.drop_zone import DropZone
from ollama_desk.ui.main_window import MainWindow
from tests.e2e.driver import Person
from tests.support.app import emit

LEFT, NONE, COPY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction


def drag(widget: QWidget, data: QMimeData) -> None:
    """Let something hang over a widget, as the window system tells it."""
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(20, 20), COPY, data, LEFT, NONE))


def drop(widget: QWidget, data: QMimeData) -> None:
    QApplication.sendEvent(widget, QDropEvent(QPointF(20, 20), COPY, data, LEFT, NONE))


def files(*paths: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    data.setText("\n".join(paths))  # as file managers do
    return data


async def play(person: Person, model: str, other: str) -> None:
    """Refuse one file, import another, chat with it."""
    await person.server_running()
    emit("READY")
    await person.until("the zone", lambda: person.window.findChild(DropZone) is not None)
    zone = person.window.findChild(DropZone)
    assert zone is not None
    drag(person.window, files(other))
    emit("HINT", zone.hint)
    drop(zone, files(other))
    emit("REFUSED", person.window.notices.current_text(), zone.hint)
    drag(person.window, files(model))
    emit("HINT", zone.hint)
    drop(zone, files(model))
    await person.until("the dialog", lambda: person.window.findChild(ImportDialog) is not None)
    dialog = person.window.findChild(ImportDialog)
    assert dialog is not None
    emit("NAME", dialog.name.text())
    await person.click("Import model")
    await person.click("Chat")
    await person.can_send()
    await person.say("Tell me a story, please.")
    await person.sees("tok/s")
    emit("ANSWER", person.seen())
    person.leave()


def main(argv: list[str]) -> int:
    """Run the program; after the scenario come the file to import and one to refuse."""
    data_dir, address, _scenario, model, other = argv
    tasks: list[asyncio.Task[None]] = []

    def begin(window: MainWindow) -> None:
        scene = play(Person(window), model, other)
        tasks.append(asyncio.get_running_loop().create_task(scene, name="import"))

    return desktop.main(data_dir=Path(data_dir), host=address, on_window=begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

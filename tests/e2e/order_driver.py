"""Plays a person who keeps a model up to date inside the real program, and exports it to a file."""

import sys
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QToolButton, QWidget

from ollama_desk.domain.pulls import PullState
from ollama_desk.ui.models.export_presenter import CHOOSER
from ollama_desk.ui.models.work_line import WorkLine
from tests.e2e.download_driver import in_state, look_up, page
from tests.e2e.driver import Person, main
from tests.support.app import emit

CHECK, EXPORT = "Check for updates", "Export to a file"


def named(person: Person, kind: type[QWidget], name: str) -> QWidget:
    return next(each for each in person.window.findChildren(kind) if each.accessibleName() == name)


def line(person: Person) -> WorkLine:
    found = named(person, WorkLine, CHECK)
    assert isinstance(found, WorkLine)
    return found


async def check(person: Person) -> str:
    """Press the button, and read the answer; the last one is sent away before."""
    if line(person).isVisible():
        QTest.mouseClick(line(person).close_button, Qt.MouseButton.LeftButton)
    button = named(person, QToolButton, CHECK)
    await person.until("the button", button.isEnabled)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    await person.until("an answer", lambda: line(person).isVisible() and not line(person).cancel.isVisible())
    return line(person).text.text()


async def keep_in_order(person: Person, name: str, file: str) -> None:
    """Get a model, find it current, find it old, update it, export it."""
    await person.server_running()
    await look_up(person, name)
    await person.click("Download (")
    await in_state(person, PullState.FINISHED)
    page(person).show_view("installed")
    emit("CURRENT", await check(person))
    while "1 update:" not in (found := await check(person)):
        emit("NOT-YET", found)
    emit("FOUND", found)
    await person.click("Update")
    await person.until("the update", lambda: "up to date" in line(person).text.text())
    emit("UPDATED", line(person).text.text())
    person.window.notices.clear()
    table = page(person).installed.table
    table.selectRow(0)
    action = next(each for each in table.actions() if each.text().startswith(EXPORT))
    await person.until("the action", action.isEnabled)
    action.trigger()
    await person.until("the dialog", lambda: person.window.findChild(QFileDialog, CHOOSER) is not None)
    dialog = person.window.findChild(QFileDialog, CHOOSER)
    assert dialog is not None
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert field is not None
    emit("PROPOSED", field.text())
    dialog.setDirectory(str(Path(file).parent))
    field.setText(Path(file).name)
    QTest.keyClick(field, Qt.Key.Key_Return)
    await person.until("the notice", lambda: "is exported as" in person.window.notices.current_text())
    emit("EXPORTED", person.window.notices.current_text())
    person.leave()


if __name__ == "__main__":
    scenes = {"keep_in_order": partial(keep_in_order, name=sys.argv[4], file=sys.argv[5])}
    sys.exit(main(sys.argv[1:], scenes))

"""Files that hang over the window and fall on it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.ui.imports.drop_zone import DropZone, files_in
from ollama_desk.ui.theme import Theme

LEFT, NONE, COPY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
GGUF = "Drop the file to import it as a model"


class Scene:
    """A window with fields, and what its zone says."""

    def __init__(self, theme: Theme, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.editor, self.line = QPlainTextEdit(self.window), QLineEdit(self.window)
        layout = QVBoxLayout(self.window)
        layout.addWidget(self.editor)
        layout.addWidget(self.line)
        self.window.resize(400, 300)
        self.window.show()
        self.zone = DropZone(self.window, theme=theme)
        self.dropped: list[list[Path]] = []
        self.refused: list[str] = []
        self.zone.files_dropped.connect(self.dropped.append)
        self.zone.refused.connect(self.refused.append)


def urls(*addresses: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(address) for address in addresses])
    data.setText("\n".join(addresses))
    return data


def drag(widget: QWidget, data: QMimeData) -> bool:
    event = QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, NONE)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def drop(widget: QWidget, data: QMimeData) -> None:
    QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), COPY, data, LEFT, NONE))


def test_a_model_is_hinted_at_and_taken_and_the_hint_goes(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)
    data = urls("file:///a/b%20c/M%C3%B6dell%20%F0%9F%99%82.GGUF")
    assert drag(scene.window, data)
    assert scene.zone.hint == GGUF
    assert scene.zone.geometry() == scene.window.rect()
    scene.zone.grab()
    drop(scene.zone, data)
    assert scene.zone.hint == ""
    assert scene.dropped == [[Path("/a/b c/Mödell 🙂.GGUF")]]


def test_the_hint_goes_when_the_file_is_taken_away(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)
    for over in (scene.window, scene.zone):
        drag(scene.window, urls("file:///a.gguf"))
        drag(over, urls("file:///a.gguf"))
        assert scene.zone.hint == GGUF
        QApplication.sendEvent(over, QDragLeaveEvent())
        assert scene.zone.isHidden()


def test_other_files_are_refused_with_a_sentence(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)
    data = urls("file:///a.gguf", "file:///a.pdf")
    drag(scene.window, data)
    assert scene.zone.hint.startswith("Only GGUF files")
    scene.zone.grab()
    drop(scene.zone, data)
    assert scene.dropped == []
    assert scene.refused == ["Only GGUF files can be imported as models. Their names end in .gguf."]


@pytest.mark.parametrize("address", ["https://example.org/a.gguf", "smb://host/a.gguf"])
def test_what_is_elsewhere_is_refused(address: str) -> None:
    paths, why = files_in(urls("file:///a.gguf", address))
    assert paths == []
    assert why.startswith("Only files of this computer")


def test_files_over_a_field_come_to_the_window(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)
    for field in (scene.editor.viewport(), scene.line):
        scene.zone.hide()
        assert drag(field, urls("file:///a.gguf"))
        assert scene.zone.hint == GGUF
    drop(scene.editor.viewport(), urls("file:///a.gguf"))
    assert scene.editor.toPlainText() == ""


def test_text_still_falls_into_fields(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)
    data = QMimeData()
    data.setText("words")
    assert drag(scene.editor.viewport(), data)
    assert scene.zone.isHidden()
    drop(scene.editor.viewport(), data)
    assert scene.editor.toPlainText() == "words"
    assert not drag(scene.window, data)

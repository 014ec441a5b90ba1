"""Imports in the whole window: dropped anywhere, offered where there is no model, leading to where models are got."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget

from ollama_desk.ui.imports.dialog import ImportDialog
from ollama_desk.ui.imports.drop_zone import DropZone
from ollama_desk.ui.models.page import GET, ModelsPage
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.panel import WelcomePanel
from tests.support.importing import tiny_file
from tests.support.whole_window import WholeWindow, play

LEFT, NONE, COPY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction


def drag(widget: QWidget, data: QMimeData) -> None:
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(9, 9), COPY, data, LEFT, NONE))


def drop(widget: QWidget, data: QMimeData) -> None:
    QApplication.sendEvent(widget, QDropEvent(QPointF(9, 9), COPY, data, LEFT, NONE))


def test_a_file_can_be_dropped_on_the_composer_and_text_still_too(tmp_path: Path, theme: Theme) -> None:
    file = tiny_file(tmp_path / "Modell 🙂.gguf")

    async def scene(whole: WholeWindow) -> None:
        field = whole.chat.composer.editor.viewport()
        zone = whole.window.findChild(DropZone)
        assert zone is not None
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file))])
        data.setText(str(file))
        drag(field, data)
        assert zone.hint
        drop(zone, data)
        await whole.until(lambda: whole.window.findChild(ImportDialog))
        dialog = whole.window.findChild(ImportDialog)
        assert dialog is not None
        assert dialog.name.text() == "tiny:q4_0"
        assert "is sent to the server at" in dialog.place.text()
        dialog.reject()
        words = QMimeData()
        words.setText("words")
        drag(field, words)
        drop(field, words)
        assert whole.chat.composer.editor.toPlainText() == "words"
        assert not zone.hint

    play(tmp_path, theme, scene)


def test_the_welcome_leads_to_models_and_files(tmp_path: Path, theme: Theme) -> None:
    async def scene(whole: WholeWindow) -> None:
        page, welcome = whole.window.findChild(ModelsPage), whole.window.findChild(WelcomePanel)
        assert page is not None
        assert welcome is not None
        welcome.proposal.another.click()
        assert (whole.window.current_page(), page.current_view()) == ("models", GET)
        button = next(b for b in page.installed.findChildren(QPushButton) if b.text() == "Import a GGUF file…")
        for offering in (welcome.imports, button):
            offering.click()
            chooser = whole.window.findChild(QFileDialog)
            assert chooser is not None
            chooser.reject()
            await whole.until(lambda: not whole.window.findChildren(QFileDialog))

    play(tmp_path, theme, scene)

"""One application, offscreen, and its look, for every test of the window."""

import os
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from ollama_desk.core.resources import resource
from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.language import Words, WordsTranslator
from ollama_desk.ui.theme import Theme


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def theme(dressed: Theme, qapp: QApplication) -> Iterator[Theme]:
    """The one look of the application, light at the start of each test; the widgets of the test go at its end."""
    if dressed.choice is not ThemeChoice.LIGHT:
        dressed.apply(ThemeChoice.LIGHT)
    yield dressed
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    dressed.resize_text(None)


@pytest.fixture(autouse=True)
def released(qapp: QApplication) -> Iterator[None]:
    """After a key with Ctrl or Shift Qt goes by these until the next one, and selecting a row would mean more."""
    yield
    if qapp.keyboardModifiers() is not Qt.KeyboardModifier.NoModifier:
        nobody = QWidget()
        QTest.keyClick(nobody, Qt.Key.Key_F35)
        nobody.deleteLater()


@pytest.fixture
def english(qapp: QApplication) -> Iterator[None]:
    """The words of a window in English, with their plurals."""
    translator = WordsTranslator(Words.read(resource("translations", "en.json")), parent=qapp)
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)
    translator.deleteLater()

"""One application, offscreen, and its look, for every test of the window."""

import os
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication

from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.theme import Theme


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def theme(dressed: Theme) -> Iterator[Theme]:
    """The one look of the application, light at the start of each test."""
    dressed.apply(ThemeChoice.LIGHT)
    yield dressed
    dressed.resize_text(None)

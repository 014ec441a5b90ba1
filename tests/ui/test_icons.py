"""Icons: each drawing can be drawn, in the colour that is asked for, again when the look changes."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from ollama_desk.core.resources import resource
from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.icons import IconSetter, icon, icon_pixmap
from ollama_desk.ui.palette import DARK, LIGHT
from ollama_desk.ui.theme import Theme

DRAWINGS = sorted(resource("icons").glob("*.svg"))


def ink(image: QImage) -> set[str]:
    """Colours of the fully painted pixels."""
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return {pixel.name().upper() for pixel in pixels if pixel.alpha() == 255}


def colours_of(button: QToolButton, mode: QIcon.Mode = QIcon.Mode.Normal) -> set[str]:
    return ink(button.icon().pixmap(QSize(18, 18), 2.0, mode).toImage())


@pytest.mark.parametrize("path", [path for path in DRAWINGS if path.stem != "app"], ids=lambda path: path.stem)
def test_every_drawing_is_an_outline_in_the_colour_asked_for(path: Path, theme: Theme) -> None:
    assert 'stroke-width="1.65"' in path.read_text(encoding="utf-8")
    assert ink(icon_pixmap(path.stem, color="#3457D5", size_px=24, ratio=2.0).toImage()) == {"#3457D5"}


def test_an_icon_is_sharp_on_a_dense_screen(theme: Theme) -> None:
    made = icon("chat", color=LIGHT.text, size_px=18)
    assert made.pixmap(QSize(18, 18), 2.0).size() == QSize(36, 36)


def test_a_button_is_drawn_again_in_the_colours_of_the_new_look(theme: Theme, qtbot: QtBot) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    setter = IconSetter(button, theme=theme, name="stop")
    assert LIGHT.muted in colours_of(button)
    theme.apply(ThemeChoice.DARK)
    assert DARK.muted in colours_of(button)
    assert DARK.strong in colours_of(button, QIcon.Mode.Disabled)
    setter.show("stop", tone="danger")
    assert DARK.danger in colours_of(button)


def test_icons_grow_with_the_text(theme: Theme, qtbot: QtBot) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    IconSetter(button, theme=theme, name="stop")
    theme.resize_text(18)
    assert button.iconSize().width() == theme.px(18) > 18

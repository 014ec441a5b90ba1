"""The look: readable in both colour schemes, scaled with the text, changed live."""

import re
from dataclasses import fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.palette import DARK, LIGHT, Tokens
from ollama_desk.ui.stylesheet import stylesheet
from ollama_desk.ui.theme import Theme

LOOKS = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])

# Which text stands on which ground, and which icons do.
TEXT_ON = {
    "text": ("window", "surface", "raised", "hover", "selected", "block", "code", "border"),
    "muted": ("window", "surface", "raised", "hover", "block", "code"),
    "accent": ("window", "surface", "selected"),
    "on_accent": ("accent",),
    "ok": ("window", "surface", "raised"),
    "warning": ("window", "surface", "raised", "block"),
    "danger": ("window", "surface", "raised", "hover", "block"),
    **dict.fromkeys(("keyword", "string", "comment", "number", "name"), ("code",)),
}
ICONS_ON = {
    "muted": ("window", "surface", "raised", "hover", "border"),
    "accent": ("window", "surface", "selected", "hover"),
    "ok": ("window", "surface"),
    "warning": ("window", "surface", "block"),
    "danger": ("window", "surface", "raised"),
    "strong": ("window",),
}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@LOOKS
def test_every_text_can_be_read_on_every_ground_it_stands_on(tokens: Tokens) -> None:
    poor = [
        (ink, ground, round(contrast(getattr(tokens, ink), getattr(tokens, ground)), 2))
        for ink, grounds in TEXT_ON.items()
        for ground in grounds
        if contrast(getattr(tokens, ink), getattr(tokens, ground)) < 4.5
    ]
    assert not poor


@LOOKS
def test_every_icon_can_be_seen_on_every_ground_it_stands_on(tokens: Tokens) -> None:
    poor = [
        (ink, ground)
        for ink, grounds in ICONS_ON.items()
        for ground in grounds
        if contrast(getattr(tokens, ink), getattr(tokens, ground)) < 3
    ]
    assert not poor


@LOOKS
def test_rules_that_name_ink_and_ground_keep_them_apart(tokens: Tokens) -> None:
    sheet = stylesheet(tokens, pt=10.5, px=round)
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet):
        found = dict(re.findall(r"(?:^|[;\s])(background|color): (#\w{6})", body))
        if {"background", "color"} <= found.keys() and ":disabled" not in selector:
            assert contrast(found["color"], found["background"]) >= 4.5, selector.strip()


@LOOKS
def test_every_colour_is_a_colour(tokens: Tokens) -> None:
    for each in fields(tokens):
        assert re.fullmatch(r"#[0-9A-F]{6}", getattr(tokens, each.name)), each.name


def test_the_person_chooses_between_light_and_dark(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme.changed):
        theme.apply(ThemeChoice.DARK)
    assert theme.tokens is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    theme.apply(ThemeChoice.LIGHT)
    assert theme.tokens is LIGHT
    assert theme.choice is ThemeChoice.LIGHT


def test_the_system_decides_where_the_person_lets_it(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(ThemeChoice.SYSTEM)
    with qtbot.waitSignal(theme.changed):
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    theme.apply(ThemeChoice.DARK)
    with qtbot.assertNotEmitted(theme.changed):
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)


def test_a_platform_without_a_font_of_its_own_gets_a_readable_size(theme: Theme) -> None:
    assert theme.base_pt == 10.5
    assert theme.px(36) == 36


def test_widgets_that_exist_follow_another_size_of_text(theme: Theme, qtbot: QtBot) -> None:
    label, button = QLabel("Text"), QPushButton("Press")
    qtbot.addWidget(label)
    qtbot.addWidget(button)
    label.show()
    button.show()
    before = button.sizeHint().height()
    theme.resize_text(18)
    assert theme.px(36) > 36
    assert label.font().pointSizeF() == 18
    assert button.sizeHint().height() > before
    theme.resize_text(100)
    assert theme.base_pt == 20


def test_notes_and_code_are_smaller_than_the_text_and_titles_larger(theme: Theme) -> None:
    assert theme.note_font().pointSizeF() < theme.code_font().pointSizeF() < theme.base_pt
    assert theme.title_font().pointSizeF() > theme.base_pt

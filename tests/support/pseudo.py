"""A language in which every text is half as long again, for what is cut where words are longer than ours."""

import re

from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from ollama_desk.ui.elided import ElidedLabel

WORD = re.compile(r"[^\W\d_]{3,}(?![^%&{]*})")
ARROW = 34  # pixels of a combo box beside its text
OF_QT = ("Q", "q")  # contexts of Qt's own, which have real translations


class LongWords(QTranslator):
    """``Settings`` becomes ``SettingsSett``."""

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        return False

    def translate(self, context: str, source: str, _disambiguation: str | None = None, _n: int = -1) -> str | None:
        if context.startswith(OF_QT) and context != "QWidget":
            return None
        return WORD.sub(lambda word: word[0] + word[0][: (len(word[0]) + 1) // 2].lower(), source)


def cut(window: QWidget) -> list[str]:
    """What on screen does not get the width, or for text in lines the height, that its text needs."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.visibleRegion().isEmpty() and (words := _text(widget)):
            missing = _missing(widget)
            if missing:
                found.append(f"{type(widget.parentWidget()).__name__}/{type(widget).__name__} “{words}”: {missing}")
    return found


def _text(widget: QWidget) -> str:
    if isinstance(widget, ElidedLabel):
        return ""  # it gives way, and says all in its tooltip
    if isinstance(widget, QAbstractButton | QLabel):
        return widget.text()
    return widget.currentText() if isinstance(widget, QComboBox) else ""


def _missing(widget: QWidget) -> str:
    if isinstance(widget, QLabel) and widget.wordWrap():
        short = widget.heightForWidth(widget.width()) - widget.height()
        return f"{short} px of height" if short > 0 else ""
    if isinstance(widget, QComboBox):
        short = widget.fontMetrics().horizontalAdvance(widget.currentText()) + ARROW - widget.width()
        return f"{short} px of width" if short > 0 else ""
    parent = widget.parentWidget() or widget
    beyond = max(-widget.x(), widget.geometry().right() - parent.width() + 1)
    needed = widget.minimumWidth() or widget.minimumSizeHint().width()  # a smallest width is set where it may give way
    if widget.minimumWidth() == widget.maximumWidth():
        needed = widget.minimumSizeHint().width()
    short = max(needed - widget.width(), beyond)
    return f"{short} px of width" if short > 0 else ""

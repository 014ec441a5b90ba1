"""Lets the style sheet look at a widget again: it does not by itself when a property that it names has changed."""

from PySide6.QtWidgets import QWidget


def restyle(widget: QWidget) -> None:
    """Dress the widget by what its properties say now."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)

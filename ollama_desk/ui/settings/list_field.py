"""Several short texts in one line, with commas between them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ollama_desk.ui.settings.controls import TextField


class ListField(QWidget):
    """``picked`` carries a tuple of texts."""

    picked = Signal(object)
    restored = Signal()

    def __init__(self, *, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = TextField(parent=self)
        self.field.setPlaceholderText(placeholder)
        self.field.picked.connect(lambda text: self.picked.emit(parts_of(str(text))))
        self.field.restored.connect(self.restored)
        self.setFocusProxy(self.field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.field)

    def show_value(self, value: object) -> None:
        self.field.show_value(", ".join(value) if isinstance(value, tuple) else "")

    def name(self, label: str) -> None:
        self.field.name(label)

    def lock(self, *, locked: bool) -> None:
        self.field.lock(locked=locked)


def parts_of(text: str) -> tuple[str, ...]:
    """What stands between the commas."""
    return tuple(part for part in map(str.strip, text.split(",")) if part)

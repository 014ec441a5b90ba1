"""What of the installed models is shown: a box for words and a choice of kinds."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ollama_desk.ui.models.model_filter import Kind, kind_text
from ollama_desk.ui.settings.controls import Choice
from ollama_desk.ui.theme import Theme

WORDS_LIMIT = 200  # characters
SEARCH_PX, KIND_PX = 130, 150


class TableFilters(QWidget):
    """Says when either of them changed."""

    changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.search = QLineEdit(self)
        self.search.setMaxLength(WORDS_LIMIT)
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(self.tr("Filter models"))
        self.search.setAccessibleName(self.tr("Filter models"))
        self._choice = Choice(theme, parent=self)
        self._choice.name(self.tr("Kind of models"))
        self._choice.show_choices([(kind, kind_text(kind)) for kind in Kind])
        self._choice.show_value(Kind.ALL)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.search, 3)
        self._row.addWidget(self._choice, 1)
        self.search.textChanged.connect(self.changed)
        self._choice.picked.connect(self.changed)
        self.setFocusProxy(self.search)
        theme.changed.connect(self._space)
        self._space()

    @property
    def text(self) -> str:
        return self.search.text()

    @property
    def kind(self) -> Kind:
        value = self._choice.value
        return value if isinstance(value, Kind) else Kind.ALL

    @property
    def is_set(self) -> bool:
        """Whether anything may be left out."""
        return bool(self.text.strip()) or self.kind is not Kind.ALL

    def show_wish(self, text: str, kind: Kind) -> None:
        """Look for this from now on."""
        with QSignalBlocker(self.search):
            self.search.setText(text)
        self._choice.show_value(kind)
        self.changed.emit()

    def clear(self) -> None:
        """Leave nothing out."""
        self.show_wish("", Kind.ALL)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_set:
            self.clear()
        else:
            super().keyPressEvent(event)

    def _space(self) -> None:
        px = self._theme.px
        self._row.setSpacing(px(8))
        self.search.setMinimumWidth(px(SEARCH_PX))
        self._choice.setMinimumWidth(px(KIND_PX))
        self.setMaximumWidth(px(520))

"""Search in the log: how many lines have the words, and the way from one to the next."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.server.log_list import LogList
from ollama_desk.ui.server.log_model import LogModel
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme

SEARCH_MS = 150  # after the last key


class FindBar(QWidget):
    """A line that comes with Ctrl+F and goes with Esc. Enter goes on, Shift+Enter back."""

    def __init__(self, theme: Theme, log: LogList, lines: LogModel, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._log = log
        self._lines = lines
        self._rows: list[int] = []
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(self.tr("Search in the log"))
        self.field.setAccessibleName(self.tr("Search in the log"))
        self.count = QLabel(self, textFormat=Qt.TextFormat.PlainText)
        self.count.setProperty("role", "note")
        self.previous = self._tool("up", self.tr("Previous line with these words"))
        self.next = self._tool("down", self.tr("Next line with these words"))
        self.close_search = self._tool("close", self.tr("Close the search"))
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.field, 1)
        for widget in (self.previous, self.next, self.count):
            self._layout.addWidget(widget)
        self._layout.addStretch(1)
        self._layout.addWidget(self.close_search)
        self._wait = QTimer(self, singleShot=True, interval=SEARCH_MS)
        self._wait.timeout.connect(self._search)
        self.field.textChanged.connect(lambda _: self._wait.start())
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        self.close_search.clicked.connect(self.shut)
        theme.changed.connect(self._space)
        self._space()
        self.refresh()

    def open(self) -> None:
        """Show it, ready to be typed into."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._search()

    def shut(self) -> None:
        """Hide it; nothing is marked any more."""
        self.hide()
        self._log.mark("")
        self._log.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """The lines are others: count again. The view does not move."""
        if not self.isHidden():
            self._rows = self._lines.rows_with(self.field.text())
        self._say()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.shut()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self._wait.isActive():
                    self._search()
                else:
                    self._step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            case _:
                super().keyPressEvent(event)

    def _search(self) -> None:
        """Mark the words and go to the newest line with them."""
        self._wait.stop()
        text = self.field.text()
        self._log.mark(text)
        self._rows = self._lines.rows_with(text)
        if self._rows:
            self._log.go_to(self._rows[-1])
        self._say()

    def _step(self, by: int) -> None:
        """Go to the next line with the words, or back; around the end."""
        self._rows = self._lines.rows_with(self.field.text())
        if self._rows:
            at = self._log.currentIndex().row()
            later = next((place for place, row in enumerate(self._rows) if row >= at), len(self._rows))
            if by > 0 and later < len(self._rows) and self._rows[later] == at:
                later += 1
            self._log.go_to(self._rows[(later if by > 0 else later - 1) % len(self._rows)])
        self._say()

    def _say(self) -> None:
        for button in (self.previous, self.next):
            button.setEnabled(bool(self._rows))
        at = self._log.currentIndex().row()
        if not self.field.text():
            words = ""
        elif not self._rows:
            words = self.tr("not found")
        elif at in self._rows:
            words = self.tr("%1 of %2").replace("%1", str(self._rows.index(at) + 1))
        else:
            words = self.tr("%n lines", "", len(self._rows))
        self.count.setText(words.replace("%2", str(len(self._rows))))

    def _tool(self, icon: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", "quiet")
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName(name)
        button.setToolTip(tooltip(name))
        IconSetter(button, theme=self._theme, name=icon, size=16)
        return button

    def _space(self) -> None:
        self._layout.setSpacing(self._theme.px(4))
        self.field.setMinimumWidth(self._theme.px(120))
        self.field.setMaximumWidth(self._theme.px(320))

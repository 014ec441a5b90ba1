"""A long text to read: laid out in slices, so that no licence holds up the window, with a button that copies it."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.chat.segments import letters
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.models.copy_button import CopyButton
from ollama_desk.ui.text import clean
from ollama_desk.ui.theme import Theme

PIECE_WEIGHT = 1_500  # laid out in one go, in letters of plain text: one emoji is many
FIRST_CHARS = 100_000  # shown at first, the rest at a click
LINE_WEIGHT = 1_000  # longer lines are folded: one of 100 000 characters takes seconds to lay out


class LongText(QWidget):
    """Read only, plain, whatever it looks like; what is shown is cleaned, what is copied is the text itself.

    Args:
        theme: for measures and icons.
        title: what it is, for its head and for who cannot see it.
        mono: whether it is code.
        slices: shared by those that are seen together, so that they share a turn.
    """

    def __init__(
        self,
        theme: Theme,
        *,
        title: str,
        mono: bool = False,
        slices: Slices | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._mono = mono
        self._text = ""
        self._shown = self._room = 0
        self._slices = slices or Slices(self)
        self._job: Iterator[None] = iter(())
        self.title = QLabel(title, self, textFormat=Qt.TextFormat.PlainText)
        self.title.setProperty("role", "caption")
        label = self.tr("Copy: %1").replace("%1", title)
        self.copy = CopyButton(theme, label=label, text=lambda: self._text, parent=self)
        self.view = QPlainTextEdit(self)
        self.view.setReadOnly(True)
        self.view.setProperty("role", "log")
        self.view.setTabChangesFocus(True)
        self.view.setUndoRedoEnabled(False)
        self.view.setAccessibleName(title)
        self.note = QLabel(self, textFormat=Qt.TextFormat.PlainText)
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        self.more = QPushButton(self.tr("Show all"), self)
        self.more.setProperty("kind", "quiet")
        self.more.setAccessibleName(self.tr("Show all of the text"))
        self.more.clicked.connect(self._on_more_clicked)
        self._layout = QVBoxLayout(self)
        self._arrange()
        theme.changed.connect(self._dress)
        self._dress()
        self.show_note("")

    @property
    def text(self) -> str:
        """All of it, shown or not."""
        return self._text

    def show_text(self, text: str) -> None:
        """Show a text from its beginning; laid out once it is seen."""
        self._text, self._shown, self._room = text, 0, FIRST_CHARS
        self._slices.drop(self._job)
        self.view.clear()
        self.note.hide()
        self.view.show()
        self.copy.setVisible(bool(text))
        self.more.hide()
        if self.isVisible():
            self._start()

    def show_note(self, sentence: str) -> None:
        """There is no text: why."""
        self.show_text("")
        self.note.setText(sentence)
        self.note.show()
        self.view.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._start()

    def _start(self) -> None:
        self._slices.drop(self._job)
        self._job = self._fill()
        self._slices.add(self._job, owner=self)

    def _fill(self) -> Iterator[None]:
        """Add piece after piece at the end; what the person reads meanwhile stays where it is."""
        while self._shown < min(len(self._text), self._room):
            piece = self._next()
            cursor = QTextCursor(self.view.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(piece)
            yield
        self.more.setVisible(self._shown < len(self._text))

    def _next(self) -> str:
        """Whole lines, or a part of one that is too long."""
        start, limit = self._shown, min(self._shown + PIECE_WEIGHT, len(self._text), self._room)
        end = start + affordable(self._text[start:limit], PIECE_WEIGHT)
        line_end = self._text.rfind("\n", start, end) + 1
        is_part = line_end <= start and end < min(len(self._text), self._room)
        self._shown = line_end if line_end > start and end < len(self._text) else end
        piece = folded(clean(self._text[start : self._shown]))
        return f"{piece}\n" if is_part else piece

    def _on_more_clicked(self) -> None:
        self._room = len(self._text)
        self.more.hide()
        self.view.setFocus()
        self._start()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.copy)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addLayout(head)
        self._layout.addWidget(self.view, 1)
        self._layout.addWidget(self.note)
        self._layout.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)

    def _dress(self) -> None:
        if self._mono:
            self.view.setFont(self._theme.code_font())
        self._layout.setSpacing(self._theme.px(4))


def folded(text: str) -> str:
    """Lines of bearable length."""
    if letters(text) <= LINE_WEIGHT:
        return text
    return "\n".join("\n".join(_cut(line)) for line in text.split("\n"))


def affordable(text: str, most: int) -> int:
    """How many characters of ``text`` may be laid out for so much; at least one."""
    count = len(text)
    while count > 1 and letters(text[:count]) > most:
        count = max(count * most // letters(text[:count]), 1) if count > most // 20 else count // 2
    return count


def _cut(line: str) -> Iterator[str]:
    while letters(line) > LINE_WEIGHT:
        count = affordable(line[:LINE_WEIGHT], LINE_WEIGHT)
        yield line[:count]
        line = line[count:]
    yield line

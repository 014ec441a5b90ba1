"""A block of code: its language, a button that copies it, and the code, which scrolls sideways and never wraps."""

from collections.abc import Iterator

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QTextEdit, QVBoxLayout, QWidget

from ollama_desk.ui.chat.highlight import LIMIT_CHARS, highlights
from ollama_desk.ui.chat.markdown import UNSEEN_IN_CODE, reveal
from ollama_desk.ui.chat.segments import letters
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.theme import Theme

COPIED_MS = 1_500
PAGE_CHARS = 20_000  # shown at first, and more at each click
PAGE_LINES = 600
STEP_WEIGHT = 2_000  # laid out in one step: 2 to 10 ms
STEP_LINES = 50
STEP_TOKENS = 100


class CodeBlock(QFrame):
    """Shows one block, plain first and coloured soon after; what is long is shown page by page.

    What nobody could see in it is shown, counted and copied as its name: pasting it does what it looks like.
    """

    def __init__(
        self, language: str, code: str, *, theme: Theme, slices: Slices | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.language = language
        self.code = ""
        self._theme = theme
        self._slices = slices or Slices(self)
        self._shown = 0  # characters of the code
        self._coloured = 0
        self._parts = 0
        self._room = PAGE_CHARS
        self._lines_room = PAGE_LINES
        self._filling: Iterator[None] = iter(())
        self._colouring: Iterator[None] = iter(())
        self.setObjectName("codebox")
        label = QLabel(reveal(language), textFormat=Qt.TextFormat.PlainText)
        self._hidden = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._hidden.setProperty("role", "note")
        self.copy = _quiet(self.tr("Copy"), self.tr("Copy code"))
        self.copy.clicked.connect(self._on_copy_clicked)
        self.more = _quiet("", self.tr("Show more of the code"))
        self.more.clicked.connect(self._on_more_clicked)
        self._view = _CodeView(theme)
        self._view.setAccessibleName(self.tr("Code"))
        self._lay_out(theme, label)
        self.append(code)

    def append(self, code: str) -> None:
        """More of the same block. It is coloured by itself: a text that began before it looks wrong until the end."""
        self.code += code
        self._parts += 1
        self._show()

    def plain_text(self) -> str:
        return self.code

    def end(self) -> None:
        """Nothing more comes: colour as a whole what came in parts."""
        if self._parts > 1 and self._shown <= LIMIT_CHARS:
            self._coloured = 0
            self._start_colouring()
        self._parts = 1

    def restyle(self) -> None:
        """The look changed: take the font's new size, and colour anew what is shown."""
        self._view.dress(self._theme)
        self._coloured = 0
        self._start_colouring()

    def _lay_out(self, theme: Theme, label: QLabel) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(theme.px(12), theme.px(4), theme.px(6), 0)
        head.addWidget(label)
        head.addStretch(1)
        head.addWidget(self._hidden)
        head.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, theme.px(8))
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._view)
        layout.addWidget(self.more, 0, Qt.AlignmentFlag.AlignHCenter)

    def _show(self) -> None:
        hidden = len(UNSEEN_IN_CODE.findall(self.code))
        self._hidden.setText(self.tr("Hidden characters: %1").replace("%1", str(hidden)))
        self._hidden.setVisible(hidden > 0)
        self._slices.drop(self._filling)
        self._filling = self._fill()
        self._slices.add(self._filling, owner=self)

    def _fill(self) -> Iterator[None]:
        """Show the code as far as there is room, line by line, then colour it."""
        while self._shown < len(self.code) and self._room > 0 and self._lines_room > 0:
            step = self._step()
            self._view.add(reveal(step), is_first=self._shown == 0)
            self._shown += len(step)
            self._room -= len(step)
            self._lines_room -= step.count("\n")
            yield
        left = len(self.code) - self._shown
        self.more.setText(self.tr("Show more (%1 characters left)").replace("%1", f"{left:,}"))
        self.more.setVisible(left > 0)
        self._start_colouring()

    def _step(self) -> str:
        text = self.code[self._shown : self._shown + min(STEP_WEIGHT, self._room)]
        while letters(text) > STEP_WEIGHT and len(text) > 1:
            text = text[: len(text) * STEP_WEIGHT // letters(text)]
        lines = text.splitlines(keepends=True)
        return "".join(lines[: min(STEP_LINES, self._lines_room)])

    def _start_colouring(self) -> None:
        self._slices.drop(self._colouring)
        self._colouring = self._colour(self._coloured)
        self._slices.add(self._colouring, owner=self)

    def _colour(self, start: int) -> Iterator[None]:
        """Spans become formats of the layout: nothing moves, and nothing of it is copied."""
        before = reveal(self.code[:start])
        painter = _Painter(self._view, len(before.encode("utf-16-le", "surrogatepass")) // 2)
        shown = reveal(self.code[start : self._shown])
        for count, span in enumerate(highlights(shown, self.language, self._theme.tokens)):
            painter.add(*span)
            if count % STEP_TOKENS == 0 or painter.laid_out >= STEP_WEIGHT:
                painter.laid_out = 0
                yield
        painter.end()
        self._coloured = self._shown

    def _on_more_clicked(self) -> None:
        self._room, self._lines_room = PAGE_CHARS, PAGE_LINES
        self._show()

    def _on_copy_clicked(self) -> None:
        """Without the line's end at its end: pasted into a terminal, nothing runs by itself."""
        QGuiApplication.clipboard().setText(reveal(self.code).rstrip("\n"))
        self.copy.setText(self.tr("Copied"))
        QTimer.singleShot(COPIED_MS, self.copy, lambda: self.copy.setText(self.tr("Copy")))


class _CodeView(QTextEdit):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._pending_break = False
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.dress(theme)
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)  # else another width lays it out again, for nothing
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setStyleSheet("QTextEdit { background: transparent; border: 0; }")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def dress(self, theme: Theme) -> None:
        self.setFont(theme.code_font())
        self.document().setDefaultFont(theme.code_font())
        self.document().setDocumentMargin(theme.px(12))

    def add(self, text: str, *, is_first: bool) -> None:
        """Append; the break at the end of the code is not shown."""
        shown = ("\n" if self._pending_break else "") + text.removesuffix("\n")
        self._pending_break = text.endswith("\n")
        if is_first:
            self.setPlainText(shown)
        else:
            cursor = QTextCursor(self.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(shown)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().x():
            super().wheelEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self, *_: object) -> None:
        size = self.document().size()
        bar = self.horizontalScrollBar().sizeHint().height() if size.width() > self.viewport().width() else 0
        height = round(size.height()) + bar
        if height != self.height():
            self.setFixedHeight(height)


class _Painter:
    """Hands spans, which come in their order, to the lines that they lie in."""

    def __init__(self, view: QTextEdit, start: int) -> None:
        self.laid_out = 0  # what the lines cost that were laid out anew; whoever counts sets it back
        self._document = view.document()
        self._start = start
        self._block: QTextBlock = self._document.findBlock(start)
        self._ranges: list[QTextLayout.FormatRange] = []
        self._formats: dict[str, QTextCharFormat] = {}

    def add(self, start: int, length: int, colour: str) -> None:
        start += self._start
        end = start + length
        while self._block.isValid() and start < end:
            block_end = self._block.position() + self._block.length()
            if colour and start < block_end:
                self._paint(start - self._block.position(), min(end, block_end) - start, colour)
            if end < block_end:
                return
            start = max(start, block_end)
            self._next()

    def end(self) -> None:
        while self._block.isValid():
            self._next()

    def _paint(self, start: int, length: int, colour: str) -> None:
        if colour not in self._formats:
            self._formats[colour] = QTextCharFormat()
            self._formats[colour].setForeground(QColor(colour))
        span = QTextLayout.FormatRange()
        span.start, span.length, span.format = start, length, self._formats[colour]
        self._ranges.append(span)

    def _next(self) -> None:
        layout = self._block.layout()
        if self._ranges or layout.formats():
            layout.setFormats(self._ranges)
            self._document.markContentsDirty(self._block.position(), self._block.length())
            self.laid_out += letters(self._block.text())
        self._ranges = []
        self._block = self._block.next()


def _quiet(text: str, name: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("kind", "quiet")
    button.setAccessibleName(name)
    return button

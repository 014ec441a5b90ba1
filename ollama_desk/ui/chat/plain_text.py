"""Words as they were written, in as many pieces as it takes to lay them out without holding up the loop."""

from collections.abc import Iterator
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.chat.markdown import clean
from ollama_desk.ui.chat.prose import ProseView
from ollama_desk.ui.chat.segments import weight
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.theme import Theme

PAGE_CHARS = 20_000  # shown at first, and more at each click
PIECE_WEIGHT = 1_500
PIECE_LINES = 60
MEASURED_LINES = 40  # of a text, to know how wide it wants to be
LINE_CHARS = 200  # longer lines want all the room there is


class PlainText(QWidget):
    """Nothing in it is markup; the rest of a long text is a click away."""

    def __init__(
        self,
        name: str,
        *,
        theme: Theme,
        muted: bool = False,
        slices: Slices | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._theme = theme
        self._muted = muted
        self._slices = slices or Slices(self)
        self._views: list[tuple[str, ProseView]] = []
        self._text = ""
        self._shown = 0
        self._room = PAGE_CHARS
        self._held = False
        self._job: Iterator[None] = iter(())
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self.more = QPushButton()
        self.more.setProperty("kind", "quiet")
        self.more.setAccessibleName(self.tr("Show more of the text"))
        self.more.clicked.connect(self._on_more_clicked)
        self.more.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(4))
        layout.addLayout(self._column)
        layout.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)

    def show_text(self, text: str) -> None:
        """All of a text. What is on screen already stays, if the text begins with it."""
        if not text.startswith(self._text[: self._shown]):
            self._clear()
        self._text = text
        self._start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._held:
            self._start(now=False)

    def restyle(self) -> None:
        """The look changed: render again what carries colours."""
        self._slices.add(self._restyled(), owner=self)

    def plain_text(self) -> str:
        """What is shown, and what is about to be."""
        shown = self._text[: self._shown + max(self._room, 0)]
        return clean(shown)

    def wanted_width(self) -> int:
        """Of its longest line, in pixels; a huge number where lines are so long that they fill any room."""
        metrics = QFontMetricsF(self.font())
        lines = self._text[:PAGE_CHARS].split("\n")[:MEASURED_LINES]
        longest = max(map(len, self._text[:PAGE_CHARS].split("\n")), default=0)
        if longest > LINE_CHARS or len(lines) == MEASURED_LINES:
            return 1 << 20
        return int(max((metrics.horizontalAdvance(clean(line)) for line in lines), default=0)) + 1

    def _start(self, *, now: bool = True) -> None:
        self._slices.drop(self._job)
        self._job, self._held = self._show(), False
        self._slices.add(self._job, owner=self, now=now)

    def _show(self) -> Iterator[None]:
        while self._shown < len(self._text) and self._room > 0:
            piece = self._piece()
            self._shown += len(piece)
            self._room -= len(piece)
            self._add(piece)
            yield
            if not self.isVisible():
                self._held = True  # until it is seen, and so has its width
                return
        left = len(self._text) - self._shown
        self.more.setText(self.tr("Show more (%1 characters left)").replace("%1", f"{left:,}"))
        self.more.setVisible(left > 0)

    def _piece(self) -> str:
        """What is laid out in one go: as many whole lines as are cheap, or a part of one that is too long."""
        text = self._text[self._shown : self._shown + min(PIECE_WEIGHT, self._room)]
        while weight(text) > PIECE_WEIGHT and len(text) > 1:
            text = text[: len(text) * PIECE_WEIGHT // weight(text)]
        lines = text.split("\n")[: PIECE_LINES + 1]
        if len(lines) == 1 or (self._shown + len(text) >= len(self._text) and len(lines) <= PIECE_LINES):
            return text
        return "".join(f"{line}\n" for line in lines[:-1])

    def _add(self, piece: str) -> None:
        view = ProseView(self._name, self)
        view.show_html(self._html(piece), width=self.width())
        self._views.append((piece, view))
        self._column.addWidget(view)

    def _html(self, piece: str) -> str:
        colour = f"; color:{self._theme.tokens.muted}" if self._muted else ""
        words = escape(clean(piece.removesuffix("\n")))
        return f'<p style="margin:0; white-space:pre-wrap{colour}">{words}</p>'

    def _clear(self) -> None:
        for _, view in self._views:
            view.hide()
            self._column.removeWidget(view)
            view.deleteLater()
        self._views.clear()
        self._shown, self._room = 0, PAGE_CHARS

    def _restyled(self) -> Iterator[None]:
        for piece, view in tuple(self._views):
            if any(view is each for _, each in self._views):
                view.show_html(self._html(piece), width=self.width())
            yield

    def _on_more_clicked(self) -> None:
        self._room = PAGE_CHARS
        self._start()

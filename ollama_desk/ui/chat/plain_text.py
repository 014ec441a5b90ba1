"""Words as they were written, in as many labels as it takes to lay them out without holding up the loop."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.chat.markdown import clean
from ollama_desk.ui.chat.segments import weight
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.theme import Theme

PAGE_CHARS = 20_000  # shown at first, and more at each click
LABEL_WEIGHT = 1_500
LABEL_LINES = 60
MEASURED_LINES = 40  # of a text, to know how wide it wants to be
LINE_CHARS = 200  # longer lines want all the room there is


class PlainText(QWidget):
    """Nothing in it is markup; the rest of a long text is a click away."""

    def __init__(
        self,
        name: str,
        *,
        theme: Theme,
        role: str = "",
        slices: Slices | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._role = role
        self._slices = slices or Slices(self)
        self._labels: list[QLabel] = []
        self._text = ""
        self._shown = 0
        self._room = PAGE_CHARS
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

    def _start(self) -> None:
        self._slices.drop(self._job)
        self._job = self._show()
        self._slices.add(self._job)

    def _show(self) -> Iterator[None]:
        while self._shown < len(self._text) and self._room > 0:
            piece = self._piece()
            self._shown += len(piece)
            self._room -= len(piece)
            self._add(piece)
            yield
        left = len(self._text) - self._shown
        self.more.setText(self.tr("Show more (%1 characters left)").replace("%1", f"{left:,}"))
        self.more.setVisible(left > 0)

    def _piece(self) -> str:
        """What goes into one label: as many whole lines as are cheap, or a part of one that is too long."""
        text = self._text[self._shown : self._shown + min(LABEL_WEIGHT, self._room)]
        while weight(text) > LABEL_WEIGHT and len(text) > 1:
            text = text[: len(text) * LABEL_WEIGHT // weight(text)]
        lines = text.split("\n")[: LABEL_LINES + 1]
        if len(lines) == 1 or (self._shown + len(text) >= len(self._text) and len(lines) <= LABEL_LINES):
            return text
        return "".join(f"{line}\n" for line in lines[:-1])

    def _add(self, piece: str) -> None:
        label = QLabel(clean(piece.removesuffix("\n")), self, textFormat=Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        label.setAccessibleName(self._name)
        label.setProperty("role", self._role)
        self._labels.append(label)
        self._column.addWidget(label)

    def _clear(self) -> None:
        for label in self._labels:
            label.hide()
            self._column.removeWidget(label)
            label.deleteLater()
        self._labels.clear()
        self._shown, self._room = 0, PAGE_CHARS

    def _on_more_clicked(self) -> None:
        self._room = PAGE_CHARS
        self._start()

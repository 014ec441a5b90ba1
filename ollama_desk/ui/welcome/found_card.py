"""What was found on this machine, in aligned rows: server, graphics processor, memory, disk."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ollama_desk.domain.server import ServerStatus
from ollama_desk.services.recommendation import Found
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.server.wording import wording
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.wording import disk_text, gpu_note, gpu_text, memory_text, server_note, server_text
from ollama_desk.ui.welcome.yielding_button import YieldingButton

CAPTION_PX = 72  # so that the values line up, whatever the language
NARROW_PX = 260


class FoundCard(QWidget):
    """Shows the machine; asks for a server that does not run to be started."""

    start_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._dot = StateDot(theme, parent=self)
        self.server = ElidedLabel(self)
        self.start = YieldingButton(self.tr("Start server"), primary=True, parent=self)
        self.start.clicked.connect(self.start_requested)
        self.gpu, self.memory, self.disk = ElidedLabel(self), ElidedLabel(self), ElidedLabel(self)
        self.server_note, self.gpu_note = self._note(), self._note()
        self._captions: dict[QWidget, QLabel] = {}
        self._is_stacked: bool | None = None
        self._grid = QGridLayout(self)
        self._lines = [QVBoxLayout() for _ in range(2)]
        self._top = QHBoxLayout()
        self._arrange()
        theme.changed.connect(self._space)
        self._space()
        self.show_nothing()

    def show_server(self, status: ServerStatus) -> None:
        """Say which server was found and how it is."""
        words, note = wording(status), server_note(status)
        self._dot.show_tone(words.tone)
        self.server.show_text(server_text(status))
        self.start.setVisible(words.offers_start)
        self.server_note.setText(note)
        self.server_note.setVisible(bool(note))

    def show_nothing(self) -> None:
        """The machine has not been looked at yet; the rows keep their places."""
        for label in (self.gpu, self.memory, self.disk):
            label.show_text("…")
        self.gpu_note.hide()

    def show_found(self, found: Found) -> None:
        """Show what there is; what is not known is left out."""
        note = gpu_note(found)
        self.gpu.show_text(gpu_text(found))
        self.gpu_note.setText(note)
        self.gpu_note.setVisible(bool(note))
        for label, text in ((self.memory, memory_text(found)), (self.disk, disk_text(found))):
            label.show_text(text)
            label.setVisible(bool(text))
            self._captions[label].setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place(stacked=self.width() < self._theme.px(NARROW_PX))

    def _arrange(self) -> None:
        self._top.addWidget(self._dot)
        self._top.addWidget(self.server)
        self._top.addStretch(1)
        server, gpu = self._lines
        server.addLayout(self._top)
        server.addWidget(self.server_note)
        server.addWidget(self.start, 0, Qt.AlignmentFlag.AlignLeading)
        gpu.addWidget(self.gpu)
        gpu.addWidget(self.gpu_note)
        boxes = [QWidget(self) for _ in self._lines]
        for box, lines in zip(boxes, self._lines, strict=True):
            lines.setContentsMargins(0, 0, 0, 0)
            box.setLayout(lines)
        texts = (self.tr("Server"), self.tr("GPU"), self.tr("Memory"), self.tr("Disk"))
        for text, content in zip(texts, (*boxes, self.memory, self.disk), strict=True):
            caption = self._captions[content] = QLabel(text, self)
            caption.setTextFormat(Qt.TextFormat.PlainText)
            caption.setProperty("role", "muted")
        self._grid.setColumnStretch(1, 1)
        self._place(stacked=False)

    def _place(self, *, stacked: bool) -> None:
        """Captions before the values, or above them where there is no room: large letters in a small window."""
        if stacked is self._is_stacked:
            return
        self._is_stacked = stacked
        for row, (content, caption) in enumerate(self._captions.items()):
            self._grid.addWidget(caption, 2 * row, 0, Qt.AlignmentFlag.AlignTop)
            if stacked:
                self._grid.addWidget(content, 2 * row + 1, 0, 1, 2)
            else:
                self._grid.addWidget(content, 2 * row, 1)

    def _note(self) -> QLabel:
        label = wrapping_label("note", parent=self)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        label.hide()
        return label

    def _space(self) -> None:
        px = self._theme.px
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(px(16))
        self._grid.setVerticalSpacing(px(6))
        self._grid.setColumnMinimumWidth(0, px(CAPTION_PX))
        self._top.setSpacing(px(8))
        for lines in self._lines:
            lines.setSpacing(px(4))

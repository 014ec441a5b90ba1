"""The dock's one line: how the server is, whose it is, what it uses, and the buttons."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from ollama_desk.domain.server import ResourceSample, ServerState, ServerStatus
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.progress_ring import ProgressRing
from ollama_desk.ui.server.sparkline import KEPT, Sparkline
from ollama_desk.ui.server.wording import Wording, details, other_port_label
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.text import size_text, tooltip
from ollama_desk.ui.theme import Theme

BUTTONS_PX = 250  # of the line without its texts and figures
RING_PX = 48  # of the button of the downloads, without its text


class StatusLine(QFrame):
    """The title bar of the dock."""

    start_requested = Signal()
    stop_requested = Signal()
    restart_requested = Signal()
    float_requested = Signal()
    open_requested = Signal()
    other_port_requested = Signal()
    downloads_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusline")
        self._theme = theme
        self._offers_start = True
        self._measured = False
        self._toggle_text = ""
        self._dot = StateDot(theme, parent=self)
        self.word = QLabel(self)
        self.word.setTextFormat(Qt.TextFormat.PlainText)
        self.word.setProperty("role", "state")
        self.details = ElidedLabel(self)
        self.cpu = self._figure()
        self._plot = Sparkline(theme, parent=self)
        self._plot.setToolTip(tooltip(self.tr("CPU of the server in the last minute, all its processes together")))
        self.memory = self._figure()
        self.other_port = QPushButton(self)
        self.other_port.setProperty("kind", "quiet")
        self.other_port.clicked.connect(self.other_port_requested)
        _name(self.other_port, self.tr("Use another port"))
        self.other_port.hide()
        self.downloads = QPushButton(self)
        self.downloads.setProperty("kind", "quiet")
        self.downloads.clicked.connect(self.downloads_requested)
        _name(self.downloads, self.tr("Show the downloads"))
        self.downloads.hide()
        self._ring = ProgressRing(self.downloads, theme=theme)
        self._downloads_text = ""
        self.toggle = QPushButton(self)
        self.toggle.setProperty("kind", "quiet")
        self.toggle.clicked.connect(self._on_toggle_clicked)
        self._toggle_icon = IconSetter(self.toggle, theme=theme, name="start", size=16)
        self.restart = self._tool("restart", self.tr("Restart server"))
        self.restart.clicked.connect(self.restart_requested)
        self.float = self._tool("float", self.tr("Show in a window of its own"))
        self.float.clicked.connect(self.float_requested)
        self.open = self._tool("up", self.tr("Show details"))
        self._open_icon = self.open.findChild(IconSetter)
        self.open.clicked.connect(self.open_requested)
        self._layout = QHBoxLayout(self)
        for widget in (self._dot, self.word, self.details, self.cpu, self._plot, self.memory):
            self._layout.addWidget(widget)
        self._layout.addStretch(1)
        for button in (self.downloads, self.other_port, self.toggle, self.restart, self.float, self.open):
            self._layout.addWidget(button)
        self.show_samples(())
        theme.changed.connect(self._space)
        self._space()

    def show_status(self, status: ServerStatus, words: Wording, now: datetime) -> None:
        self._dot.show_tone(words.tone)
        self.word.setText(words.word)
        self.details.show_text(details(status, now))
        self._offers_start = words.offers_start
        label = self.tr("Start") if words.offers_start else self.tr("Stop")
        self._toggle_text = label
        self._toggle_icon.show("start" if words.offers_start else "stop")
        name = self.tr("Start server") if words.offers_start else self.tr("Stop server")
        _allow(self.toggle, name, words.toggle_refusal)
        _allow(self.restart, self.tr("Restart server"), words.restart_refusal)
        label = other_port_label(status) if status.state is ServerState.CONFLICT else ""
        self.other_port.setText(label)
        self.other_port.setVisible(bool(label))
        _name(self.other_port, label or self.tr("Use another port"))
        self._choose()

    def show_samples(self, samples: Sequence[ResourceSample | None]) -> None:
        """The measurements so far, newest last; a None at the end: there is no process to measure."""
        newest = samples[-1] if samples else None
        self._measured = newest is not None
        if newest is not None:
            self.cpu.setText(self.tr("CPU %1 %").replace("%1", f"{newest.cpu_percent:.0f}"))
            self.memory.setText(size_text(newest.rss_bytes))
            last = takewhile(lambda sample: sample is not None, reversed(samples[-KEPT:]))
            self._plot.show_values([sample.cpu_percent for sample in last if sample is not None][::-1])
        self._choose()

    def show_downloads(self, text: str, percent: int) -> None:
        """How the downloads are, and their ring; no text: none go on."""
        self._downloads_text = text
        self._ring.show_percent(percent)
        self.downloads.setVisible(bool(text))
        name = self.tr("Show the downloads: %1").replace("%1", text) if text else self.tr("Show the downloads")
        _name(self.downloads, name)
        self._choose()

    def show_opened(self, *, opened: bool, floating: bool) -> None:
        """Which way the two buttons of the dock itself lead."""
        if self._open_icon is not None:
            self._open_icon.show("down" if opened else "up")
        _name(self.open, self.tr("Hide details") if opened else self.tr("Show details"))
        _name(self.float, self.tr("Put back into the window") if floating else self.tr("Show in a window of its own"))
        self.open.setVisible(not floating)

    def controls(self) -> list[QWidget]:
        """What the keyboard reaches, in reading order."""
        return [self.downloads, self.other_port, self.toggle, self.restart, self.float, self.open]

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(480), self._theme.px(38))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(240), self._theme.px(38))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        """Where it is narrow the plot goes first, then the figures, then the text of a button that has an icon."""
        metrics, large = QFontMetrics(self._theme.note_font()), self.toggle.fontMetrics()
        words = large.horizontalAdvance(self.word.text() + self.other_port.text() + self._toggle_text)
        self.toggle.setText(self._toggle_text if self.width() >= words + self._theme.px(BUTTONS_PX) else "")
        room = self.width() - words - self._theme.px(BUTTONS_PX + RING_PX)
        shown = room >= large.horizontalAdvance(self._downloads_text)
        self.downloads.setText(self._downloads_text if shown else "")
        texts = (
            self.word.text(),
            self.other_port.text(),
            self._downloads_text,
            self._toggle_text,
            self.cpu.text(),
            self.memory.text(),
        )
        needed = sum(map(metrics.horizontalAdvance, texts)) + self._theme.px(
            290 + (RING_PX if self._downloads_text else 0)
        )
        room = self.width() - needed
        self.cpu.setVisible(self._measured and room >= 0)
        self.memory.setVisible(self._measured and room >= 0)
        self._plot.setVisible(self._measured and room >= self._plot.sizeHint().width())

    def _figure(self) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return label

    def _tool(self, icon: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", "quiet")
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        _name(button, name)
        IconSetter(button, theme=self._theme, name=icon, size=16)
        return button

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), 0, px(10), 0)
        self._layout.setSpacing(px(8))
        metrics = QFontMetrics(self._theme.note_font())
        self.cpu.setFixedWidth(metrics.horizontalAdvance(self.tr("CPU %1 %").replace("%1", "0000")) + px(2))
        self._choose()

    def _on_toggle_clicked(self) -> None:
        (self.start_requested if self._offers_start else self.stop_requested).emit()


def _name(button: QAbstractButton, name: str) -> None:
    button.setAccessibleName(name)
    button.setToolTip(name)


def _allow(button: QAbstractButton, name: str, refusal: str) -> None:
    """Enable the button, or say why it does not work now."""
    button.setEnabled(not refusal)
    button.setAccessibleName(name)
    button.setAccessibleDescription(refusal)
    button.setToolTip(tooltip(refusal or name))

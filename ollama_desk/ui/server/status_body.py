"""What the dock shows when it is opened: two plots, the loaded models, the log, and why the server is in its state."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizeGrip, QVBoxLayout, QWidget

from ollama_desk.domain.models import RunningModel
from ollama_desk.domain.server import ResourceSample
from ollama_desk.domain.server_log import LogPiece
from ollama_desk.ui.server.curve import Reading
from ollama_desk.ui.server.loaded import LoadedModels
from ollama_desk.ui.server.log_list import LogList
from ollama_desk.ui.server.log_model import LogModel
from ollama_desk.ui.server.plot import Plot
from ollama_desk.ui.text import size_text
from ollama_desk.ui.theme import Theme

LOG_LINES = 200
WIDE_PX = 600
LEAST_CPU, LEAST_MEMORY = 100.0, 100_000_000.0  # per cent of one core, bytes: at least that is the top of a plot


class StatusBody(QFrame):
    """Below the line while the dock is open or floats."""

    unload_requested = Signal(str)
    shown = Signal()  # or hidden

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dockbody")
        self._theme = theme
        self.reason = self._label("")
        self.reason.setWordWrap(True)
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.cpu = Plot(theme, caption=self.tr("CPU"), say=_percent, least_top=LEAST_CPU, parent=self)
        self.memory = Plot(theme, caption=self.tr("Memory"), say=size_text_or_zero, least_top=LEAST_MEMORY, parent=self)
        self.loaded = LoadedModels(theme, parent=self)
        self.loaded.unload_requested.connect(self.unload_requested)
        self.lines = LogModel(LOG_LINES, brief=True, parent=self)
        self.log = LogList(theme, self.lines, parent=self)
        self.log.setAccessibleName(self.tr("Last log lines of the server"))
        self.log.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._log_column = QWidget(self)
        self._grip = QSizeGrip(self)
        self._columns = QHBoxLayout()
        self._plots = QVBoxLayout()
        self._stacks: list[QVBoxLayout] = []
        self._layout = QVBoxLayout(self)
        self._arrange()
        self.show_reason("")
        self.show_floating(floating=False)
        theme.changed.connect(self._space)
        self._space()

    def show_reason(self, reason: str) -> None:
        """Say why the server is as it is; empty: that is plain."""
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))

    def show_samples(self, samples: Sequence[ResourceSample | None]) -> None:
        """The last ten minutes, newest last."""
        cpu, memory = readings(samples)
        self.cpu.show_readings(cpu)
        self.memory.show_readings(memory)

    def show_running(self, running: Sequence[RunningModel]) -> None:
        self.loaded.show_running(running)

    def append_log(self, piece: LogPiece) -> None:
        """More lines, newest last; the view stays where a person has scrolled to."""
        self.lines.append(piece)

    def show_last_words(self, lines: Sequence[str]) -> None:
        """The last lines of a server that failed, where the log has not been read."""
        self.lines.stand_in(lines)

    def show_floating(self, *, floating: bool) -> None:
        """Only a window of its own has a grip to size it by."""
        self._grip.setVisible(floating)

    def controls(self) -> list[QWidget]:
        """What the keyboard reaches besides the buttons of the loaded models, which come and go."""
        return [self.log]

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(560), self._theme.px(220))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def _arrange(self) -> None:
        self._plots.addWidget(self.cpu, 1)
        self._plots.addWidget(self.memory, 1)
        times = QHBoxLayout()
        for text in (self.tr("10 min ago"), self.tr("now")):
            label = self._label("note")
            label.setText(text)
            times.addWidget(label)
        times.insertStretch(1, 1)
        self._plots.addLayout(times)
        self._columns.addLayout(self._plots, 3)
        self._columns.addWidget(self._column(self.tr("Loaded models"), self.loaded, QWidget(self)), 3)
        self._columns.addWidget(self._column(self.tr("Last log lines"), self.log, self._log_column), 4)
        self._layout.addWidget(self.reason)
        self._layout.addLayout(self._columns, 1)
        self._layout.addWidget(self._grip, 0, Qt.AlignmentFlag.AlignRight)

    def _column(self, caption: str, content: QWidget, column: QWidget) -> QWidget:
        label = self._label("caption")
        label.setText(caption)
        stack = QVBoxLayout(column)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.addWidget(label)
        stack.addWidget(content, 1)
        self._stacks.append(stack)
        return column

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.shown.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two columns where three would be too narrow: the log has its page."""
        super().resizeEvent(event)
        self._log_column.setVisible(self.width() >= self._theme.px(WIDE_PX))

    def _label(self, role: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("role", role)
        return label

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), px(4), px(16), px(8))
        self._layout.setSpacing(px(6))
        self._columns.setSpacing(px(24))
        self._plots.setSpacing(px(4))
        for stack in self._stacks:
            stack.setSpacing(px(6))


def readings(samples: Sequence[ResourceSample | None]) -> tuple[list[Reading], list[Reading]]:
    """CPU and memory of samples; a gap has the time of the sample before it."""
    cpu: list[Reading] = []
    memory: list[Reading] = []
    for sample in samples:
        if sample is not None:
            cpu.append(Reading(sample.at, sample.cpu_percent))
            memory.append(Reading(sample.at, float(sample.rss_bytes)))
        elif cpu:
            cpu.append(Reading(cpu[-1].at, None))
            memory.append(Reading(memory[-1].at, None))
    return cpu, memory


def size_text_or_zero(size_bytes: float) -> str:
    """Of memory that is measured, nothing is 0."""
    return size_text(size_bytes) or "0 B"


def _percent(value: float) -> str:
    return f"{value:.0f} %"

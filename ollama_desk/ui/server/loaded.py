"""The models in memory: how big, where they compute, until when they stay, and a button to let each go."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ollama_desk.domain.models import RunningModel
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.text import FOR_EVER, one_line, size_text, tooltip, utc_now
from ollama_desk.ui.theme import Theme

COUNT_MS = 1000
WIDE_PX = 270


class LoadedModels(QScrollArea):
    """A row for each model; the time until it goes is counted down only while somebody looks."""

    unload_requested = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("loaded")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Loaded models"))
        self._theme = theme
        self._rows: dict[str, LoadedRow] = {}
        self._inner = QWidget(self)
        self._inner.setObjectName("loadedrows")
        self._none = QLabel(self.tr("No model is in memory. One is loaded when it is first asked something."), self)
        self._none.setTextFormat(Qt.TextFormat.PlainText)
        self._none.setWordWrap(True)
        self._none.setProperty("role", "note")
        self._layout = QVBoxLayout(self._inner)
        self._layout.addWidget(self._none)
        self._layout.addStretch(1)
        self.setWidget(self._inner)
        self._clock = QTimer(self)
        self._clock.setInterval(COUNT_MS)
        self._clock.timeout.connect(self.refresh_times)
        theme.changed.connect(self._space)
        self._space()

    @property
    def counts(self) -> bool:
        """Whether time is being counted down."""
        return self._clock.isActive()

    def texts(self) -> list[str]:
        """What each row says beside its name, in their order."""
        return [row.note.text() for row in self._rows.values()]

    def rows(self) -> list["LoadedRow"]:
        return list(self._rows.values())

    def show_running(self, running: Sequence[RunningModel], now: datetime | None = None) -> None:
        """Show what is loaded. A row that stays keeps its button, and with it the focus."""
        moment = now or utc_now()
        named = {model.name: model for model in running}
        for name in [name for name in self._rows if name not in named]:
            row = self._rows.pop(name)
            row.hide()
            row.deleteLater()
        for name, model in named.items():
            if name not in self._rows:
                self._rows[name] = LoadedRow(self._theme, name, parent=self._inner)
                self._rows[name].unload_requested.connect(self.unload_requested)
                self._layout.insertWidget(self._layout.count() - 1, self._rows[name])
            self._rows[name].show_model(model, moment)
        self._none.setVisible(not self._rows)
        self._count()

    def refresh_times(self) -> None:
        for row in self._rows.values():
            row.refresh(utc_now())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh_times()
        self._count()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    def _count(self) -> None:
        if self.isVisible() and any(row.runs_out for row in self._rows.values()):
            self._clock.start()
        else:
            self._clock.stop()

    def _space(self) -> None:
        self._layout.setContentsMargins(0, 0, self._theme.px(4), 0)
        self._layout.setSpacing(self._theme.px(6))


class LoadedRow(QWidget):
    """Name over its facts, the button at the right."""

    unload_requested = Signal(str)

    def __init__(self, theme: Theme, name: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = RunningModel(name)
        self.name = ElidedLabel(self)
        self.name.show_text(name)
        self.note = ElidedLabel(self)
        self.note.setProperty("role", "note")
        for label in (self.name, self.note):
            policy = label.sizePolicy()
            policy.setHorizontalPolicy(policy.Policy.Ignored)
            label.setSizePolicy(policy)
        self._theme = theme
        self.button = QPushButton(self.tr("Unload"), self)
        self.button.setProperty("kind", "quiet")
        IconSetter(self.button, theme=theme, name="unload", size=16)
        self.button.setAccessibleName(self.tr("Unload %1").replace("%1", one_line(name, 140)))
        self.button.setToolTip(tooltip(self.tr("Take %1 out of memory").replace("%1", one_line(name, 140))))
        self.button.clicked.connect(lambda: self.unload_requested.emit(name))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(theme.px(8))
        layout.setVerticalSpacing(0)
        layout.addWidget(self.name, 0, 0)
        layout.addWidget(self.note, 1, 0)
        layout.addWidget(self.button, 0, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        layout.setColumnStretch(0, 1)

    @property
    def runs_out(self) -> bool:
        """Whether its time is counted down."""
        return self._model.expires_at is not None

    def show_model(self, model: RunningModel, now: datetime) -> None:
        self._model = model
        self.refresh(now)

    def refresh(self, now: datetime) -> None:
        parts = (size_text(self._model.size_bytes), split_text(self._model), unload_text(self._model.expires_at, now))
        self.note.show_text(" · ".join(part for part in parts if part))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow the button is its icon."""
        super().resizeEvent(event)
        text = self.tr("Unload") if self.width() >= self._theme.px(WIDE_PX) else ""
        if text != self.button.text():
            self.button.setText(text)


def split_text(model: RunningModel) -> str:
    """Where it computes: CPU, GPU, or which part of it on the GPU. Empty where its size is not known."""
    if model.is_loading:
        return _tr("is being loaded")
    if model.size_bytes <= 0:
        return ""
    if model.vram_bytes <= 0:
        return _tr("CPU")
    if model.vram_bytes >= model.size_bytes:
        return _tr("GPU")
    share = min(max(round(100 * model.vram_bytes / model.size_bytes), 1), 99)
    return _tr("%1 % GPU").replace("%1", str(share))


def unload_text(expires_at: datetime | None, now: datetime) -> str:
    """When it goes, to the second; empty where the server does not tell."""
    if expires_at is None:
        return ""
    if expires_at - now > FOR_EVER:
        return _tr("stays loaded")
    left = max(expires_at - now, timedelta())
    if not left:
        return _tr("is being unloaded")
    minutes, seconds = divmod(int(left.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return _tr("%1 left").replace("%1", clock)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Server", text)

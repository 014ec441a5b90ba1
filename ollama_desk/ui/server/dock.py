"""The status dock: one line at the bottom, opened for details, or a small window of its own beside the main one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QFrame, QWidget

from ollama_desk.domain.models import RunningModel
from ollama_desk.domain.server import ResourceSample, ServerState, ServerStatus
from ollama_desk.domain.server_log import LogPiece
from ollama_desk.ui.restyle import restyle
from ollama_desk.ui.server.status_line import StatusLine
from ollama_desk.ui.server.wording import details, reason_text, wording
from ollama_desk.ui.text import utc_now
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.window_place import bring_on_screen

if TYPE_CHECKING:
    from ollama_desk.ui.server.status_body import StatusBody

UNLIMITED = 16_777_215  # QWIDGETSIZE_MAX
FLOATING_SIZE = (760, 280)


class StatusDock(QDockWidget):
    """Shows the server; asks for it to be started, stopped and restarted.

    Its details come after the first paint (``fill``): plots, lists and log are a tenth of what a start costs.
    """

    start_requested = Signal()
    stop_requested = Signal()
    restart_requested = Signal()
    other_port_requested = Signal()
    unload_requested = Signal(str)
    downloads_requested = Signal()
    opened_changed = Signal(bool)
    log_shown = Signal()  # or hidden: somebody begins to see the log in it, or nobody does any more
    state_shown = Signal(str, str)  # the state in words and the tone of its dot

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dock")
        self.setWindowTitle(self.tr("Server"))
        self.setAllowedAreas(Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.TopDockWidgetArea)
        features = QDockWidget.DockWidgetFeature
        self.setFeatures(features.DockWidgetMovable | features.DockWidgetFloatable)
        self._theme = theme
        self._status = ServerStatus(ServerState.STOPPED)
        self._opened = False
        self._line = StatusLine(theme, parent=self)
        self._body: StatusBody | None = None
        self._place = QFrame(self)  # of the body, until that comes
        self._place.setObjectName("dockbody")
        self.setTitleBarWidget(self._line)
        self.setWidget(self._place)
        self._line.start_requested.connect(self.start_requested)
        self._line.stop_requested.connect(self.stop_requested)
        self._line.restart_requested.connect(self.restart_requested)
        self._line.float_requested.connect(self._on_float_requested)
        self._line.open_requested.connect(self.toggle)
        self._line.other_port_requested.connect(self.other_port_requested)
        self._line.downloads_requested.connect(self.downloads_requested)
        self.topLevelChanged.connect(self._on_top_level_changed)
        self._fit()
        self.show_status(self._status)

    def fill(self, body: "StatusBody") -> None:
        """Take what is shown below the line."""
        self._body = body
        self.setWidget(body)
        self._place.deleteLater()
        body.unload_requested.connect(self.unload_requested)
        body.shown.connect(self.log_shown)
        self._fit()
        self.show_status(self._status)
        if self.opened:
            self.log_shown.emit()

    @property
    def opened(self) -> bool:
        """Whether the details are shown."""
        return self._opened or self.isFloating()

    @property
    def shows_log(self) -> bool:
        """Whether somebody could look at the log in it."""
        return self.opened and self._body is not None and self._body.isVisible()

    def state_text(self) -> str:
        """The word that the line shows for the state."""
        return self._line.word.text()

    def details_text(self) -> str:
        """What the line says beside it."""
        return self._line.details.text()

    def show_status(self, status: ServerStatus, now: datetime | None = None) -> None:
        """Show a state; a server that has failed opens the dock, once, with its last log lines."""
        failed = status.state is ServerState.FAILED and self._status.state is not ServerState.FAILED
        self._status = status
        words, moment = wording(status), now or utc_now()
        self._line.show_status(status, words, moment)
        if self._body is not None:
            self._body.show_reason(reason_text(status))
            self._body.show_last_words(status.log_tail)
        said = " · ".join(part for part in (words.word, details(status, moment)) if part)
        self.state_shown.emit(self.tr("Server: %1").replace("%1", said), words.tone)
        if failed:
            self.open(opened=True)

    def show_samples(self, samples: Sequence[ResourceSample | None]) -> None:
        """Show the last ten minutes, newest last; a None at the end: there is no process of ours to measure."""
        newest = samples[-1] if samples else None
        self._line.show_samples(samples)
        if self.opened and self._body is not None:
            self._body.show_samples(samples)
        if newest is not None and self._status.started_at is not None:
            self._line.details.show_text(details(self._status, utc_now()))

    def show_running(self, running: Sequence[RunningModel]) -> None:
        """Show which models are in memory."""
        if self._body is not None:
            self._body.show_running(running)

    def show_downloads(self, text: str, percent: int) -> None:
        """Show how the downloads are, 0 to 100 per cent; no text: none go on."""
        self._line.show_downloads(text, percent)

    def append_log(self, piece: LogPiece) -> None:
        """Show more lines of the log."""
        if self._body is not None:
            self._body.append_log(piece)

    def toggle(self) -> None:
        """Open the details, or close them."""
        self.open(opened=not self._opened)

    def open(self, *, opened: bool) -> None:
        """Show the details below the line, or the line alone."""
        self._opened = opened
        self._fit()
        self.opened_changed.emit(self.opened)

    def save_state(self) -> dict[str, str]:
        return {"dock.opened": str(int(self._opened))}

    def restore_state(self, state: Mapping[str, str]) -> None:
        """A dock that floated comes back where it was, if a screen is there."""
        self._opened = state.get("dock.opened") == "1"
        if self.isFloating():
            bring_on_screen(self)
        self._fit()

    def controls(self) -> list[QWidget]:
        """What the keyboard reaches, in reading order."""
        return [*self._line.controls(), *(self._body.controls() if self._body is not None else ())]

    def _fit(self) -> None:
        """A hidden body would halve the line's height, so the closed body is shown with no height."""
        floating = self.isFloating()
        body = self.widget()
        body.setMinimumHeight(self._theme.px(110) if self.opened else 0)
        body.setMaximumHeight(UNLIMITED if self.opened else 0)
        if self._body is not None:
            self._body.show_floating(floating=floating)
        self._line.show_opened(opened=self._opened, floating=floating)

    def _on_float_requested(self) -> None:
        self.setFloating(not self.isFloating())

    def _on_top_level_changed(self, floating: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self.setProperty("floating", floating)
        for widget in (self._line, self.widget()):
            restyle(widget)
        self._fit()
        if floating:
            self._place_beside()
        self.opened_changed.emit(self.opened)

    def _place_beside(self) -> None:
        """Where the screen has room: below the window, above it, beside it; else over its upper right corner."""
        window = self.parentWidget()
        if window is None:
            return
        size = QSize(*(self._theme.px(side) for side in FLOATING_SIZE))
        self.setGeometry(floating_place(window.frameGeometry(), size, self.screen().availableGeometry()))


def floating_place(window: QRect, size: QSize, room: QRect) -> QRect:
    """A place for a floating dock near ``window`` that leaves the composer, low in the window, uncovered."""
    gap = 8
    right, wide = window.right() - size.width() + 1, size.width()
    places = (
        QPoint(right, window.bottom() + gap),
        QPoint(window.right() + gap, window.bottom() - size.height()),
        QPoint(window.left() - gap - wide, window.bottom() - size.height()),
        QPoint(right, window.top() - gap - size.height()),
    )
    for place in places:
        if room.contains(QRect(place, size)):
            return QRect(place, size)
    return QRect(QPoint(right - gap, window.top() + window.height() // 8), size)

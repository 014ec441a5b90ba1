"""The icon in the system's tray: the server's state, and a menu for what can be done without the window."""

from PySide6.QtCore import QObject, QRectF, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.icons import Tone, icon_pixmap, tone_color
from ollama_desk.ui.server.wording import whose, wording
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

SIZES = (16, 22, 24, 32, 48, 64)
DOT = 0.5  # of the icon's side
GAP = 0.08  # between the dot and the rest of the icon
NAME_LIMIT = 48  # characters of a model's name in the menu
OPENS = (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick)
MESSAGE_MS = 10_000


class Tray(QObject):
    """Icon and menu, shown while there is a tray to show them in. It decides nothing.

    Args:
        theme: where the colours come from.
        parent: the window; it owns the menu.
    """

    start_requested = Signal()
    stop_requested = Signal()
    restart_requested = Signal()
    unload_requested = Signal(str)
    open_requested = Signal()
    downloads_requested = Signal()
    quit_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tone: Tone = "strong"
        self._tip = ""
        self._icon: QSystemTrayIcon | None = None
        self._running: tuple[str, ...] = ()
        self._unloads: list[QAction] = []
        self.menu = QMenu(parent)
        self._state = self.menu.addAction("")
        self._state.setEnabled(False)
        self._downloads = QAction(self)
        self._downloads.triggered.connect(self.downloads_requested)
        self._after_state = self.menu.addSeparator()
        self._start = self._entry(self.tr("Start server"), self.start_requested)
        self._stop = self._entry(self.tr("Stop server"), self.stop_requested)
        self._restart = self._entry(self.tr("Restart server"), self.restart_requested)
        self._after_models = self.menu.addSeparator()
        self._entry(self.tr("Open Ollama Desk"), self.open_requested)
        self._entry(self.tr("Quit"), self.quit_requested)
        theme.changed.connect(self._draw)
        self.show_status(ServerStatus(ServerState.STOPPED))

    @property
    def is_shown(self) -> bool:
        return self._icon is not None

    @property
    def tone(self) -> Tone:
        return self._tone

    @property
    def tip(self) -> str:
        return self._tip

    def appear(self) -> None:
        """Show the icon; it is made anew, since Qt looks for the kind of tray only then."""
        if self._icon is not None:
            return
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self.menu)
        self._icon.activated.connect(self._on_activated)
        self._icon.messageClicked.connect(self.open_requested)
        self._draw()
        self._icon.show()

    def vanish(self) -> None:
        """Take the icon away before the menu that it shows."""
        if self._icon is not None:
            self._icon.hide()
            self._icon.setContextMenu(None)  # type: ignore[arg-type] # PySide6's stubs do not know that it may be none
            self._icon.deleteLater()
            self._icon = None

    def show_status(self, status: ServerStatus) -> None:
        words = wording(status)
        who = whose(status)
        self._tone = words.tone
        self._tip = self.tr("Server: %1").replace("%1", words.word) + (f" · {who}" if who else "")
        self._state.setText(_plain(self._tip))
        self._start.setEnabled(words.offers_start and not words.toggle_refusal)
        self._stop.setEnabled(not words.offers_start and not words.toggle_refusal)
        self._restart.setEnabled(not words.restart_refusal)
        self._draw()

    def show_running(self, names: tuple[str, ...]) -> None:
        """The loaded models, each of which can be unloaded; the menu changes only when they do."""
        if names == self._running:
            return
        self._running = names
        for action in self._unloads:
            self.menu.removeAction(action)
            action.deleteLater()
        self._unloads = [self._unload_entry(name) for name in names]
        if self._unloads:
            self._unloads.insert(0, self.menu.insertSeparator(self._unloads[0]))

    def show_downloads(self, text: str) -> None:
        """How the downloads are, as an entry that leads to them; empty: none go on."""
        if _plain(text) == self._downloads.text():
            return
        self._downloads.setText(_plain(text))
        if text:
            self.menu.insertAction(self._after_state, self._downloads)
        else:
            self.menu.removeAction(self._downloads)

    def explain(self, text: str) -> None:
        """Say something beside the icon, once."""
        if self._icon is not None:
            self._icon.showMessage(self.tr("Ollama Desk"), text, self._picture(), MESSAGE_MS)

    def _entry(self, text: str, wish: SignalInstance) -> QAction:
        action = self.menu.addAction(text)
        action.triggered.connect(wish)
        return action

    def _unload_entry(self, name: str) -> QAction:
        action = QAction(_plain(self.tr("Unload %1").replace("%1", one_line(name, NAME_LIMIT))), self.menu)
        action.triggered.connect(lambda: self.unload_requested.emit(name))
        self.menu.insertAction(self._after_models, action)
        return action

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in OPENS:
            self.open_requested.emit()

    def _draw(self) -> None:
        if self._icon is not None:
            self._icon.setIcon(self._picture())
            self._icon.setToolTip(self.tr("Ollama Desk: %1").replace("%1", self._tip))

    def _picture(self) -> QIcon:
        color = QColor(tone_color(self._theme.tokens, self._tone))
        picture = QIcon()
        for side in SIZES:
            picture.addPixmap(_dotted(side, color))
        return picture


def _dotted(side: int, color: QColor) -> QPixmap:
    """The program's icon with a dot in the state's colour, set off from it on every background."""
    pixmap = QPixmap(icon_pixmap("app", color="", size_px=side, ratio=1.0))
    dot = QRectF(side * (1 - DOT), side * (1 - DOT), side * DOT, side * DOT)
    gap = side * GAP
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.drawEllipse(dot.adjusted(-gap, -gap, gap, gap))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    painter.drawEllipse(dot)
    painter.end()
    return pixmap


def _plain(text: str) -> str:
    """Text of a menu entry as it stands: an ampersand would mark a key."""
    return text.replace("&", "&&")

"""The main window: rail, pages, notices, and the status dock below them. It decides nothing."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QIcon
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from ollama_desk.core.resources import resource
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.notices import Notices
from ollama_desk.ui.rail import Rail
from ollama_desk.ui.reading_order import step
from ollama_desk.ui.server.dock import StatusDock
from ollama_desk.ui.shortcuts import Key, hint, install
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.window_place import as_bytes, as_text, bring_on_screen

DEFAULT_SIZE = (1200, 780)
SMALLEST_SIZE = (560, 400)
STATE_VERSION = 1  # of the arrangement of docks
REMEMBERED = ("advice.", "models.")


class MainWindow(QMainWindow):
    """Shows the pages it is given, one at a time."""

    close_requested = Signal()
    quit_requested = Signal()
    page_changed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle("Ollama Desk")
        self.setWindowIcon(QIcon(str(resource("icons", "app.svg"))))
        self._keys: list[str] = []
        self._placed = False
        self.memory: dict[str, str] = {}  # what pages want remembered, under names that begin as in REMEMBERED
        self._rail = Rail(theme)
        self.notices = Notices(theme)
        self._stack = QStackedWidget()
        self._arrange()
        self.dock = StatusDock(theme, parent=self)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.dock)
        self._rail.page_requested.connect(self.show_page)
        self._rail.server_requested.connect(self.dock.toggle)
        self.dock.state_shown.connect(self._rail.show_server)
        self.dock.show_status(ServerStatus(ServerState.STOPPED))
        leave = QAction(self.tr("Quit"), self)
        leave.setShortcut(Key.QUIT.sequence)
        leave.triggered.connect(self.quit_requested)
        self.addAction(leave)
        self.resize(*DEFAULT_SIZE)
        self.setMinimumSize(*SMALLEST_SIZE)

    def add_page(
        self, key: str, label: str, icon: str, widget: QWidget, shortcut: str, *, at_bottom: bool = False
    ) -> None:
        """Add a page with its entry in the rail; the first one is shown."""
        self._keys.append(key)
        self._stack.addWidget(widget)
        keys = Key(shortcut)
        self._rail.add_entry(key, label, icon=icon, hint=hint(label, keys), at_bottom=at_bottom)
        install(keys, self, lambda: self.show_page(key))
        if len(self._keys) == 1:
            self.show_page(key)

    def show_page(self, key: str) -> None:
        """Show a page and give it the focus, if it says what in it takes it; an unknown key changes nothing."""
        if key not in self._keys:
            return
        self._stack.setCurrentIndex(self._keys.index(key))
        self._rail.show_current(key)
        page = self._stack.currentWidget()
        if page is not None and page.focusProxy() is not None:
            page.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.page_changed.emit(key)

    def show_count(self, key: str, count: int, words: str) -> None:
        """A number on a page's entry in the rail; ``words`` say what is counted."""
        self._rail.show_count(key, count, words)

    def current_page(self) -> str:
        """The key of the page that is shown; empty before the first."""
        return self._keys[self._stack.currentIndex()] if self._keys else ""

    def save_state(self) -> dict[str, str]:
        """Place, arrangement, splitters and page, as texts to keep."""
        state = {
            "geometry": as_text(self.saveGeometry()),
            "docks": as_text(self.saveState(STATE_VERSION)),
            "page": self.current_page(),
        } | self.dock.save_state()
        state |= self.memory
        for splitter in self._named_splitters():
            state[f"splitter.{splitter.objectName()}"] = as_text(splitter.saveState())
        return state

    def restore_state(self, state: Mapping[str, str]) -> None:
        """Take up what ``save_state`` gave.

        Called again once there are pages: splitters and page then; the window itself is placed once.
        """
        if not self._placed:
            self._placed = True
            self.memory.update({name: text for name, text in state.items() if name.startswith(REMEMBERED)})
            self.restoreGeometry(as_bytes(state.get("geometry", "")))
            bring_on_screen(self)
            self.restoreState(as_bytes(state.get("docks", "")), STATE_VERSION)
            self.dock.restore_state(state)
        for splitter in self._named_splitters():
            splitter.restoreState(as_bytes(state.get(f"splitter.{splitter.objectName()}", "")))
        self.show_page(state.get("page", ""))

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001 - Qt's signature
        return step(self, forward=forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Whether the window closes, hides or the program ends is decided elsewhere."""
        event.ignore()
        self.close_requested.emit()

    def _named_splitters(self) -> list[QSplitter]:
        splitters = self.findChildren(QSplitter)
        return [splitter for splitter in splitters if splitter.objectName() and splitter.count() > 1]

    def _arrange(self) -> None:
        pages = QVBoxLayout()
        pages.setSpacing(0)
        pages.addWidget(self.notices)
        pages.addWidget(self._stack, 1)
        centre = QWidget()
        across = QHBoxLayout(centre)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self._rail)
        across.addLayout(pages, 1)
        self.setCentralWidget(centre)

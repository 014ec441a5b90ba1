"""The Models page: what is installed, what can be got, what is coming."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from ollama_desk.ui.models.downloads_panel import DownloadsPanel
from ollama_desk.ui.models.get_panel import GetPanel
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.theme import Theme

INSTALLED, GET, DOWNLOADS = "installed", "get", "downloads"


class ModelsPage(QWidget):
    """Views under one title, one at a time."""

    view_changed = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.installed = ModelsPanel(theme, parent=self)
        self.get = GetPanel(theme, parent=self)
        self.downloads = DownloadsPanel(theme, parent=self)
        self._keys = [INSTALLED, GET, DOWNLOADS]
        self._title = QLabel(self)
        self.tabs = QTabBar(self)
        self._stack = QStackedWidget(self)
        self._head = QHBoxLayout()
        self._layout = QVBoxLayout(self)
        self._arrange()
        self.tabs.currentChanged.connect(self._on_current_changed)
        self.downloads.get_requested.connect(lambda: self.show_view(GET))
        theme.changed.connect(self._space)
        self._space()
        self._follow()

    def add_view(self, key: str, label: str, view: QWidget) -> None:
        """One more view, behind the others."""
        self._keys.append(key)
        self._stack.addWidget(view)
        self.tabs.addTab(label)

    def show_view(self, key: str) -> None:
        """Show one of the views and give it the focus; an unknown key changes nothing."""
        if key not in self._keys:
            return
        self.tabs.setCurrentIndex(self._keys.index(key))
        if self.isVisible():
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def current_view(self) -> str:
        """The key of the view that is shown."""
        return self._keys[self.tabs.currentIndex()]

    def show_download(self, job_id: int) -> None:
        """Show the list of downloads with this one selected."""
        self.show_view(DOWNLOADS)
        self.downloads.select(job_id)

    def show_count(self, count: int) -> None:
        """How many downloads go on."""
        label = self.tr("Downloads")
        self.tabs.setTabText(self._keys.index(DOWNLOADS), f"{label} ({count})" if count else label)
        self._choose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow the tabs have the line: the rail says already what page this is."""
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        margins = self._head.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        needed = self._title.sizeHint().width() + self._head.spacing() + self.tabs.sizeHint().width()
        self._title.setVisible(needed <= room)

    def _arrange(self) -> None:
        self._title.setText(self.tr("Models"))
        self._title.setProperty("role", "title")
        self.tabs.setObjectName("tabs")
        self.tabs.setAccessibleName(self.tr("Views of the models"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        views = ((self.tr("Installed"), self.installed), (self.tr("Get models"), self.get))
        for label, view in (*views, (self.tr("Downloads"), self.downloads)):
            self.tabs.addTab(label)
            self._stack.addWidget(view)
        self._head.addWidget(self._title)
        self._head.addWidget(self.tabs, 1)
        self._layout.addLayout(self._head)
        self._layout.addWidget(self._stack, 1)

    def _on_current_changed(self, at: int) -> None:
        self._stack.setCurrentIndex(at)
        self._follow()
        self.view_changed.emit(self._keys[at])

    def _follow(self) -> None:
        """The page gives its focus to the view that is shown."""
        view = self._stack.currentWidget()
        if view is not None:
            self.setFocusProxy(view)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(px(12))
        self._head.setContentsMargins(px(24), px(16), px(24), 0)
        self._head.setSpacing(px(16))
        self._choose()

"""The rail at the left: one entry for each page that exists, and the server's dot."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from ollama_desk.ui.count_badge import CountBadge
from ollama_desk.ui.icons import IconSetter, Tone
from ollama_desk.ui.restyle import restyle
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme


class Rail(QFrame):
    """Asks for pages; shows which page is current and how the server is."""

    page_requested = Signal(str)
    server_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self._theme = theme
        self._entries: dict[str, QToolButton] = {}
        self._icons: dict[str, tuple[str, IconSetter]] = {}
        self._badges: dict[str, CountBadge] = {}
        self._pages, self._last_pages = QVBoxLayout(), QVBoxLayout()
        self._server = self._server_button()
        self._dot = StateDot(theme, parent=self._server)
        QHBoxLayout(self._server).addWidget(self._dot, 0, Qt.AlignmentFlag.AlignCenter)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._pages)
        self._layout.addStretch(1)
        self._layout.addLayout(self._last_pages)
        self._layout.addWidget(self._server)
        self._server.hide()
        theme.changed.connect(self._follow_theme)
        self._follow_theme()

    def add_entry(self, key: str, label: str, *, icon: str, hint: str, at_bottom: bool = False) -> None:
        """An entry for a page, after the others or above the server's dot; ``hint`` is its tooltip."""
        button = self._button(label)
        button.setToolTip(hint)
        button.clicked.connect(lambda: self.page_requested.emit(key))
        self._icons[key] = (icon, IconSetter(button, theme=self._theme, name=icon, size=20))
        self._entries[key] = button
        (self._last_pages if at_bottom else self._pages).addWidget(button)
        self._size_buttons()

    def show_current(self, key: str) -> None:
        """Mark the entry of the page that is shown. Not by ``checked``: that reads as a check box."""
        for each, button in self._entries.items():
            current = each == key
            button.setProperty("current", current)
            button.setAccessibleDescription(self.tr("The page that is shown") if current else "")
            restyle(button)
            name, setter = self._icons[each]
            setter.show(name, tone="accent" if current else "muted")

    def show_count(self, key: str, count: int, words: str) -> None:
        """A number on an entry; 0: none. ``words`` say what is counted."""
        button = self._entries.get(key)
        if button is None:
            return
        badge = self._badges.get(key)
        if badge is None:
            badge = self._badges[key] = CountBadge(self._theme, parent=button)
        badge.show_count(count)
        name = button.text()
        button.setAccessibleName(f"{name}, {words}" if count else name)

    def show_server(self, words: str, tone: Tone) -> None:
        """How the server is, in words and colour."""
        self._server.setToolTip(tooltip(words))
        self._server.setAccessibleName(words)
        self._dot.show_tone(tone)
        self._server.show()

    def _button(self, label: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(label)
        button.setAccessibleName(label)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _server_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(self.server_requested)
        return button

    def _follow_theme(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(6), px(8), px(6), px(8))
        self._layout.setSpacing(px(4))
        self._pages.setSpacing(px(4))
        self._last_pages.setSpacing(px(4))
        self._size_buttons()

    def _size_buttons(self) -> None:
        """As wide as the longest label needs: languages differ."""
        px = self._theme.px
        labels = [button.fontMetrics().horizontalAdvance(button.text()) for button in self._entries.values()]
        width = max(px(59), *(label + px(6) for label in labels), 0)
        self.setFixedWidth(width + px(13))
        for button in self._entries.values():
            button.setFixedSize(QSize(width, px(50)))
        self._server.setFixedSize(QSize(width, px(28)))
        for badge in self._badges.values():
            badge.place()

"""The rail at the left: one entry for each page that exists, the choice of the look, the server's dot."""

from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.icons import IconSetter, Tone
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme


class Rail(QFrame):
    """Asks for pages and looks; shows which page is current and how the server is."""

    page_requested = Signal(str)
    theme_requested = Signal(ThemeChoice)
    server_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self._theme = theme
        self._entries: dict[str, QToolButton] = {}
        self._icons: dict[str, tuple[str, IconSetter]] = {}
        self._pages = QVBoxLayout()
        self._first = QWidget(self)  # keeps the rail's place in the Tab order: entries come later than pages
        self._first.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._first.hide()
        self._look = self._button(self.tr("Theme"))
        self._look_icon = IconSetter(self._look, theme=theme, name="system", size=20)
        self._looks = self._look_menu()
        self._server = self._server_button()
        self._dot = StateDot(theme, parent=self._server)
        QHBoxLayout(self._server).addWidget(self._dot, 0, Qt.AlignmentFlag.AlignCenter)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._pages)
        self._layout.addStretch(1)
        self._layout.addWidget(self._look)
        self._layout.addWidget(self._server)
        self._server.hide()
        theme.changed.connect(self._follow_theme)
        self._follow_theme()

    def add_entry(self, key: str, label: str, *, icon: str, hint: str) -> None:
        """An entry for a page; ``hint`` is its tooltip, with the shortcut."""
        button = self._button(label)
        button.setToolTip(hint)
        button.clicked.connect(lambda: self.page_requested.emit(key))
        self._icons[key] = (icon, IconSetter(button, theme=self._theme, name=icon, size=20))
        self._entries[key] = button
        self._pages.addWidget(button)
        order = [self._first, *self._entries.values(), self._look, self._server]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)
        self._size_buttons()

    def show_current(self, key: str) -> None:
        """Mark the entry of the page that is shown. Not by ``checked``: that reads as a check box."""
        for each, button in self._entries.items():
            current = each == key
            button.setProperty("current", current)
            button.setAccessibleDescription(self.tr("The page that is shown") if current else "")
            button.style().unpolish(button)
            button.style().polish(button)
            name, setter = self._icons[each]
            setter.show(name, tone="accent" if current else "muted")

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

    def _look_menu(self) -> dict[ThemeChoice, QAction]:
        menu, group = QMenu(self), QActionGroup(self)
        labels = {
            ThemeChoice.SYSTEM: self.tr("As the system"),
            ThemeChoice.LIGHT: self.tr("Light"),
            ThemeChoice.DARK: self.tr("Dark"),
        }
        actions = {}
        for choice, label in labels.items():
            action = menu.addAction(label)
            action.setCheckable(True)
            action.setData(choice)
            group.addAction(action)
            actions[choice] = action
        group.triggered.connect(lambda action: self.theme_requested.emit(ThemeChoice(action.data())))
        self._look.setMenu(menu)
        self._look.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._look.setToolTip(self.tr("Choose between light and dark"))
        return actions

    def _follow_theme(self) -> None:
        self._looks[self._theme.choice].setChecked(True)
        self._look_icon.show(str(self._theme.choice))
        px = self._theme.px
        self.setFixedWidth(px(72))
        self._layout.setContentsMargins(px(6), px(8), px(6), px(8))
        self._layout.setSpacing(px(4))
        self._pages.setSpacing(px(4))
        self._size_buttons()

    def _size_buttons(self) -> None:
        size = QSize(self._theme.px(59), self._theme.px(50))
        for button in (*self._entries.values(), self._look):
            button.setFixedSize(size)
        self._server.setFixedSize(QSize(self._theme.px(59), self._theme.px(28)))

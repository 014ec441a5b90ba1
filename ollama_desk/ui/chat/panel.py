"""The chat page: list, head with the model, conversation, composer."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from ollama_desk.ui.chat.chat_list import ChatList
from ollama_desk.ui.chat.composer import Composer
from ollama_desk.ui.chat.inspector import Inspector
from ollama_desk.ui.chat.links import LinkOpener
from ollama_desk.ui.chat.model_picker import ModelPicker
from ollama_desk.ui.chat.suggestions import Suggestions
from ollama_desk.ui.chat.transcript import COLUMN, Transcript
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.shortcuts import Key, hint, install
from ollama_desk.ui.theme import Theme

LIST_WIDTH = 248
INSPECTOR_WIDTH = 300
ROOM_FOR_ALL = 980  # design pixels of the page below which list and inspector are not shown together


class ChatPanel(QWidget):
    """Holds the parts; what they say goes to the presenter."""

    def __init__(self, theme: Theme, welcome: QWidget, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chats = ChatList(theme)
        self.picker = ModelPicker(theme)
        self.transcript = Transcript(theme)
        self.suggestions = Suggestions(theme)
        self.composer = Composer(theme)
        self.inspector = Inspector(theme)
        self.links = LinkOpener(self, theme=theme)
        self._welcome = welcome
        self._theme = theme
        self._middle = QStackedWidget()
        for part in (self.transcript, self.suggestions, welcome):
            self._middle.addWidget(part)
        self._bottom = self._make_bottom()
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("chat")
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.chats)
        splitter.addWidget(self._make_middle())
        splitter.addWidget(self.inspector)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([theme.px(LIST_WIDTH), theme.px(900), theme.px(INSPECTOR_WIDTH)])
        self.inspector.setMinimumWidth(theme.px(240))
        self.inspector.setMaximumWidth(theme.px(420))
        self.inspector.hide()
        self.inspector.close_requested.connect(self.toggle_inspector)
        self.chats.setMinimumWidth(theme.px(180))
        self.chats.setMaximumWidth(theme.px(420))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        self.setFocusProxy(self.composer.editor)
        install(Key.CHAT_LIST, self, self.toggle_list)
        install(Key.INSPECTOR, self, self.toggle_inspector)

    def show_welcome(self) -> None:
        self._middle.setCurrentWidget(self._welcome)
        self._bottom.hide()

    def show_conversation(self, *, empty: bool) -> None:
        self._middle.setCurrentWidget(self.suggestions if empty else self.transcript)
        self._bottom.show()

    def toggle_list(self) -> None:
        self._show_sides(chats=self.chats.isHidden(), inspector=not self.inspector.isHidden(), newest=self.chats)

    def toggle_inspector(self) -> None:
        """Show or hide the inspector; it takes the focus, or gives it back to the composer."""
        shown = self.inspector.isHidden()
        self._show_sides(chats=not self.chats.isHidden(), inspector=shown, newest=self.inspector)
        (self.inspector.system.edit if shown else self.composer.editor).setFocus()

    def _show_sides(self, *, chats: bool, inspector: bool, newest: QWidget) -> None:
        """Where there is no room for both, the one that was asked for last stays."""
        if chats and inspector and self.width() < self._theme.px(ROOM_FOR_ALL):
            chats, inspector = newest is self.chats, newest is self.inspector
        self.chats.setVisible(chats)
        self.inspector.setVisible(inspector)

    def _make_middle(self) -> QWidget:
        theme = self._theme
        head = QFrame()
        head.setObjectName("head")
        across = QHBoxLayout(head)
        across.setContentsMargins(theme.px(16), theme.px(8), theme.px(16), theme.px(8))
        across.addWidget(self.picker)
        across.addStretch(1)
        sides = self._tool("list", self.tr("Show or hide the list of chats"), Key.CHAT_LIST)
        sides.clicked.connect(self.toggle_list)
        inspect = self._tool("settings", self.tr("Show or hide what this chat sends"), Key.INSPECTOR)
        inspect.clicked.connect(self.toggle_inspector)
        across.addWidget(sides)
        across.addWidget(inspect)
        right = QWidget()
        down = QVBoxLayout(right)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addWidget(head)
        down.addWidget(self._middle, 1)
        down.addWidget(self._bottom)
        return right

    def _tool(self, icon: str, name: str, key: Key) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "quiet")
        button.setAccessibleName(name)
        button.setToolTip(hint(name, key))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        IconSetter(button, theme=self._theme, name=icon)
        return button

    def _make_bottom(self) -> QWidget:
        bottom = QWidget()
        across = QHBoxLayout(bottom)
        edge = self._theme.px(24)
        across.setContentsMargins(edge, self._theme.px(8), edge, self._theme.px(16))
        self.composer.setMaximumWidth(self._theme.px(COLUMN + 24))
        across.addStretch(1)
        across.addWidget(self.composer, 100)
        across.addStretch(1)
        return bottom

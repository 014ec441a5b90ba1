"""The chat page: list, head with the model, conversation, composer."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from ollama_desk.ui.chat.chat_list import ChatList
from ollama_desk.ui.chat.composer import Composer
from ollama_desk.ui.chat.model_picker import ModelPicker
from ollama_desk.ui.chat.suggestions import Suggestions
from ollama_desk.ui.chat.transcript import COLUMN, Transcript
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.theme import Theme

LIST_WIDTH = 248


class ChatPanel(QWidget):
    """Holds the parts; what they say goes to the presenter."""

    def __init__(self, theme: Theme, welcome: QWidget, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chats = ChatList(theme)
        self.picker = ModelPicker(theme)
        self.transcript = Transcript(theme)
        self.suggestions = Suggestions(theme)
        self.composer = Composer(theme)
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
        splitter.addWidget(self._make_right())
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([theme.px(LIST_WIDTH), theme.px(900)])
        self.chats.setMinimumWidth(theme.px(180))
        self.chats.setMaximumWidth(theme.px(420))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        self.setFocusProxy(self.composer.editor)
        QShortcut(QKeySequence("Ctrl+B"), self).activated.connect(self.toggle_list)
        QShortcut(QKeySequence("Ctrl+N"), self).activated.connect(self.chats.new_requested)

    def show_welcome(self) -> None:
        self._middle.setCurrentWidget(self._welcome)
        self._bottom.hide()

    def show_conversation(self, *, empty: bool) -> None:
        self._middle.setCurrentWidget(self.suggestions if empty else self.transcript)
        self._bottom.show()

    def toggle_list(self) -> None:
        self.chats.setVisible(not self.chats.isVisible())

    def _make_right(self) -> QWidget:
        theme = self._theme
        head = QFrame()
        head.setObjectName("head")
        across = QHBoxLayout(head)
        across.setContentsMargins(theme.px(16), theme.px(8), theme.px(16), theme.px(8))
        across.addWidget(self.picker)
        across.addStretch(1)
        toggle = QToolButton()
        toggle.setProperty("kind", "quiet")
        toggle.setAccessibleName(self.tr("Show or hide the list of chats"))
        toggle.setToolTip(self.tr("Show or hide the list of chats (Ctrl+B)"))
        toggle.clicked.connect(self.toggle_list)
        IconSetter(toggle, theme=theme, name="list")
        across.addWidget(toggle)
        right = QWidget()
        down = QVBoxLayout(right)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addWidget(head)
        down.addWidget(self._middle, 1)
        down.addWidget(self._bottom)
        return right

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

"""The list of chats at the left: grouped by day, filtered as one types, renamed in place."""

from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

from PySide6.QtCore import QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ollama_desk.domain.chat import Chat
from ollama_desk.ui.chat.chat_rows import MARK, ChatRowDelegate, Mark
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.shortcuts import Key, hint, install
from ollama_desk.ui.text import one_line, tooltip
from ollama_desk.ui.theme import Theme

ID = Qt.ItemDataRole.UserRole
WEEK = 7


class ChatList(QFrame):
    """Shows chats and says what a person wants of them."""

    new_requested = Signal()
    selected = Signal(int)
    rename_requested = Signal(int, str)
    delete_requested = Signal(int)
    pin_requested = Signal(int, bool)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._theme = theme
        self._chats: tuple[Chat, ...] = ()
        self._current: int | None = None
        self._streaming: AbstractSet[int] = frozenset()
        self.new = QPushButton(self.tr("New chat"))
        self.new.setProperty("kind", "new")
        self.new.setToolTip(hint(self.tr("New chat"), Key.NEW_CHAT))
        IconSetter(self.new, theme=theme, name="plus", tone="text")
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search chats"))
        self.search.setAccessibleName(self.tr("Search chats"))
        self.search.setClearButtonEnabled(True)
        self.list = _List()
        self.list.setObjectName("chatlist")
        self.list.setAccessibleName(self.tr("Chats"))
        self.list.setItemDelegate(ChatRowDelegate(theme, parent=self.list))
        self._nothing = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._nothing.setProperty("role", "muted")
        self._nothing.setWordWrap(True)
        self._nothing.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(10), theme.px(10), theme.px(10), theme.px(8))
        layout.setSpacing(theme.px(8))
        for widget in (self.new, self.search, self._nothing, self.list):
            layout.addWidget(widget)
        self.new.clicked.connect(self.new_requested)
        self.search.textChanged.connect(lambda _: self._fill())
        self.list.currentItemChanged.connect(self._on_current_changed)
        self.list.itemChanged.connect(self._on_item_changed)
        self.list.delete_pressed.connect(self._on_delete_pressed)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._on_menu_requested)
        install(Key.RENAME, self.list, self._on_rename, context=Qt.ShortcutContext.WidgetShortcut)

    def show_chats(self, chats: tuple[Chat, ...], now: datetime | None = None) -> None:
        self._chats = chats
        self._fill(now)

    def show_streaming(self, chat_ids: AbstractSet[int]) -> None:
        """Mark the chats that are being answered."""
        self._streaming = frozenset(chat_ids)
        by_id = {chat.id: chat for chat in self._chats}
        with QSignalBlocker(self.list):
            for row in range(self.list.count()):
                item = self.list.item(row)
                if item.data(ID) in by_id:
                    self._tell(item, by_id[item.data(ID)])
        self.list.viewport().update()

    def set_current(self, chat_id: int | None) -> None:
        """Mark a chat as the one on screen, without a signal."""
        self._current = chat_id
        self._mark()

    def _fill(self, now: datetime | None = None) -> None:
        wanted = self.search.text().casefold()
        today = (now or datetime.now(UTC)).astimezone()
        with QSignalBlocker(self.list):
            self._fill_groups(wanted, today)
        self._mark()

    def _fill_groups(self, wanted: str, today: datetime) -> None:
        self.list.clear()
        group = ""
        for chat in self._chats:
            if wanted not in chat.title.casefold():
                continue
            title = self.tr("Pinned") if chat.pinned else self._group(chat.updated_at.astimezone(), today)
            if title != group:
                group = title
                self._add_header(title)
            self._add(chat)
        self._nothing.setText(self.tr("No chat has “%1” in its title.").replace("%1", one_line(self.search.text(), 40)))
        self._nothing.setVisible(bool(wanted) and self.list.count() == 0)

    def _group(self, at: datetime, today: datetime) -> str:
        days = (today.date() - at.date()).days
        if days <= 0:
            return self.tr("Today")
        if days == 1:
            return self.tr("Yesterday")
        return self.tr("Last week") if days <= WEEK else self.tr("Older")

    def _add_header(self, title: str) -> None:
        item = QListWidgetItem(title)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = self._theme.note_font()
        font.setBold(True)
        item.setFont(font)
        item.setSizeHint(QSize(0, self._theme.px(34)))
        item.setTextAlignment(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)
        self.list.addItem(item)

    def _add(self, chat: Chat) -> None:
        item = QListWidgetItem(one_line(chat.title, 200) or self.tr("New chat"))
        item.setData(ID, chat.id)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable)
        item.setSizeHint(QSize(0, self._theme.px(32)))
        self._tell(item, chat)
        self.list.addItem(item)

    def _tell(self, item: QListWidgetItem, chat: Chat) -> None:
        """What goes on in a chat, painted and for those who listen."""
        if chat.id in self._streaming:
            mark, words = Mark.STREAMING, self.tr("is being answered")
        elif chat.unread:
            mark, words = Mark.UNREAD, self.tr("has a new answer")
        elif chat.pinned:
            mark, words = Mark.PINNED, self.tr("pinned")
        else:
            mark, words = Mark.NONE, ""
        item.setData(MARK, mark)
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, words)
        item.setToolTip(tooltip(chat.title))

    def _mark(self) -> None:
        with QSignalBlocker(self.list):
            self.list.setCurrentRow(-1)
            for row in range(self.list.count()):
                if self._current is not None and self.list.item(row).data(ID) == self._current:
                    self.list.setCurrentRow(row)

    def _on_current_changed(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(ID) is not None:
            self._current = item.data(ID)
            self.selected.emit(item.data(ID))

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        self.rename_requested.emit(item.data(ID), item.text().strip())

    def _on_rename(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.list.editItem(item)

    def _on_delete_pressed(self) -> None:
        for item in self.list.selectedItems():
            self.delete_requested.emit(item.data(ID))

    def _on_menu_requested(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        if item is None or item.data(ID) is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chat_id = item.data(ID)
        pinned = any(chat.id == chat_id and chat.pinned for chat in self._chats)
        menu.addAction(self.tr("Rename"), lambda: self.list.editItem(item))
        menu.addAction(
            self.tr("Unpin") if pinned else self.tr("Pin to the top"),
            lambda: self.pin_requested.emit(chat_id, not pinned),
        )
        menu.addAction(self.tr("Delete"), lambda: self.delete_requested.emit(chat_id))
        menu.popup(self.list.mapToGlobal(at))


class _List(QListWidget):
    delete_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setUniformItemSizes(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)

"""Every shortcut of the window, once: its keys, what it does, and where it works."""

from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget


class Key(Enum):
    """The keys, as Qt writes them in English."""

    NEW_CHAT = "Ctrl+N"
    IMPORT = "Ctrl+O"
    CHAT_PAGE = "Ctrl+1"
    MODELS_PAGE = "Ctrl+2"
    SERVER_PAGE = "Ctrl+3"
    SETTINGS_PAGE = "Ctrl+,"
    SHORTCUTS = "F1"
    QUIT = "Ctrl+Q"
    CHOOSE_MODEL = "Ctrl+L"
    CHAT_LIST = "Ctrl+B"
    INSPECTOR = "Ctrl+I"
    FIND = "Ctrl+F"
    EDIT_LAST = "Up"
    STOP = "Esc"
    RENAME = "F2"
    DELETE = "Del"
    DETAILS = "Alt+Return"
    PAUSE = "Space"
    MOVE_UP = "Alt+Up"
    MOVE_DOWN = "Alt+Down"

    @property
    def sequence(self) -> QKeySequence:
        return QKeySequence(self.value)

    @property
    def native(self) -> str:
        """As it stands on the keyboards of this system and language."""
        return self.sequence.toString(QKeySequence.SequenceFormat.NativeText)


IN_FIELDS = frozenset({Key.EDIT_LAST, Key.STOP})  # keys that the field with the focus takes itself


def install(
    key: Key,
    owner: QWidget,
    run: Callable[[], object],
    *,
    context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
) -> None:
    """Let a key do something while ``owner`` is on screen, or as ``context`` says: while the focus is in it."""
    shortcut = QShortcut(key.sequence, owner)
    shortcut.setContext(context)
    shortcut.activated.connect(run)


def hint(words: str, key: Key) -> str:
    """The text of a tooltip with its keys behind it."""
    return _tr("%1 (%2)").replace("%1", words).replace("%2", key.native)


def working(window: QWidget) -> list[Key]:
    """The keys that do something in a window, in the order in which they are listed."""
    sequences = {shortcut.key().toString() for shortcut in window.findChildren(QShortcut)}
    sequences |= {each.toString() for action in window.findChildren(QAction) for each in action.shortcuts()}
    return [key for key in Key if key in IN_FIELDS or key.sequence.toString() in sequences]


def place(key: Key) -> str:
    """Where it works."""
    match key:
        case Key.CHOOSE_MODEL | Key.CHAT_LIST | Key.INSPECTOR:
            return _tr("Chat")
        case Key.EDIT_LAST | Key.STOP:
            return _tr("Message field")
        case Key.FIND:
            return _tr("Log of the server")
        case Key.PAUSE | Key.MOVE_UP | Key.MOVE_DOWN:
            return _tr("Downloads")
        case Key.RENAME | Key.DELETE | Key.DETAILS:
            return _tr("Lists")
        case _:
            return _tr("Everywhere")


def meaning(key: Key) -> str:
    """What it does."""
    return {
        Key.CHAT_PAGE: _tr("Show the chats"),
        Key.MODELS_PAGE: _tr("Show the models"),
        Key.SERVER_PAGE: _tr("Show the server"),
        Key.SETTINGS_PAGE: _tr("Show the settings"),
        Key.SHORTCUTS: _tr("Show the keyboard shortcuts"),
        Key.QUIT: _tr("Quit"),
        Key.NEW_CHAT: _tr("Start a new chat"),
        Key.IMPORT: _tr("Import a GGUF file"),
        Key.CHOOSE_MODEL: _tr("Choose the model"),
        Key.CHAT_LIST: _tr("Show or hide the list of chats"),
        Key.INSPECTOR: _tr("Show or hide the inspector"),
        Key.FIND: _tr("Search in the log"),
        Key.EDIT_LAST: _tr("Edit the last message, from an empty field"),
        Key.STOP: _tr("Stop the answer, or cancel editing"),
        Key.RENAME: _tr("Rename the chat or the model"),
        Key.DELETE: _tr("Delete what is selected"),
        Key.DETAILS: _tr("Show or hide the details of the model"),
        Key.PAUSE: _tr("Pause the download, or go on with it"),
        Key.MOVE_UP: _tr("Move the download up in the queue"),
        Key.MOVE_DOWN: _tr("Move the download down in the queue"),
    }[key]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Shortcuts", text)

"""What can be done with the model in the drawer: a row of buttons, each with the reason where it cannot be."""

from typing import Protocol

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.drawer_text import Hindrances
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme

MAIN_PX = 170  # what the buttons with words have to have beside the others


class Wish(Protocol):
    """A signal of the row."""

    def emit(self) -> None: ...


class DrawerActions(QWidget):
    """Buttons; each says what it does, or why it cannot be done."""

    chat_requested = Signal()
    load_requested = Signal()
    unload_requested = Signal()
    edit_requested = Signal()
    copy_requested = Signal()
    rename_requested = Signal()
    delete_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tips: dict[QAbstractButton, str] = {}
        self._main, self._tools = QWidget(self), QWidget(self)
        self._rows = QHBoxLayout(self._main), QHBoxLayout(self._tools)
        self.chat = self._button(_tr("Chat"), _tr("Chat with this model"), self.chat_requested)
        self.chat.setProperty("kind", "primary")
        self.load = self._button(_tr("Load"), _tr("Load into memory"), self.load_requested)
        self.unload = self._button(_tr("Unload"), _tr("Unload from memory"), self.unload_requested)
        self._rows[0].addStretch(1)
        self.edit = self._tool("edit", _tr("Edit as new model…"), self.edit_requested)
        self.copy = self._tool("copy", _tr("Copy under another name…"), self.copy_requested)
        self.rename = self._tool("rename", _tr("Rename…"), self.rename_requested)
        self.delete = self._tool("delete", _tr("Delete model"), self.delete_requested)
        row = BendingRow(theme, self._main, self._tools, stretch=self._main, least_px=MAIN_PX, parent=self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(row)
        theme.changed.connect(self._space)
        self._space()
        self.show_hindrances(Hindrances(), is_loaded=False)

    def add_tool(self, button: QWidget) -> None:
        """One more, before the last."""
        self._rows[1].insertWidget(self._rows[1].count() - 1, button)

    def show_hindrances(self, why: Hindrances, *, is_loaded: bool) -> None:
        """What can be done now."""
        had_focus = self.load.hasFocus() or self.unload.hasFocus()
        self.load.setVisible(not is_loaded)
        self.unload.setVisible(is_loaded)
        for button, reason in (
            (self.chat, why.chat),
            (self.load, why.load),
            (self.unload, why.unload),
            (self.edit, why.edit),
            (self.copy, why.change),
            (self.rename, why.change),
            (self.delete, why.change),
        ):
            button.setEnabled(not reason)
            button.setAccessibleDescription(reason)
            button.setToolTip(tooltip(reason or self._tips[button]))
        if had_focus:
            (self.unload if is_loaded else self.load).setFocus()

    def _button(self, text: str, tip: str, wish: Wish) -> QPushButton:
        button = QPushButton(text, self._main)
        button.setAccessibleName(tip)
        self._add(button, tip, wish)
        self._rows[0].addWidget(button)
        return button

    def _tool(self, icon: str, tip: str, wish: Wish) -> QToolButton:
        button = QToolButton(self._tools)
        button.setProperty("kind", "quiet")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName(tip.removesuffix("…"))
        IconSetter(button, theme=self._theme, name=icon)
        self._add(button, tip, wish)
        self._rows[1].addWidget(button)
        return button

    def _add(self, button: QAbstractButton, tip: str, wish: Wish) -> None:
        self._tips[button] = tip
        button.clicked.connect(lambda: wish.emit())  # noqa: PLW0108 - without whether it is checked

    def _space(self) -> None:
        for row in self._rows:
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(self._theme.px(4))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Drawer", text)

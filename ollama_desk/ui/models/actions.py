"""What can be done with the selected model: a row of buttons, and the same as a context menu."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from ollama_desk.domain.models import CAPABILITY_COMPLETION, Model, RunningModel
from ollama_desk.ui.models.action_button import action_button
from ollama_desk.ui.shortcuts import Key
from ollama_desk.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Possible:
    """What can be done now with the selected model."""

    chat: bool = False
    load: bool = False
    unload: bool = False
    delete: bool = False


def possible(model: Model | None, running: RunningModel | None, *, server_answers: bool) -> Possible:
    """A model whose capabilities are unknown may be one to chat with."""
    if model is None or not server_answers:
        return Possible()
    can_chat = not model.capabilities or CAPABILITY_COMPLETION in model.capabilities
    loaded = running is not None
    local = not model.remote_host
    return Possible(chat=can_chat, load=local and not loaded, unload=loaded, delete=True)


class ModelActions(QWidget):
    """The buttons; ``menu()`` gives the same actions below the pointer. Who owns them listens to the actions."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._buttons: dict[str, QToolButton] = {}
        self.chat = QAction(_tr("Chat with this model"), self)
        self.load = QAction(_tr("Load into memory"), self)
        self.unload = QAction(_tr("Unload from memory"), self)
        self.delete = QAction(_tr("Delete model"), self)
        self.delete.setShortcut(Key.DELETE.sequence)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(4))
        icons = ((self.chat, "chat"), (self.load, "load"), (self.unload, "unload"), (self.delete, "delete"))
        for action, icon in icons:
            self._buttons[action.text()] = action_button(action, icon=icon, theme=theme, parent=self)
            layout.addWidget(self._buttons[action.text()])
        self.show_possible(Possible())

    def show_possible(self, which: Possible) -> None:
        self.chat.setEnabled(which.chat)
        self.load.setEnabled(which.load)
        self.unload.setEnabled(which.unload)
        self.delete.setEnabled(which.delete)
        self._buttons[self.load.text()].setVisible(not which.unload)
        self._buttons[self.unload.text()].setVisible(which.unload)

    def menu(self) -> QMenu:
        """A menu of what is possible now, for the caller to open; it goes when it closes."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addActions([action for action in (self.chat, self.load, self.unload) if action.isEnabled()])
        menu.addSeparator()
        menu.addAction(self.delete)
        return menu


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)

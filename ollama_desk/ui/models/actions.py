"""What can be done with the selected models: a row of buttons, and the same as a context menu."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from ollama_desk.ui.models.action_button import action_button
from ollama_desk.ui.models.possible import Possible
from ollama_desk.ui.shortcuts import Key
from ollama_desk.ui.theme import Theme

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """An action of another part of the program."""

    action: QAction
    button: QToolButton
    for_many: bool
    is_possible: Callable[[Names], bool]


class ModelActions(QWidget):
    """The buttons; ``menu()`` gives the same actions below the pointer. Who owns them listens to the actions."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names: Names = ()
        self._added: list[Added] = []
        self.chat = QAction(_tr("Chat with this model"), self)
        self.load = QAction(_tr("Load into memory"), self)
        self.unload = QAction(_tr("Unload from memory"), self)
        self.rename = QAction(_tr("Rename…"), self)
        self.delete = QAction(_tr("Delete model"), self)
        self.rename.setShortcut(Key.RENAME.sequence)
        self.delete.setShortcut(Key.DELETE.sequence)
        icons = ((self.chat, "chat"), (self.load, "load"), (self.unload, "unload"), (self.delete, "delete"))
        self._buttons = {action: action_button(action, icon=icon, theme=theme, parent=self) for action, icon in icons}
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        for button in self._buttons.values():
            self._layout.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._space)
        self._space()
        self.show_possible(Possible(), ())

    def add(self, action: QAction, *, icon: str, for_many: bool, is_possible: Callable[[Names], bool]) -> None:
        """One more, behind the others; its button gives way where there is no room.

        Args:
            action: its words, its key and what it does; an invisible one has neither button nor place in the menu.
            icon: of its button.
            for_many: whether it can be done with more than one model at a time.
            is_possible: whether it can be done now with the models of these names, of which there is at least one.
        """
        button = action_button(action, icon=icon, theme=self._theme, parent=self)
        self._added.append(Added(action, button, for_many, is_possible))
        self._layout.addWidget(button)
        action.changed.connect(self._fit)
        self.enable_added()
        self._fit()

    def show_possible(self, which: Possible, names: Names) -> None:
        """These are selected, and this can be done with them."""
        self._names = names
        unload = len(which.unload)
        self._word(self.unload, _tr("Unload from memory"), _tr("Unload %1 models"), unload)
        self._word(self.delete, _tr("Delete model"), _tr("Delete %1 models"), which.count)
        self.chat.setEnabled(which.chat)
        self.chat.setStatusTip(which.why_no_chat)
        self.load.setEnabled(which.load)
        self.load.setStatusTip(which.why_no_load)
        self.unload.setEnabled(unload > 0)
        self.rename.setEnabled(which.change and which.count == 1)
        self.delete.setEnabled(which.change)
        self._buttons[self.load].setVisible(not unload)
        self._buttons[self.unload].setVisible(unload > 0)
        self.enable_added()

    def enable_added(self) -> None:
        """Ask the added actions again whether they can be done."""
        count = len(self._names)
        for each in self._added:
            fits = count == 1 or (count > 1 and each.for_many)
            each.action.setEnabled(fits and each.is_possible(self._names))

    def menu(self) -> QMenu:
        """A menu of what is possible now, for the caller to open; it goes when it closes."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addActions([action for action in (self.chat, self.load, self.unload) if action.isEnabled()])
        menu.addSeparator()
        menu.addActions([each.action for each in self._added if each.action.isEnabled()])
        menu.addSeparator()
        menu.addActions([action for action in (self.rename, self.delete) if action.isEnabled()])
        return menu

    def sizeHint(self) -> QSize:
        """With every button, also those that have given way."""
        wide = self._needed(self._fixed()) + self._needed(self._wished())
        return QSize(wide, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needed(self._fixed()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fixed(self) -> list[QToolButton]:
        return [button for button in self._buttons.values() if button.isVisibleTo(self)]

    def _wished(self) -> list[QToolButton]:
        return [each.button for each in self._added if each.action.isVisible()]

    def _needed(self, buttons: list[QToolButton]) -> int:
        return sum(button.sizeHint().width() + self._layout.spacing() for button in buttons)

    def _fit(self) -> None:
        """Show the added buttons for which there is room."""
        room = self.width() - self._needed(self._fixed())
        for each in self._added:
            wide = self._needed([each.button])
            room -= wide if each.action.isVisible() else 0
            each.button.setVisible(each.action.isVisible() and room + self._layout.spacing() >= 0)
        self.updateGeometry()

    def _word(self, action: QAction, one: str, many: str, count: int) -> None:
        action.setText(many.replace("%1", str(count)) if count > 1 else one)

    def _space(self) -> None:
        self._layout.setSpacing(self._theme.px(4))
        self._fit()


def always(_names: Names) -> bool:
    """What can be done with any model."""
    return True


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)

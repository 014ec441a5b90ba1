"""What can be done with the selected download: a row of buttons, and the same as a context menu."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.ui.models.action_button import action_button
from ollama_desk.ui.shortcuts import Key
from ollama_desk.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Doable:
    """What can be done now with the selected download."""

    pause: bool = False
    resume: bool = False
    retry: bool = False
    cancel: bool = False
    up: bool = False
    down: bool = False
    chat: bool = False
    dismiss: bool = False


def doable(job: PullJob | None, place: int, going: int) -> Doable:
    """``place`` in the list, which begins with the ``going`` jobs that are not over."""
    if job is None:
        return Doable()
    moves = not job.state.is_over  # one key ends it, or takes what has ended out of the list
    return Doable(
        pause=job.state in (PullState.QUEUED, PullState.RUNNING, PullState.WAITING),
        resume=job.state is PullState.PAUSED,
        retry=job.state in (PullState.FAILED, PullState.WAITING),
        cancel=moves,
        up=moves and place > 0,
        down=moves and place + 1 < going,
        chat=job.state is PullState.FINISHED,
        dismiss=job.state.is_over,
    )


class JobActions(QWidget):
    """The buttons; ``menu()`` gives the same actions below the pointer. Who owns them listens to the actions."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._doable: Doable | None = None
        self.pause = self._action(_tr("Pause"), "pause")
        self.resume = self._action(_tr("Go on"), "start")
        self.retry = self._action(_tr("Try again"), "retry")
        self.chat = self._action(_tr("Chat with this model"), "chat")
        self.up = self._action(_tr("Move up"), "up")
        self.down = self._action(_tr("Move down"), "down")
        self.dismiss = self._action(_tr("Take out of the list"), "close")
        self.cancel = self._action(_tr("Cancel download…"), "close")
        self._set_keys()
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._buttons = {
            action: action_button(action, icon=str(action.property("drawing")), theme=theme, parent=self)
            for action in self.all()
        }
        for button in self._buttons.values():
            self._layout.addWidget(button)
        theme.changed.connect(self._space)
        self._space()
        self.show_doable(Doable())

    def all(self) -> tuple[QAction, ...]:
        """In the order in which they stand."""
        first = (self.pause, self.resume, self.retry, self.chat)
        return (*first, self.up, self.down, self.dismiss, self.cancel)

    def show_doable(self, which: Doable) -> None:
        """Buttons that change places with another are hidden; the others are greyed."""
        if which == self._doable:
            return
        self._doable = which
        self.retry.setShortcuts([] if which.pause else [Key.PAUSE.sequence])
        for name in ("pause", "resume", "retry", "cancel", "up", "down", "chat", "dismiss"):
            getattr(self, name).setEnabled(getattr(which, name))
        nothing = which == Doable()
        shown = {
            self.pause: which.pause or nothing,
            self.cancel: which.cancel or nothing,
            self.up: True,
            self.down: True,
        }
        for action, button in self._buttons.items():
            button.setVisible(shown.get(action, action.isEnabled()))

    def menu(self) -> QMenu:
        """A menu of what can be done now, for the caller to open; it goes when it closes."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addActions([each for each in (self.pause, self.resume, self.retry, self.chat) if each.isEnabled()])
        menu.addSeparator()
        menu.addActions([each for each in (self.up, self.down) if each.isEnabled()])
        menu.addSeparator()
        menu.addActions([each for each in (self.dismiss, self.cancel) if each.isEnabled()])
        return menu

    def _action(self, text: str, icon: str) -> QAction:
        action = QAction(text, self)
        action.setProperty("drawing", icon)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        return action

    def _set_keys(self) -> None:
        """Of those with the same key only one is enabled at a time; what waits is paused by it, not tried again."""
        for action in (self.pause, self.resume):
            action.setShortcut(Key.PAUSE.sequence)
        for action in (self.dismiss, self.cancel):
            action.setShortcut(Key.DELETE.sequence)
        self.up.setShortcut(Key.MOVE_UP.sequence)
        self.down.setShortcut(Key.MOVE_DOWN.sequence)

    def _space(self) -> None:
        self._layout.setSpacing(self._theme.px(4))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Downloads", text)

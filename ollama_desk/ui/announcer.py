"""Tells those who do not see the window what changed in it without their doing."""

from typing import Protocol

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from ollama_desk.bridge.signals import Signals
from ollama_desk.domain.events import PullFailed, PullFinished, ServerStateChanged, TurnFailed, TurnFinished
from ollama_desk.domain.server import ServerState
from ollama_desk.ui.language import said
from ollama_desk.ui.server.wording import details, wording
from ollama_desk.ui.text import one_line, utc_now

GRAVE = (ServerState.FAILED, ServerState.CONFLICT)


class Speak(Protocol):
    """Says a sentence through the screen reader; ``urgent``: in the middle of what it is saying."""

    def __call__(self, sentence: str, *, urgent: bool) -> None: ...


class Announcer:
    """An answer or a download that is done, and what failed.

    Args:
        signals: the events.
        speak: says it.
    """

    def __init__(self, signals: Signals, *, speak: Speak) -> None:
        self._speak = speak
        self._state = ServerState.STOPPED
        signals.turn_finished.connect(self._on_turn_finished)
        signals.turn_failed.connect(self._on_turn_failed)
        signals.server_state_changed.connect(self._on_server_state_changed)
        signals.pull_finished.connect(self._on_pull_finished)
        signals.pull_failed.connect(self._on_pull_failed)

    def _on_turn_finished(self, event: TurnFinished) -> None:
        name = one_line(event.message.model.removesuffix(":latest"), 60)
        self._speak(_tr("%1 has answered.").replace("%1", name), urgent=False)

    def _on_turn_failed(self, event: TurnFailed) -> None:
        self._speak(one_line(said(event.message.error)) or _tr("The answer failed."), urgent=True)

    def _on_pull_finished(self, event: PullFinished) -> None:
        self._speak(_tr("%1 is downloaded.").replace("%1", one_line(event.job.name, 140)), urgent=False)

    def _on_pull_failed(self, event: PullFailed) -> None:
        said_why = one_line(said(event.job.reason))
        words = _tr("The download of %1 failed.").replace("%1", one_line(event.job.name, 140))
        self._speak(f"{words} {said_why}".strip(), urgent=True)

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        """Once when it fails; the rest is told where one asks for it."""
        before, self._state = self._state, event.status.state
        if self._state in GRAVE and before is not self._state:
            words = f"{wording(event.status).word} · {details(event.status, utc_now())}"
            self._speak(_tr("Server: %1").replace("%1", words), urgent=True)


def speaker(of: QObject) -> Speak:
    """Says sentences in the name of a window."""

    def speak(sentence: str, *, urgent: bool) -> None:
        event = QAccessibleAnnouncementEvent(of, sentence)
        if urgent:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

    return speak


def _tr(text: str) -> str:
    return QCoreApplication.translate("Announcer", text)

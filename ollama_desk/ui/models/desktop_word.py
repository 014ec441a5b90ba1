"""Says on the desktop that a download has ended, while nobody looks at the window."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from ollama_desk.bridge.signals import Signals
from ollama_desk.domain.events import PullFailed, PullFinished
from ollama_desk.ui.models.download_text import NAME_LIMIT
from ollama_desk.ui.text import one_line


class DesktopWord:
    """A word beside the tray's icon; who looks at the window reads the notice in it.

    Args:
        signals: the events.
        say: shows a sentence outside the window.
        is_seen: whether a person has the window before them.
    """

    def __init__(self, signals: Signals, *, say: Callable[[str], None], is_seen: Callable[[], bool]) -> None:
        self._say = say
        self._is_seen = is_seen
        signals.pull_finished.connect(self._on_pull_finished)
        signals.pull_failed.connect(self._on_pull_failed)

    def _on_pull_finished(self, event: PullFinished) -> None:
        self._tell(_tr("%1 is downloaded."), event.job.name)

    def _on_pull_failed(self, event: PullFailed) -> None:
        self._tell(_tr("The download of %1 failed."), event.job.name)

    def _tell(self, words: str, name: str) -> None:
        if not self._is_seen():
            self._say(words.replace("%1", one_line(name, NAME_LIMIT)))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Downloads", text)

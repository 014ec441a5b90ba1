"""Tells of downloads outside their list: on the rail, the dock, the launcher, and in a notice when one ends."""

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import QCoreApplication

from ollama_desk.bridge.signals import Signals
from ollama_desk.domain.events import PullFailed, PullFinished
from ollama_desk.domain.models import CAPABILITY_COMPLETION, Model
from ollama_desk.domain.pulls import PullJob
from ollama_desk.ui.language import said
from ollama_desk.ui.launcher import Launcher
from ollama_desk.ui.models.download_text import NAME_LIMIT, Summary, summary_text
from ollama_desk.ui.models.page import DOWNLOADS, ModelsPage
from ollama_desk.ui.models.summing import Summing
from ollama_desk.ui.models.typed_name import full_name
from ollama_desk.ui.text import one_line


class Window(Protocol):
    """What of the window is needed."""

    def show_page(self, key: str) -> None: ...
    def show_count(self, key: str, count: int, words: str) -> None: ...


class Dock(Protocol):
    """What of the dock is needed."""

    def show_downloads(self, text: str, percent: int) -> None: ...


class Notify(Protocol):
    """Shows a notice with one thing to do about it."""

    def __call__(
        self, text: str, action_label: str | None = None, on_action: Callable[[], None] | None = None
    ) -> None: ...


class DownloadTellings:
    """What a person wants to know of downloads while looking elsewhere.

    Args:
        jobs: as they are now.
        signals: the events.
        page: the Models page.
        window: has the rail.
        dock: the status dock.
        launcher: the program's entry in the desktop's dock.
        notify: shows a notice.
        models: what is installed now.
        chat_with: opens a chat with a model.
    """

    def __init__(
        self,
        jobs: tuple[PullJob, ...],
        *,
        signals: Signals,
        page: ModelsPage,
        window: Window,
        dock: Dock,
        launcher: Launcher,
        notify: Notify,
        models: Callable[[], Sequence[Model]],
        chat_with: Callable[[str], None],
    ) -> None:
        self._page = page
        self._window = window
        self._dock = dock
        self._launcher = launcher
        self._notify = notify
        self._models = models
        self._chat_with = chat_with
        self._summing = Summing(jobs, signals=signals, tell=self._tell)
        signals.pull_finished.connect(self._on_pull_finished)
        signals.pull_failed.connect(self._on_pull_failed)

    def show_downloads(self) -> None:
        """Lead to the list."""
        self._window.show_page("models")
        self._page.show_view(DOWNLOADS)

    def chat_with(self, name: str) -> None:
        """Chat with what a download brought, under the name that the server gave it."""
        found = installed(name, self._models())
        self._chat_with(found.name if found else name)

    def _tell(self, what: Summary) -> None:
        words = summary_text(what)
        self._window.show_count("models", what.count, words)
        self._page.show_count(what.count)
        self._dock.show_downloads(words, what.percent or 0)
        self._launcher.show(what.percent if what.count else None)

    def _on_pull_finished(self, event: PullFinished) -> None:
        name = event.job.name
        text = _tr("%1 is downloaded.").replace("%1", one_line(name, NAME_LIMIT))
        model = installed(name, self._models())
        if model is not None and model.capabilities and CAPABILITY_COMPLETION not in model.capabilities:
            self._notify(text)
        else:
            self._notify(text, _tr("Chat"), lambda: self.chat_with(name))

    def _on_pull_failed(self, event: PullFailed) -> None:
        text = _tr("The download of %1 failed.").replace("%1", one_line(event.job.name, NAME_LIMIT))
        why = one_line(said(event.job.reason))
        self._notify(f"{text} {why}".strip(), _tr("Show downloads"), lambda: self._show_failed(event.job.id))

    def _show_failed(self, job_id: int) -> None:
        self.show_downloads()
        self._page.show_download(job_id)


def installed(name: str, models: Sequence[Model]) -> Model | None:
    """The model that a name of a download stands for; a server writes the tag that a person leaves out."""
    wanted = full_name(name)
    return next((model for model in models if full_name(model.name) == wanted), None)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Downloads", text)

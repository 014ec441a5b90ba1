"""Connects the downloads to their list."""

from collections.abc import Callable, Coroutine
from typing import Any

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.events import PullProgressed, PullsChanged
from ollama_desk.ui.models.downloads_panel import DownloadsPanel
from ollama_desk.ui.models.pulls import Pulls


class DownloadsPresenter:
    """Jobs go to the list, what a person wants of one to the service.

    Args:
        pulls: the service.
        panel: the list.
        signals: the events.
        actions: runs what takes time.
        chat_with: opens a chat with the model that a download brought.
    """

    def __init__(
        self,
        pulls: Pulls,
        *,
        panel: DownloadsPanel,
        signals: Signals,
        actions: Actions,
        chat_with: Callable[[str], None],
    ) -> None:
        self._pulls = pulls
        self._panel = panel
        self._actions = actions
        panel.pause_requested.connect(lambda job_id: self._run(pulls.pause(job_id)))
        panel.resume_requested.connect(lambda job_id: self._run(pulls.resume(job_id)))
        panel.retry_requested.connect(lambda job_id: self._run(pulls.retry(job_id)))
        panel.cancel_requested.connect(lambda job_id, keep: self._run(pulls.cancel(job_id, keep_parts=keep)))
        panel.dismiss_requested.connect(lambda job_id: self._run(pulls.dismiss(job_id)))
        panel.move_requested.connect(lambda job_id, place: self._run(pulls.move(job_id, place)))
        panel.clear_requested.connect(lambda: self._run(pulls.clear_ended()))
        panel.chat_requested.connect(chat_with)
        signals.pulls_changed.connect(self._on_pulls_changed)
        signals.pull_progressed.connect(self._on_pull_progressed)
        panel.show_jobs(pulls.jobs)

    def _on_pulls_changed(self, event: PullsChanged) -> None:
        self._panel.show_jobs(event.jobs)

    def _on_pull_progressed(self, event: PullProgressed) -> None:
        self._panel.show_job(event.job)

    def _run(self, wish: Coroutine[Any, Any, None]) -> None:
        self._actions.run(wish, name="a download")

"""Follows the download of the first model: in this run, and after a restart."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.events import PullFinished, PullProgressed, PullsChanged
from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.domain.recommendation import Recommendation
from ollama_desk.ui.models.cancel_dialog import CancelDialog
from ollama_desk.ui.models.pulls import Pulls
from ollama_desk.ui.models.typed_name import full_name
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.panel import WelcomePanel

NAME_LIMIT = 120


class FirstDownload(QObject):
    """One job of the list goes to the page, what a person wants of it to the service.

    Args:
        pulls: the service.
        panel: the page.
        theme: for the question before a download is given up.
        signals: the events.
        actions: runs what takes time.
        recommended: what is proposed now.
    """

    failed = Signal(str)  # why
    finished = Signal(str)  # the name of what was downloaded
    gone = Signal()  # from the list, by the person

    def __init__(
        self,
        pulls: Pulls,
        *,
        panel: WelcomePanel,
        theme: Theme,
        signals: Signals,
        actions: Actions,
        recommended: Callable[[], Recommendation | None],
    ) -> None:
        super().__init__(panel)
        self._pulls = pulls
        self._panel = panel
        self._card = panel.proposal
        self._theme = theme
        self._actions = actions
        self._recommended = recommended
        self._job: PullJob | None = None
        self._is_watched = False
        progress = self._card.progress
        progress.pause_requested.connect(lambda: self._run("pause", self._pulls.pause))
        progress.resume_requested.connect(lambda: self._run("resume", self._pulls.resume))
        progress.cancel_requested.connect(self._on_cancel_requested)
        signals.pulls_changed.connect(self._on_pulls_changed)
        signals.pull_progressed.connect(self._on_pull_progressed)
        signals.pull_finished.connect(self._on_pull_finished)

    def begin(self) -> None:
        """Take up what the last run left."""
        self._take(self._pulls.jobs)

    def show(self, job: PullJob) -> None:
        """Follow this one."""
        self._job = job
        match job.state:
            case PullState.FAILED:
                self.failed.emit(job.reason)
            case PullState.FINISHED:
                pass  # its end is an event of its own
            case _:
                self._is_watched = self.is_watched()
                self._card.show_job(job, self._title(job))

    def is_watched(self) -> bool:
        """Whether somebody sees how far it is, or did and has not gone to another page since."""
        around = self._panel.parentWidget()
        is_near = around is not None and around.isVisible()
        return self._panel.isVisible() or (self._is_watched and is_near)

    def name_anew(self) -> None:
        """What is recommended is known by now: it has a better name than its download."""
        if self._job is not None and not self._job.state.is_over:
            self.show(self._job)

    def retry(self) -> None:
        """Let what failed go on from what came."""
        self._run("retry", self._pulls.retry)

    def _take(self, jobs: Sequence[PullJob]) -> None:
        """Show the download that was shown, else the first that goes on, else what was proposed and failed."""
        same = next((job for job in jobs if self._job is not None and job.id == self._job.id), None)
        if same is None:
            going = (job for job in jobs if not job.state.is_over)
            failed = (job for job in jobs if job.state is PullState.FAILED and self._is_proposed(job))
            same = next(going, None) or next(failed, None)
        if same is not None:
            self.show(same)
        elif self._job is not None:
            self._job = None
            self.gone.emit()

    def _title(self, job: PullJob) -> str:
        recommended = self._recommended()
        if recommended is not None and self._is_proposed(job):
            return recommended.title
        return one_line(job.name, NAME_LIMIT)

    def _is_proposed(self, job: PullJob) -> bool:
        recommended = self._recommended()
        return recommended is not None and full_name(job.name) == full_name(recommended.name)

    def _run(self, word: str, wish: Callable[[int], Coroutine[Any, Any, None]]) -> None:
        if self._job is not None:
            self._actions.run(wish(self._job.id), name=f"{word} the first model")

    def _on_cancel_requested(self) -> None:
        job = self._job
        if job is None:
            return

        def cancel(keep: bool) -> None:  # noqa: FBT001 - the answer itself
            self._actions.run(self._pulls.cancel(job.id, keep_parts=keep), name="cancel the first model")

        CancelDialog(self._panel.window(), theme=self._theme, job=job, on_answer=cancel).open()

    def _on_pulls_changed(self, event: PullsChanged) -> None:
        self._take(event.jobs)

    def _on_pull_progressed(self, event: PullProgressed) -> None:
        if self._job is not None and event.job.id == self._job.id:
            self.show(event.job)

    def _on_pull_finished(self, event: PullFinished) -> None:
        if self._job is not None and event.job.id == self._job.id:
            self._job = None
            self.finished.emit(event.job.name)

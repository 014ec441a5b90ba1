"""All downloads as one figure, told on only when it has changed."""

from collections.abc import Callable

from ollama_desk.bridge.signals import Signals
from ollama_desk.domain.events import PullProgressed, PullsChanged
from ollama_desk.domain.pulls import PullJob
from ollama_desk.ui.models.download_text import Summary, summary


class Summing:
    """Follows the downloads.

    Args:
        jobs: as they are now.
        signals: the events.
        tell: called at once and after every change, with whole per cents.
    """

    def __init__(self, jobs: tuple[PullJob, ...], *, signals: Signals, tell: Callable[[Summary], None]) -> None:
        self._jobs = {job.id: job for job in jobs}
        self._tell = tell
        self._told = summary(jobs)
        signals.pulls_changed.connect(self._on_pulls_changed)
        signals.pull_progressed.connect(self._on_pull_progressed)
        tell(self._told)

    def _on_pulls_changed(self, event: PullsChanged) -> None:
        self._jobs = {job.id: job for job in event.jobs}
        self._sum_up()

    def _on_pull_progressed(self, event: PullProgressed) -> None:
        if event.job.id in self._jobs:
            self._jobs[event.job.id] = event.job
            self._sum_up()

    def _sum_up(self) -> None:
        now = summary(tuple(self._jobs.values()))
        if now != self._told:
            self._told = now
            self._tell(now)

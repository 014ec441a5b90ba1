"""Long work on the loop in slices of a few milliseconds, so that a key press never waits for a long message."""

from collections import deque
from collections.abc import Iterator
from time import perf_counter

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

SLICE_S = 0.008


class Slices(QObject):
    """Takes steps of the newest job first, for at most 8 ms a turn of the loop, until all are done.

    A job is an iterator whose steps are short; a step that takes longer holds up the loop by that much.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: deque[tuple[QObject | None, Iterator[None]]] = deque()  # each with whom it works for
        self._left_s = SLICE_S  # of this turn
        self._working = False
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._on_turn)

    def add(self, job: Iterator[None], *, owner: QObject | None = None, now: bool = True) -> None:
        """Start it now, as far as this turn has time left, or in the next turn, and go on in those that follow.

        It ends with its ``owner``: a message can leave the screen before it is laid out.
        """
        self._jobs.appendleft((owner, job))
        self._timer.start()
        if now:
            self._work()

    def drop(self, job: Iterator[None]) -> None:
        """Forget it, done or not."""
        self._jobs = deque(each for each in self._jobs if each[1] is not job)

    @property
    def are_done(self) -> bool:
        return not self._jobs

    def _on_turn(self) -> None:
        self._left_s = SLICE_S
        self._work()
        if not self._jobs:
            self._timer.stop()
            self._left_s = SLICE_S

    def _work(self) -> None:
        if self._working:
            return  # a step added a job: the loop below takes it next
        self._working = True
        began = perf_counter()
        try:
            while self._jobs and perf_counter() - began < self._left_s:
                owner, job = self._jobs[0]
                if (owner is not None and not isValid(owner)) or next(job, self) is self:
                    self.drop(job)
        finally:
            self._working = False
            self._left_s -= perf_counter() - began

"""How fast bytes go from one place of this machine to another."""

from collections import deque

SPEED_OVER_S = 5.0


class Pace:
    """How fast bytes came lately."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()

    def at(self, now_s: float, done_bytes: int) -> float:
        """Bytes a second over the last seconds, 0 where nothing can be told yet."""
        if self._marks and done_bytes < self._marks[-1][1]:
            self._marks.clear()
        self._marks.append((now_s, done_bytes))
        while now_s - self._marks[0][0] > SPEED_OVER_S:
            self._marks.popleft()
        since, before = self._marks[0]
        return (done_bytes - before) / (now_s - since) if now_s > since else 0.0

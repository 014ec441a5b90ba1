"""A model that crashes again and again is left alone for a while, rather than loaded on every request."""

from dataclasses import dataclass

FREE_FALLS = 3
MEMORY_S = 60.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class Falls:
    """When a model crashed lately, in seconds of one clock."""

    times: tuple[float, ...] = ()

    def and_one(self, now: float) -> "Falls":
        return Falls((*self._recent(now), now))

    def pause_s(self, now: float) -> float:
        """How long it must not be loaded, from ``now``: nothing for the first crashes, then twice as long each time."""
        recent = self._recent(now)
        over = len(recent) - FREE_FALLS
        if over < 0:
            return 0.0
        pause: float = min(FIRST_PAUSE_S * 2**over, LONGEST_PAUSE_S)
        return max(recent[-1] + pause - now, 0.0)

    def is_forgiven(self, now: float) -> bool:
        return not self._recent(now)

    def _recent(self, now: float) -> tuple[float, ...]:
        return tuple(at for at in self.times if now - at < MEMORY_S)

"""When to start a fallen server again, and when to stop trying."""

from dataclasses import dataclass, replace

FIRST_S = 0.5
CAP_S = 30.0
JITTER = 0.2
FORGIVEN_AFTER_S = 30.0
LIMITS = ((3, 60.0), (5, 300.0))  # so many crashes in so many seconds are too many


@dataclass(frozen=True, slots=True)
class CrashHistory:
    """When the server fell (seconds of a clock that never goes back), the oldest first."""

    crashes: tuple[float, ...] = ()
    in_a_row: int = 0

    def crashed(self, at_s: float, *, ready_for_s: float) -> "CrashHistory":
        """One more crash, after ``ready_for_s`` of good service; enough of that forgives what was before."""
        row = 1 if ready_for_s >= FORGIVEN_AFTER_S else self.in_a_row + 1
        horizon = at_s - max(window for _, window in LIMITS)
        return replace(self, crashes=(*(each for each in self.crashes if each > horizon), at_s), in_a_row=row)

    def is_too_much(self, now_s: float) -> bool:
        return any(sum(1 for each in self.crashes if each > now_s - window) >= count for count, window in LIMITS)


def backoff_s(in_a_row: int, random: float) -> float:
    """How long to wait after so many crashes in a row. ``random`` is in [0, 1) and spreads the wait by ±20 %."""
    wait = min(CAP_S, FIRST_S * 2.0 ** min(in_a_row - 1, 16))
    return wait * (1 - JITTER + 2 * JITTER * random)


def says_port_is_taken(log_tail: tuple[str, ...]) -> bool:
    """Whether the server's last words are that somebody else has its port."""
    return any("address already in use" in line or "Only one usage of each socket address" in line for line in log_tail)

"""When to start a fallen server again, and when to stop trying: rules and waits, no clock."""

from dataclasses import dataclass, replace
from enum import StrEnum

FIRST_S = 0.5
CAP_S = 30.0
JITTER = 0.2
FORGIVEN_AFTER_S = 30.0
LIMITS = ((3, 60.0), (5, 300.0))  # so many crashes in so many seconds are too many
HANG_LIMITS = ((3, 1800.0),)  # a hang takes more than a minute to be ended, so the windows are longer
PORT_WORDS = (  # of Linux and macOS, then of Windows: taken, and reserved
    "address already in use",
    "Only one usage of each socket address",
    "forbidden by its access permissions",
)


@dataclass(frozen=True, slots=True)
class Timings:
    """Every wait of the supervisor, in seconds; ``misses`` is a count of probes."""

    guardian_s: float = 15.0  # for the guardian to say that the server runs
    first_probe_s: float = 0.05
    starting_probe_s: float = 0.25
    start_limit_s: float = 120.0
    ready_probe_s: float = 5.0
    elsewhere_probe_s: float = 5.0
    misses: int = 3
    hang_limit_s: float = 60.0  # silent and idle for so long, a server of ours is started anew
    gap_s: float = 5.0  # a round of waiting that took so much longer was no waiting: the machine or we slept
    grace_s: float = 5.0
    orphan_grace_s: float = 2.0  # for what a killed guardian left
    sample_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Exit:
    """How a run ended. ``code`` is None where nobody could tell: the guardian was killed, or nothing was started.

    ``obstacle`` says what kept the program from being started at all; ``hung`` that we ended it for its silence.
    """

    code: int | None
    obstacle: str = ""
    hung: bool = False

    def __str__(self) -> str:
        if self.code is None:
            return self.obstacle or "its guardian was killed"
        return f"killed by signal {-self.code}" if self.code < 0 else f"exit code {self.code}"


class Verdict(StrEnum):
    """What to do about an end that nobody asked for."""

    TRY_AGAIN = "try again"  # after the back-off
    GIVE_UP = "give up"  # until a person starts it
    PORT_TAKEN = "port taken"  # not its fault: look who has the port


@dataclass(frozen=True, slots=True)
class CrashHistory:
    """When the server fell and when it hung (seconds of a clock that never goes back), the oldest first."""

    crashes: tuple[float, ...] = ()
    in_a_row: int = 0
    hangs: tuple[float, ...] = ()

    def crashed(self, at_s: float, *, ready_for_s: float) -> "CrashHistory":
        """One more crash, after ``ready_for_s`` of good service; enough of that makes the back-off short again."""
        row = 1 if ready_for_s >= FORGIVEN_AFTER_S else self.in_a_row + 1
        horizon = at_s - max(window for _, window in LIMITS)
        return replace(self, crashes=(*(each for each in self.crashes if each > horizon), at_s), in_a_row=row)

    def hung(self, at_s: float) -> "CrashHistory":
        """One more time that we ended it for its silence."""
        horizon = at_s - max(window for _, window in HANG_LIMITS)
        return replace(self, hangs=(*(each for each in self.hangs if each > horizon), at_s), in_a_row=1)

    def is_too_much(self, now_s: float) -> bool:
        return _exceeds(self.crashes, LIMITS, now_s) or _exceeds(self.hangs, HANG_LIMITS, now_s)


def _exceeds(falls: tuple[float, ...], limits: tuple[tuple[int, float], ...], now_s: float) -> bool:
    return any(sum(1 for each in falls if each > now_s - window) >= count for count, window in limits)


@dataclass(frozen=True, slots=True)
class Silence:
    """How many probes in a row a server has missed, and how long it did nothing at all since it counts as silent."""

    misses: int = 0
    idle_s: float = 0.0

    def missed(self, waited_s: float, *, works: bool, timings: Timings) -> "Silence":
        """One more probe without an answer, after ``waited_s`` of the clock.

        Time that nobody waited through (suspend, a stopped process) shows as a gap, and is nobody's silence.
        """
        if waited_s > timings.ready_probe_s + timings.gap_s:
            return Silence()
        misses = self.misses + 1
        return Silence(misses, 0.0 if works or misses <= timings.misses else self.idle_s + waited_s)


def judge(ending: Exit, last_words: tuple[str, ...], history: CrashHistory, now_s: float) -> Verdict:
    """What an end that nobody asked for means. ``history`` counts it already."""
    if ending.code and not ending.hung and any(words in line for line in last_words for words in PORT_WORDS):
        return Verdict.PORT_TAKEN
    return Verdict.GIVE_UP if history.is_too_much(now_s) else Verdict.TRY_AGAIN


def backoff_s(in_a_row: int, random: float) -> float:
    """How long to wait after so many crashes in a row. ``random`` is in [0, 1) and spreads the wait by ±20 %."""
    wait = min(CAP_S, FIRST_S * 2.0 ** min(in_a_row - 1, 16))
    return wait * (1 - JITTER + 2 * JITTER * random)

"""When to start a fallen server again, and when to stop trying: rules and waits, no clock."""

from dataclasses import dataclass
from enum import StrEnum

FIRST_S = 0.5
CAP_S = 30.0
JITTER = 0.2
FORGIVEN_AFTER_S = 30.0
LIMITS = ((3, 60.0), (5, 300.0))  # so many crashes in so many seconds are too many
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
    grace_s: float = 5.0
    orphan_grace_s: float = 2.0  # for what a killed guardian left
    sample_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Exit:
    """How a run ended. ``code`` is None where nobody could tell: the guardian was killed, or nothing was started.

    ``obstacle`` says what kept the program from being started at all.
    """

    code: int | None
    obstacle: str = ""

    def __str__(self) -> str:
        if self.code is None:
            return self.obstacle or "its guardian was killed"
        return f"killed by signal {-self.code}" if self.code < 0 else f"exit code {self.code}"


class Verdict(StrEnum):
    """What to do about an end that nobody asked for."""

    TRY_AGAIN = "try again"  # after the back-off
    GIVE_UP = "give up"  # until a person starts it
    CANNOT_START = "cannot start"  # nor would a second try
    PORT_TAKEN = "port taken"  # not its fault: look who has the port


@dataclass(frozen=True, slots=True)
class CrashHistory:
    """When the server fell (seconds of a clock that never goes back), the oldest first."""

    crashes: tuple[float, ...] = ()
    in_a_row: int = 0

    def crashed(self, at_s: float, *, ready_for_s: float) -> "CrashHistory":
        """One more crash, after ``ready_for_s`` of good service; enough of that makes the back-off short again."""
        row = 1 if ready_for_s >= FORGIVEN_AFTER_S else self.in_a_row + 1
        horizon = at_s - max(window for _, window in LIMITS)
        return CrashHistory((*(each for each in self.crashes if each > horizon), at_s), row)

    def is_too_much(self, now_s: float) -> bool:
        return any(sum(1 for each in self.crashes if each > now_s - window) >= count for count, window in LIMITS)


def judge(ending: Exit, last_words: tuple[str, ...], history: CrashHistory, now_s: float) -> Verdict:
    """What an end that nobody asked for means. ``history`` counts it already."""
    if ending.obstacle:
        return Verdict.CANNOT_START
    if ending.code and any(words in line for line in last_words for words in PORT_WORDS):
        return Verdict.PORT_TAKEN
    return Verdict.GIVE_UP if history.is_too_much(now_s) else Verdict.TRY_AGAIN


def backoff_s(in_a_row: int, random: float) -> float:
    """How long to wait after so many crashes in a row. ``random`` is in [0, 1) and spreads the wait by ±20 %."""
    wait = min(CAP_S, FIRST_S * 2.0 ** min(in_a_row - 1, 16))
    return wait * (1 - JITTER + 2 * JITTER * random)

"""How fast a model has answered: what is kept of each answer, and what many of them say together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from ollama_desk.domain.chat import TurnStats
from ollama_desk.domain.models import RunningModel
from ollama_desk.domain.server import ServerKind

FEWEST_TOKENS = 8  # of a text whose speed can be told
# Real servers say 1 to 3 ms of a model that is in memory, and 260 and more of one that is being loaded. A model that
# was in memory is loaded anew for another length of context.
LOADING_S, LOADING_ANEW_S = 0.05, 1.0


@dataclass(frozen=True, slots=True)
class Speed:
    """What one answer tells. Durations in seconds, as the server measured them but for ``first_token_s``."""

    model: str
    at: datetime  # aware, UTC
    digest: str = ""  # of the model as it was then; empty: not known
    prompt_tokens: int = 0
    answer_tokens: int = 0
    prompt_s: float | None = None  # None: a part of the prompt may have been in the server's cache, which takes no time
    answer_s: float = 0.0
    first_token_s: float | None = None  # measured by us; None: not known
    load_s: float | None = None  # None: it was in memory
    context_length: int = 0  # tokens; 0: not known
    gpu_percent: int | None = None  # how much of it was on the GPU; None: not known
    server: ServerKind = ServerKind.UNKNOWN

    @property
    def tokens_per_s(self) -> float | None:
        """None: too short to tell."""
        return rate(self.answer_tokens, self.answer_s)

    @property
    def prompt_per_s(self) -> float | None:
        """None: too short to tell, or not measured whole."""
        return rate(self.prompt_tokens, self.prompt_s or 0.0)


@dataclass(frozen=True, slots=True)
class SpeedSummary:
    """Medians over the answers of a model as it is now. None: no answer tells."""

    answers: int = 0
    since: datetime | None = None  # aware, UTC; of the first and the last of them
    until: datetime | None = None
    tokens_per_s: float | None = None
    prompt_per_s: float | None = None
    first_token_s: float | None = None  # of answers for which nothing had to be loaded
    load_s: float | None = None


def rate(tokens: int, seconds: float) -> float | None:
    """Tokens a second; None where they are too few to tell or the time is not known."""
    return tokens / seconds if tokens >= FEWEST_TOKENS and seconds > 0 else None


def speed_of(model: str, stats: TurnStats, *, at: datetime, was_loaded: bool) -> Speed:
    """What an answer tells, without the place where it was made.

    Args:
        model: its name.
        stats: what the server said, and the wait for the first token.
        at: when it ended.
        was_loaded: whether the model was known to be in memory when it was asked.
    """
    # The counts of a prompt are whole, its time is that of what was not in the cache: only that of a model which has
    # just been loaded is empty for certain.
    had_to_load = stats.load_s >= (LOADING_ANEW_S if was_loaded else LOADING_S)
    return Speed(
        model,
        at,
        prompt_tokens=stats.prompt_tokens,
        answer_tokens=stats.answer_tokens,
        prompt_s=stats.prompt_s if had_to_load else None,
        answer_s=stats.answer_s,
        first_token_s=stats.first_token_s or None,
        load_s=stats.load_s if had_to_load else None,
    )


def since(earlier: TurnStats, whole: TurnStats) -> TurnStats:
    """What the last part of a continued answer cost, of which only the sum is kept."""
    return replace(
        whole,
        prompt_tokens=0,
        answer_tokens=max(whole.answer_tokens - earlier.answer_tokens, 0),
        load_s=max(whole.load_s - earlier.load_s, 0.0),
        prompt_s=0.0,
        answer_s=max(whole.answer_s - earlier.answer_s, 0.0),
        first_token_s=0.0,
    )


def placed(speed: Speed, running: RunningModel | None) -> Speed:
    """``speed`` with the place where the model lay."""
    if running is None:
        return speed
    return replace(speed, context_length=running.context_length, gpu_percent=gpu_percent(running))


def gpu_percent(running: RunningModel) -> int | None:
    """How much of a model is on the GPU; None where the server does not tell its size."""
    if running.size_bytes <= 0:
        return None
    return round(100 * min(running.vram_bytes / running.size_bytes, 1.0))


def is_of(speed: Speed, digest: str) -> bool:
    """Whether it was measured with this version of the model; what is not known counts."""
    return not digest or not speed.digest or speed.digest == digest


def summary_of(speeds: Sequence[Speed], digest: str = "") -> SpeedSummary:
    """What the answers of one version of a model say together; no ``digest``: of every version."""
    counted = [each for each in speeds if is_of(each, digest)]
    if not counted:
        return SpeedSummary()
    moments = [each.at for each in counted]
    return SpeedSummary(
        answers=len(counted),
        since=min(moments),
        until=max(moments),
        tokens_per_s=middle(each.tokens_per_s for each in counted),
        prompt_per_s=middle(each.prompt_per_s for each in counted),
        first_token_s=middle(each.first_token_s for each in counted if each.load_s is None),
        load_s=middle(each.load_s for each in counted),
    )


def middle(values: Iterable[float | None]) -> float | None:
    """The median of those that are known."""
    known = [value for value in values if value is not None]
    return median(known) if known else None

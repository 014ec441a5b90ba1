"""A benchmark: which lengths are measured, what comes of it, how far it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ollama_desk.domain.models import CAPABILITY_COMPLETION, Model
from ollama_desk.domain.server import ServerKind
from ollama_desk.domain.speed import middle, rate

PROMPTS = (128, 1024, 4096)  # tokens
ANSWER = 128  # tokens
REPETITIONS = 3
USUAL_CONTEXT = 4096  # tokens; what a server gives that does not tell
STEP = 64  # tokens; lengths that a context forces are multiples of it
SMALLEST = 16  # tokens
SPARE_SHARE = 16  # of the context, for a prompt that comes out longer than reckoned


@dataclass(frozen=True, slots=True)
class BenchmarkPlan:
    """What is measured with a context: lengths in tokens, ascending."""

    prompts: tuple[int, ...]
    answer: int


@dataclass(frozen=True, slots=True)
class BenchmarkRun:
    """One measurement: as the server counted and timed it, but for ``first_token_s``."""

    prompt_tokens: int
    answer_tokens: int
    prompt_s: float
    answer_s: float
    first_token_s: float


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """The measurements of one length; what is told of it are medians, None where none tells."""

    wanted_tokens: int
    runs: tuple[BenchmarkRun, ...]

    @property
    def prompt_tokens(self) -> int:
        return round(middle(run.prompt_tokens for run in self.runs) or 0)

    @property
    def answer_tokens(self) -> int:
        return round(middle(run.answer_tokens for run in self.runs) or 0)

    @property
    def prompt_per_s(self) -> float | None:
        return middle(rate(run.prompt_tokens, run.prompt_s) for run in self.runs)

    @property
    def tokens_per_s(self) -> float | None:
        """None where the model ended too early each time."""
        return middle(self.rates())

    @property
    def first_token_s(self) -> float | None:
        return middle(run.first_token_s or None for run in self.runs)

    @property
    def spread(self) -> float | None:
        """From the slowest to the fastest answer, as a share of the median; None for fewer than two."""
        rates, between = self.rates(), self.tokens_per_s
        return (max(rates) - min(rates)) / between if between is not None and len(rates) > 1 else None

    def rates(self) -> list[float]:
        """Of the answers that were long enough to tell, in their order."""
        found = (rate(run.answer_tokens, run.answer_s) for run in self.runs)
        return [each for each in found if each is not None]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A finished benchmark with the circumstances that it holds for."""

    model: str
    at: datetime  # aware, UTC
    rows: tuple[BenchmarkRow, ...]
    digest: str = ""
    load_s: float | None = None  # None: it was in memory
    context_length: int = 0  # tokens; 0: not known
    gpu_percent: int | None = None
    server: ServerKind = ServerKind.UNKNOWN
    server_version: str = ""
    id: int = 0  # of the stored one


class BenchmarkStep(StrEnum):
    """What a benchmark does now."""

    LOADING = "loading"
    MEASURING = "measuring"
    WAITING = "waiting"  # for the end of an answer in a chat, which has precedence


@dataclass(frozen=True, slots=True)
class BenchmarkProgress:
    """How far a benchmark is."""

    model: str
    step: BenchmarkStep = BenchmarkStep.LOADING
    wanted_tokens: int = 0
    repetition: int = 0  # from 1
    repetitions: int = REPETITIONS
    done: int = 0  # measurements
    of: int = len(PROMPTS) * REPETITIONS


def plan_for(context_length: int) -> BenchmarkPlan:
    """The lengths that a context has room for; 0: not known."""
    context = context_length or USUAL_CONTEXT
    answer = max(min(ANSWER, context // 4), SMALLEST)
    room = context - answer - context // SPARE_SHARE
    prompts = [each for each in PROMPTS if each <= room]
    if len(prompts) < len(PROMPTS):
        most = room // STEP * STEP or room
        if not prompts or most >= prompts[-1] * 3 // 2:
            prompts.append(max(most, SMALLEST))
    return BenchmarkPlan(tuple(prompts), answer)


def why_not(model: Model) -> str:
    """Why a model cannot be measured, as a sentence; empty where it can."""
    if model.remote_host:
        return "This model runs elsewhere: what would be measured is the way there."
    if model.capabilities and CAPABILITY_COMPLETION not in model.capabilities:
        return "This model writes no text: it turns texts into numbers."
    return ""

"""How much of a model's context a conversation takes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ollama_desk.domain.chat import ChatOptions, Message, Role
from ollama_desk.domain.models import RunningModel

CHARS_PER_TOKEN = 4  # of European text; only for what no server has counted yet
NEARLY_FULL = 0.85


@dataclass(frozen=True, slots=True)
class ContextUse:
    """Tokens that the next request would take, and how many fit; 0 where the limit is not known."""

    used_tokens: int
    limit_tokens: int = 0
    estimated: bool = False  # nothing was counted by a server yet

    @property
    def share(self) -> float:
        """From 0 to 1; 0 where the limit is not known."""
        return min(self.used_tokens / self.limit_tokens, 1.0) if self.limit_tokens > 0 else 0.0

    @property
    def nearly_full(self) -> bool:
        return self.share >= NEARLY_FULL


def context_use(messages: Sequence[Message], *, system: str = "", draft: str = "", limit_tokens: int = 0) -> ContextUse:
    """What the server counted for the last answer, and an estimate of everything that came after it."""
    counted, rest = 0, len(system)
    for message in reversed(messages):
        stats = message.stats
        if message.role is Role.ASSISTANT and stats is not None and stats.prompt_tokens:
            counted, rest = stats.prompt_tokens + stats.answer_tokens, rest - len(system)
            break
        rest += len(message.content)
    return ContextUse(counted + -(-(rest + len(draft)) // CHARS_PER_TOKEN), limit_tokens, estimated=counted == 0)


def context_limit(
    options: ChatOptions, defaults: ChatOptions, running: RunningModel | None, *, trained_for: int
) -> int:
    """The context that the next request will have: asked for, else as loaded, else the model's own; 0: not known."""
    asked = options.context_length or (running.context_length if running else 0) or defaults.context_length or 0
    return min(asked, trained_for) if asked and trained_for else asked

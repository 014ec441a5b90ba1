"""Whether the registries have newer models under the names of the installed ones, as far as a person asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class CheckState(Enum):
    """Where the check stands. Nobody asks a registry by himself: it begins when the person wants it."""

    NEVER = "never"  # since the program started
    UNDER_WAY = "asking"
    ENDED = "ended"
    STOPPED = "stopped"  # by the person; what was found until then stays


@dataclass(frozen=True, slots=True)
class Update:
    """An installed model whose name stands for another one in its registry now."""

    name: str  # as the server writes it
    digest: str  # 64 hex digits: of the installed one
    offered: str  # of the one in the registry


@dataclass(frozen=True, slots=True)
class UpdateCheck:
    """What is known of updates. Models that were made on this machine are in no registry, and in none of the counts."""

    state: CheckState = CheckState.NEVER
    asked: int = 0  # names that were asked about in this check
    total: int = 0  # those that are, in all
    updates: tuple[Update, ...] = ()  # by name
    current_count: int = 0  # models that were found to be what their registry has
    failed_count: int = 0  # models that could not be asked about
    reason: str = ""  # a sentence: why the first of those could not
    checked_at: datetime | None = None  # aware UTC: when the last check ended

    @property
    def names(self) -> frozenset[str]:
        """Of the models for which there is an update."""
        return frozenset(update.name for update in self.updates)

"""How long to wait for a registry, how often to ask again, and when to stop."""

import random
from dataclasses import dataclass

from ollama_desk.domain.errors import (
    CertificateError,
    RegistryError,
    RegistryInterruptedError,
    RegistryRefusedError,
    RegistryTimeoutError,
    RegistryUnreachableError,
)

TOO_MANY_REQUESTS = 429
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """The figures of Ollama, where it has any."""

    tries: int = 6  # in a row, without anything of substance between them
    first_wait_s: float = 1.0  # doubled with every try
    longest_wait_s: float = 60.0  # also of what a registry may ask for
    stall_s: float = 30.0  # without a byte
    tick_s: float = 0.06  # between two lines of progress

    def wait_s(self, failed: int, error: RegistryError) -> float:
        """How long to wait after the try number ``failed`` (from 1), so that not everybody comes back at once."""
        asked_s = error.retry_after_s if isinstance(error, RegistryRefusedError) else 0.0
        if asked_s:
            return min(asked_s, self.longest_wait_s)
        if isinstance(error, RegistryTimeoutError):  # it has waited already
            return 0.0
        wait_s = min(self.first_wait_s * 2.0 ** (failed - 1), self.longest_wait_s)
        return wait_s * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def may_pass(error: RegistryError) -> bool:
    """Whether the same request may succeed in a while."""
    match error:
        case CertificateError():
            return False
        case RegistryRefusedError():
            return error.status in PASSING
        case _:
            return isinstance(error, RegistryUnreachableError | RegistryTimeoutError | RegistryInterruptedError)

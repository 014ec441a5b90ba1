"""A server that pulls as a test tells it to, when the test tells it to."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from ollama_desk.domain.errors import DeskError, RequestFailedError
from ollama_desk.domain.models import PullStep
from ollama_desk.ollama.errors import error_of

Step = PullStep | DeskError | asyncio.Event

MANIFEST, VERIFYING = PullStep("pulling manifest"), PullStep("verifying sha256 digest")
WRITING, SUCCESS = PullStep("writing manifest"), PullStep("success")


def refused(words: str) -> RequestFailedError:
    """The error of a stream that ends with these words of the server."""
    return error_of(words)


@dataclass(slots=True)
class ScriptedServer:
    """Each call of ``pull`` plays the next script, the last one again and again.

    A step is yielded, an event awaited, an error raised. ``closed`` counts the streams that were closed.
    """

    scripts: list[Sequence[Step]]
    asked: list[str] = field(default_factory=list)
    closed: int = 0

    async def times(self) -> int:
        """How often it was asked."""
        return len(self.asked)

    async def pull(self, name: str, *, insecure: bool = False) -> AsyncGenerator[PullStep, None]:
        self.asked.append(f"{name} insecure" if insecure else name)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        try:
            for step in script:
                match step:
                    case PullStep():
                        yield step
                    case asyncio.Event():
                        await step.wait()
                    case _:
                        raise step
        finally:
            self.closed += 1

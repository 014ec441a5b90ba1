"""Opens a database and kills itself before the given statement of its migration, or before its end."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from ollama_desk.storage.database import Database

OLD = (("CREATE TABLE words (word TEXT)",),)
STEPS = (
    "ALTER TABLE words ADD COLUMN language TEXT",
    "UPDATE words SET language = 'en'",
    "ALTER TABLE words ADD COLUMN rank INTEGER",
)


class Deadly:
    """The steps, up to the one before which the process dies."""

    def __init__(self, last: int) -> None:
        self._last = last

    def __iter__(self) -> Iterator[str]:
        yield from STEPS[: self._last]
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(Database.open(Path(sys.argv[1]), migrations=(*OLD, Deadly(int(sys.argv[2])))))

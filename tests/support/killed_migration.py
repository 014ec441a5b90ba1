"""Opens a database and kills itself before the given statement of its last migration, or before that one's end.

``killed_migration.py PATH STEPS STATEMENT``: with STEPS 0 the migration is one of our tests, else the last of so many.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from ollama_desk.storage.database import Database
from ollama_desk.storage.migrations import MIGRATIONS

OLD = (("CREATE TABLE words (word TEXT)",),)
STEPS = (
    "ALTER TABLE words ADD COLUMN language TEXT",
    "UPDATE words SET language = 'en'",
    "ALTER TABLE words ADD COLUMN rank INTEGER",
)


class Deadly:
    """The statements of a step, up to the one before which the process dies."""

    def __init__(self, statements: Iterable[str], last: int) -> None:
        self._statements = statements
        self._last = last

    def __iter__(self) -> Iterator[str]:
        yield from islice(self._statements, self._last)
        os.kill(os.getpid(), signal.SIGKILL)


def main(path: Path, steps: int, statement: int) -> None:
    before, last = (MIGRATIONS[: steps - 1], MIGRATIONS[steps - 1]) if steps else (OLD, STEPS)
    asyncio.run(Database.open(path, migrations=(*before, Deadly(last, statement))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

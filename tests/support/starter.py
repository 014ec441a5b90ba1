"""One of two starts at the same moment, again and again: ``starter.py SEED``; each line of its input is a data folder.

It prints ``owner N`` (it had the folder and was rung N times) or ``rang`` (the other one answered).
"""

import asyncio
import random
import sys
import time
from pathlib import Path

from ollama_desk.core.instance import Bell, own_or_ring
from ollama_desk.core.lock import FolderLock

WITHIN_S = 0.01
LIMIT_S = 10.0


async def be_rung(folder: Path, lock: FolderLock) -> int:
    """How often the bell rang until the first ring, or the end of our patience."""
    bell = Bell(folder)
    bell.hang()
    rings: list[float] = []
    rung = asyncio.Event()

    def on_ring() -> None:
        rings.append(time.monotonic())
        rung.set()

    await bell.answer(on_ring)
    try:
        async with asyncio.timeout(LIMIT_S):
            await rung.wait()
        await asyncio.sleep(0)  # the answer goes out
    except TimeoutError:
        pass
    bell.take_down()
    lock.release()
    return len(rings)


def main(seed: str) -> None:
    chance = random.Random(seed)  # noqa: S311 - a delay
    for line in sys.stdin:
        folder = Path(line.strip())
        time.sleep(chance.uniform(0, WITHIN_S))
        lock = own_or_ring(folder)
        said = "rang" if lock is None else f"owner {asyncio.run(be_rung(folder, lock))}"
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])

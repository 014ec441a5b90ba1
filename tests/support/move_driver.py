"""The program without a window, which moves its models and dies on the way: ``move_driver FOLDER TARGET STEP LINKS``.

At step number ``STEP`` it kills itself as ``kill -9`` does; with ``LINKS`` 1 files may get second names.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.support.moving_desk import stepped_desk


class Deadly:
    """Counts the steps and kills the process at one of them."""

    def __init__(self, last: int) -> None:
        self._left = last

    def __call__(self, _name: str) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(folder: Path, target: Path, last: int, *, may_link: bool) -> None:
    async with stepped_desk(folder, Deadly(last), may_link=may_link) as moving:
        await moving.move(target)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), may_link=sys.argv[4] == "1"))

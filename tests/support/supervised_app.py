"""An app of nothing but a supervisor, to be killed: ``supervised_app.py FOLDER PORT FAKE-WORDS GRACE_S``.

It prints each state as a line; a line on its standard input is a wish (``start``, ``stop``, ``restart``).
"""

import asyncio
import os
import sys
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from ollama_desk.domain.server import ServerAddress
from ollama_desk.sidecar.supervisor import Supervisor
from tests.support.sidecar import PROGRAM, QUICK, measured


async def live(folder: str, port: str, fake: str, grace_s: str) -> None:
    supervisor = Supervisor(
        lambda: PROGRAM,
        address=ServerAddress(port=int(port)),
        folder=Path(folder),
        environment=os.environ,
        extra_env={"FAKE": fake, **measured()},
        timings=replace(QUICK, grace_s=float(grace_s)),
    )
    wishes = {"start": supervisor.start, "stop": supervisor.stop, "restart": supervisor.restart}

    def obey() -> None:
        wishes[sys.stdin.readline().strip()]()

    asyncio.get_running_loop().add_reader(sys.stdin, obey)
    supervisor.start()
    async with supervisor, aclosing(supervisor.states()) as states:
        async for status in states:
            sys.stdout.write(f"{status.state.name} {status.pid}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:]))

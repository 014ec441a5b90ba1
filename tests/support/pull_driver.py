"""The program without a window, which pulls one model as a job: ``pull_driver.py FOLDER ADDRESS NAME``.

It says ``READY <pid of the server>``, ``AT <bytes>`` as the job goes along, and ``DONE`` or ``FAILED`` when it ends.
"""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from ollama_desk.domain.events import PullFailed, PullFinished, PullProgressed, ServerStateChanged
from ollama_desk.domain.server import ServerState
from ollama_desk.services.config import read_config
from ollama_desk.services.desk import open_desk


def say(*words: object) -> None:
    os.write(sys.stdout.fileno(), f"{' '.join(map(str, words))}\n".encode())


async def main(folder: Path, address: str, name: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OLLAMA")}
    config = read_config(data_dir=folder, host=address, environment=environment)
    async with open_desk(replace(config, built_in_only=True)) as desk:
        ended = asyncio.Event()

        def on_end(event: PullFinished | PullFailed) -> None:
            say("DONE" if isinstance(event, PullFinished) else "FAILED", event.job.reason)
            ended.set()

        def on_state(event: ServerStateChanged) -> None:
            if event.status.state is ServerState.READY:
                say("READY", event.status.pid)

        desk.bus.subscribe(PullProgressed, lambda event: say("AT", event.job.completed_bytes))
        desk.bus.subscribe(PullFinished, on_end)
        desk.bus.subscribe(PullFailed, on_end)
        desk.bus.subscribe(ServerStateChanged, on_state)
        if not desk.pulls.jobs:
            await desk.pulls.add(name, insecure=True, consented=True)
        desk.server.start()
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))

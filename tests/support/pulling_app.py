"""An app of nothing but a Desk that downloads, to be killed: ``pulling_app.py DATA-FOLDER PORT NAME``.

It asks for the model where there is no job yet, prints how far that is, and ends once it is installed.
"""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from ollama_desk.domain.events import PullFinished, PullProgressed
from ollama_desk.services.config import read_config
from ollama_desk.services.desk import open_desk


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def live(data: str, port: str, name: str) -> None:
    config = read_config(data_dir=Path(data), host=f"127.0.0.1:{port}", environment=os.environ)
    async with open_desk(replace(config, built_in_only=True)) as desk:
        done = asyncio.Event()
        desk.bus.subscribe(PullProgressed, lambda event: say(f"came {event.job.completed_bytes}"))
        desk.bus.subscribe(PullFinished, lambda _event: done.set())
        desk.server.start()
        if not desk.pulls.jobs:
            await desk.pulls.add(name, insecure=True, consented=True)
        await done.wait()  # the test has the patience
    say("finished")


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:]))

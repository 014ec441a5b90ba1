"""The Desk without a window: the self-test, which proves on this machine that a model answers."""

import asyncio
import logging
import os
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from ollama_desk import __version__
from ollama_desk.core.folders import folders
from ollama_desk.domain.demo import DEMO_MODEL_NAME
from ollama_desk.domain.errors import DeskError, SidecarError
from ollama_desk.domain.events import ServerStateChanged, TokenReceived, TurnFailed, TurnFinished
from ollama_desk.domain.server import DEFAULT_HOST, ServerAddress, ServerState
from ollama_desk.services.config import DeskConfig
from ollama_desk.services.desk import Desk, open_desk
from ollama_desk.sidecar.ownership import owned_processes, read_owner_id

LIMIT_S = 120.0
QUESTION = "Tell me a story, please."


class Report:
    """Lines of the report with the time that each step took."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def step(self, text: str) -> None:
        now = time.monotonic()
        sys.stdout.write(f"  ok  {text} ({now - self._since:.2f} s)\n")
        sys.stdout.flush()
        self._since = now

    def fail(self, text: str) -> None:
        sys.stdout.write(f"FAIL  {text}\n")


def self_test(data_dir: Path | None) -> int:
    """Engine on a private port, demonstration model, a streamed answer, stop, no process left: 0, else 1."""
    logging.basicConfig(level=logging.ERROR)
    sys.stdout.write(f"Ollama Desk {__version__} self-test\n")
    report = Report()
    try:
        with tempfile.TemporaryDirectory(prefix="ollama-desk-", dir=data_dir) as folder:
            asyncio.run(asyncio.wait_for(_run(Path(folder), report), LIMIT_S))
    except DeskError as error:
        report.fail(str(error))
        return 1
    except TimeoutError:
        report.fail(f"The self-test did not end within {LIMIT_S:.0f} s.")
        return 1
    sys.stdout.write("The self-test passed.\n")
    return 0


async def _run(folder: Path, report: Report) -> None:
    config = private_config(folder, os.environ)
    async with open_desk(config) as desk:
        await _start(desk)
        report.step(f"engine ready on {config.address}")
        await desk.models.install_demo()
        report.step("demonstration model installed and loaded")
        report.step(await _answer(desk))
        owner = read_owner_id(config.folders.server)
    left = owned_processes(owner)
    if left:
        msg = f"{len(left)} processes of the engine are still there after it was stopped."
        raise SidecarError(msg)
    report.step("engine stopped, no process left")


def private_config(folder: Path, environment: Mapping[str, str]) -> DeskConfig:
    """A Desk in ``folder`` on a port that the kernel chose, with the built-in engine and nothing of the user's."""
    clean = {name: value for name, value in environment.items() if not name.startswith("OLLAMA_")}
    with socket.socket() as probe:
        probe.bind((DEFAULT_HOST, 0))
        port = probe.getsockname()[1]
    return DeskConfig(folders(folder, clean), address=ServerAddress(port=port), environment=clean, built_in_only=True)


async def _start(desk: Desk) -> None:
    settled: asyncio.Queue[ServerStateChanged] = asyncio.Queue()
    forget = desk.bus.subscribe(ServerStateChanged, settled.put_nowait)
    desk.server.start()
    try:
        while (status := (await settled.get()).status).state is not ServerState.READY:
            if status.state in (ServerState.FAILED, ServerState.CONFLICT, ServerState.EXTERNAL):
                raise SidecarError(" ".join((status.reason, *status.log_tail)))
    finally:
        forget()


async def _answer(desk: Desk) -> str:
    ended: asyncio.Queue[TurnFinished | TurnFailed] = asyncio.Queue()
    pieces: list[str] = []
    desk.bus.subscribe(TokenReceived, lambda event: pieces.append(event.content))
    desk.bus.subscribe(TurnFinished, ended.put_nowait)
    desk.bus.subscribe(TurnFailed, ended.put_nowait)
    chat = await desk.library.new_chat(DEMO_MODEL_NAME)
    await desk.chat.send(chat.id, QUESTION, model=DEMO_MODEL_NAME)
    answer = (await ended.get()).message
    stats = answer.stats
    if answer.error or stats is None or len(pieces) < 2 or "".join(pieces) != answer.content:  # noqa: PLR2004
        raise SidecarError(answer.error or "The model's answer did not arrive as a stream.")
    return (
        f"{stats.answer_tokens} tokens streamed, first after {stats.first_token_s:.2f} s, "
        f"{stats.tokens_per_s:.0f} tokens/s"
    )

"""Answers that stall, break off, are cancelled or lose their server: what came is kept, nothing leaks or mixes."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from ollama_desk.core.http import HttpLink
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.chat import ChatTurn, Role
from ollama_desk.domain.errors import ModelLoadError, OllamaError, RunnerCrashedError, StreamInterruptedError
from ollama_desk.ollama.client import OllamaClient
from tests.support import models
from tests.support.deadline import wait_for
from tests.support.engine import EngineProcess
from tests.support.models import tiny_model
from tests.support.raw_server import STREAM, Peer, chunk, serving

TURNS = [ChatTurn(Role.USER, "story")]
ENDLESS = [ChatTurn(Role.USER, "endless")]
LONG: dict[str, object] = {"num_ctx": 16384}
PIECE = chunk(b'{"message":{"content":"a"},"done":false}\n')
CANCELS = 500


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[OllamaClient]:
    client = OllamaClient(HttpLink(url))
    try:
        yield client
    finally:
        await client.aclose()


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture
def engine(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    folder = tmp_path_factory.mktemp("e")
    with EngineProcess(folder / "models", {"TMPDIR": str(folder)}) as running:
        running.create("tiny", gguf)
        yield running


async def hear(client: OllamaClient, texts: list[str], turns: list[ChatTurn] = TURNS) -> None:
    """Append what the model says to ``texts``."""
    async with aclosing(client.chat("tiny", turns, options=LONG)) as chunks:
        async for piece in chunks:
            texts.append(piece.content)  # noqa: PERF401 - what came before an error counts


@pytest.mark.parametrize("said", [b"", STREAM, STREAM + PIECE], ids=["nothing", "head", "one token"])
def test_hs08_hs09_a_stalled_answer_is_cancelled_at_once_and_keeps_what_came(said: bytes) -> None:
    reached, gone = asyncio.Event(), asyncio.Event()

    async def answer(peer: Peer) -> None:
        await peer.send(said)
        reached.set()
        if await peer.gone():
            gone.set()

    async def scenario() -> None:
        texts: list[str] = []
        async with serving(answer) as url, client_of(url) as client, TaskScope() as tasks:
            hearing = tasks.spawn(hear(client, texts), name="answer")
            await reached.wait()
            if PIECE in said:
                await wait_for(lambda: _soon(texts), bool)
            was_streaming = client.is_streaming
            hearing.cancel()
            async with asyncio.timeout(10):
                await gone.wait()
            await asyncio.wait({hearing})
            assert (was_streaming, client.is_streaming) == (True, False)
        assert texts == (["a"] if PIECE in said else [])

    asyncio.run(scenario())


async def _soon(texts: list[str]) -> list[str]:
    return list(texts)


def test_hs10_five_hundred_answers_cancelled_anywhere_leave_no_task_no_descriptor_and_no_connection() -> None:
    open_at_server = 0

    async def answer(peer: Peer) -> None:
        nonlocal open_at_server
        open_at_server += 1
        try:
            await peer.send(STREAM)
            while not await peer.gone(0.001):
                await peer.send(PIECE)
        finally:
            open_at_server -= 1

    async def connections() -> int:
        return open_at_server

    async def tasks_now() -> int:
        return len(asyncio.all_tasks())

    async def scenario() -> None:
        chance = random.Random(10)  # noqa: S311 - a fixed seed
        async with serving(answer) as url, client_of(url) as client:
            await _cancel_after(client, 0.05)
            await wait_for(connections, lambda count: count == 0)
            tasks, descriptors = len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))  # noqa: PTH208
            for _ in range(CANCELS):
                await _cancel_after(client, chance.choice((0.0, chance.random() * 0.01)))
            await wait_for(connections, lambda count: count == 0)  # the server has seen each of them go
            assert not client.is_streaming
            await wait_for(tasks_now, lambda count: count <= tasks)
            assert len(os.listdir("/proc/self/fd")) <= descriptors + 1  # noqa: PTH208

    asyncio.run(scenario())


async def _cancel_after(client: OllamaClient, seconds: float) -> None:
    texts: list[str] = []
    async with TaskScope() as tasks:
        hearing = tasks.spawn(hear(client, texts), name="answer")
        await asyncio.wait({hearing}, timeout=seconds)
        hearing.cancel()
        await asyncio.wait({hearing}, timeout=10)
        assert hearing.cancelled()
    assert set(texts) <= {"a"}


def test_sc04_a_killed_runner_is_told_as_such_the_server_stays_and_nothing_is_loaded_unasked(
    engine: EngineProcess,
) -> None:
    async def scenario() -> None:
        texts: list[str] = []
        async with client_of(f"http://127.0.0.1:{engine.port}") as client, TaskScope() as tasks:
            killing = tasks.spawn(_kill_runner_once_it_speaks(engine, texts), name="kill")
            with pytest.raises(RunnerCrashedError, match=r"model's process was killed.*memory"):
                await hear(client, texts, ENDLESS)
            await killing
            assert "".join(texts)  # kept
            assert engine.process.poll() is None
            assert (engine.runners(), await client.ps()) == ([], ())
            texts.clear()
            await hear(client, texts)
            assert "".join(texts) == models.STORY

    asyncio.run(scenario())


async def _kill_runner_once_it_speaks(engine: EngineProcess, texts: list[str]) -> None:
    await wait_for(lambda: _soon(texts), bool)
    (runner,) = engine.runners()
    os.kill(runner, signal.SIGKILL)


def test_sc04_a_runner_that_is_killed_while_it_loads_is_no_riddle(engine: EngineProcess) -> None:
    async def scenario() -> None:
        async with client_of(f"http://127.0.0.1:{engine.port}") as client, TaskScope() as tasks:

            async def kill() -> None:
                runners = await wait_for(lambda: asyncio.to_thread(engine.runners), bool)
                os.kill(runners[0], signal.SIGKILL)

            tasks.spawn(kill(), name="kill")
            with pytest.raises(ModelLoadError, match=r"killed while it loaded the model.*memory"):
                await client.load("tiny")

    asyncio.run(scenario())


def test_hs18_an_answer_of_a_server_that_is_started_anew_is_interrupted_and_never_mixed_with_the_next(
    engine: EngineProcess,
) -> None:
    async def scenario() -> None:
        first: list[str] = []
        second: list[str] = []
        async with client_of(f"http://127.0.0.1:{engine.port}") as client, TaskScope() as tasks:

            async def restart() -> None:
                await wait_for(lambda: _soon(first), bool)
                engine.process.kill()
                await asyncio.to_thread(engine.process.wait)
                engine.start()
                await asyncio.to_thread(engine.wait_ready)

            restarting = tasks.spawn(restart(), name="restart")
            with pytest.raises(StreamInterruptedError):
                await hear(client, first, ENDLESS)
            assert first
            kept = list(first)
            await restarting
            await hear(client, second)
            assert "".join(second) == models.STORY
            assert first == kept

    asyncio.run(scenario())


def test_hs18_the_next_question_to_a_server_that_is_gone_is_an_error_of_ours_and_then_it_answers_again(
    engine: EngineProcess,
) -> None:
    async def scenario() -> None:
        async with client_of(f"http://127.0.0.1:{engine.port}") as client:
            await client.version()
            assert await asyncio.to_thread(engine.stop) == 0
            with pytest.raises(OllamaError):
                await client.version()
            engine.start()
            await asyncio.to_thread(engine.wait_ready)
            with contextlib.suppress(OllamaError):  # a kept connection may break once
                await client.version()
            assert await client.version()

    asyncio.run(scenario())

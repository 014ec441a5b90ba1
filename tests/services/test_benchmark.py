"""A benchmark measures three lengths three times, tells how far it is, gives way to chats, and ends when it is told."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.benchmark import Benchmark, BenchmarkProgress, BenchmarkStep
from ollama_desk.domain.chat import Message, Role
from ollama_desk.domain.errors import BenchmarkRefusedError, OllamaUnreachableError
from ollama_desk.domain.events import (
    BenchmarkFailed,
    BenchmarkFinished,
    BenchmarkProgressed,
    NoticeRaised,
    PullsChanged,
    TokenReceived,
    TurnFinished,
    TurnStarted,
    TurnStopped,
)
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.domain.server import ServerKind
from ollama_desk.services.benchmark import BenchmarkService
from ollama_desk.services.benchmark_prompts import prompt_of
from ollama_desk.storage.database import Database
from ollama_desk.storage.speeds import SpeedStore
from tests.support.engine import EngineProcess
from tests.support.events import EventRecorder
from tests.support.models import tiny_model
from tests.support.speed_desk import LONG_S, STATUS, ScriptedBench, speed_desk

NAME = "tiny:latest"
AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
MODEL = Model("m:latest", digest="d", context_length=32768, capabilities=frozenset({"completion"}))
RUNNING = RunningModel("m:latest", size_bytes=4, vram_bytes=3, context_length=8192)
ANSWER = Message(7, 1, 1, Role.ASSISTANT, "", AT, model="m:latest")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    folder = tmp_path_factory.mktemp("e")
    with EngineProcess(folder / "models", {"TMPDIR": str(folder)}) as running:
        gguf = tiny_model(folder / "tiny.gguf")
        running.create("tiny", gguf, parameters={"num_ctx": 1024})
        running.create("small", gguf, parameters={"num_ctx": 256})
        running.create("vectors", tiny_model(folder / "vectors.gguf", embeds=True))
        yield running


@dataclass(frozen=True, slots=True)
class Bench:
    """The service over a server that is scripted."""

    bus: EventBus
    seen: EventRecorder
    server: ScriptedBench
    service: BenchmarkService
    database: Database

    async def finished(self) -> Benchmark:
        await self.seen.until(lambda: bool(self.seen.of(BenchmarkFinished) + self.seen.of(BenchmarkFailed)), LONG_S)
        assert not self.seen.of(BenchmarkFailed)
        return self.seen.of(BenchmarkFinished)[-1].benchmark

    async def until_asked(self, count: int) -> None:
        async with asyncio.timeout(LONG_S):
            while len(self.server.prompts) < count:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0)

    def steps(self) -> list[BenchmarkProgress]:
        return [event.progress for event in self.seen.of(BenchmarkProgressed)]


@asynccontextmanager
async def bench(folder: Path, server: ScriptedBench, *models: Model, keep_alive: str = "10m") -> AsyncIterator[Bench]:
    bus = EventBus()
    seen = EventRecorder(bus)
    database = await Database.open(folder / "desk.db")
    try:
        async with TaskScope() as tasks:
            service = BenchmarkService(
                SpeedStore(database),
                bus=bus,
                tasks=tasks,
                client=server,
                models=lambda: models or (MODEL,),
                status=lambda: STATUS,
                keep_alive=lambda _name: keep_alive,
                clock=lambda: AT,
            )
            yield Bench(bus, seen, server, service, database)
    finally:
        await database.aclose()


def test_three_lengths_are_measured_three_times_and_kept_with_their_circumstances(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path, ScriptedBench(RUNNING)) as desk:
            desk.service.start("m:latest")
            done = await desk.finished()
            assert [(row.wanted_tokens, len(row.runs)) for row in done.rows] == [(128, 3), (1024, 3), (4096, 3)]
            assert all(abs(row.prompt_tokens - row.wanted_tokens) <= 3 for row in done.rows)
            assert [row.tokens_per_s for row in done.rows] == pytest.approx([103.0, 106.0, 109.0])
            assert (done.load_s, done.context_length, done.gpu_percent, done.digest) == (2.0, 8192, 75, "d")
            assert (done.server, done.server_version, done.at) == (ServerKind.BUILT_IN, "1.2.3", AT)
            (kept,) = await desk.service.results("m:latest")
            assert kept.rows == done.rows
            assert desk.service.progress is None
            steps = desk.steps()
            assert steps[0] == BenchmarkProgress("m:latest")
            assert [(step.wanted_tokens, step.repetition, step.done, step.of) for step in steps[1:3]] == [
                (128, 1, 0, 9),
                (128, 2, 1, 9),
            ]
            assert desk.server.closed == len(desk.server.prompts) == 11
            assert {(each["temperature"], each["seed"]) for each in desk.server.options} == {(0, 42)}
            assert {each["num_predict"] for each in desk.server.options[2:]} == {128}
            assert set(desk.server.kept) == {"10m"}

    asyncio.run(scenario())


@pytest.mark.parametrize(("chosen", "sent"), [("", None), ("0", None), ("0s", None), ("-1", -1)])
def test_a_model_stays_in_memory_as_long_as_was_chosen_and_at_least_for_the_benchmark(
    tmp_path: Path, chosen: str, sent: int | None
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path, ScriptedBench(RUNNING), keep_alive=chosen) as desk:
            desk.service.start("m:latest")
            await desk.finished()
            assert set(desk.server.kept) == {sent}

    asyncio.run(scenario())


def test_no_two_prompts_begin_alike_and_the_same_seed_makes_the_same() -> None:
    prompts = [prompt_of(1000, chars_per_token=4.5, seed=f"a {number}") for number in range(50)]
    assert len({prompt[:4] for prompt in prompts}) == 50
    assert {len(prompt) for prompt in prompts} == {4500}
    assert prompts[3] == prompt_of(1000, chars_per_token=4.5, seed="a 3")
    assert prompt_of(0, chars_per_token=1.0, seed="x")


def test_a_model_that_ends_too_early_is_told_of_as_far_as_it_came(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path, ScriptedBench(RUNNING, ends_after=[16, 16, 100, 5, 60, 3])) as desk:
            desk.service.start("m:latest")
            done = await desk.finished()
            assert [run.answer_tokens for run in done.rows[0].runs] == [100, 5, 60]
            assert done.rows[0].tokens_per_s == pytest.approx((102 + 104) / 2)
            assert [(row.tokens_per_s, row.answer_tokens) for row in done.rows[1:]] == [(None, 3), (None, 3)]

    asyncio.run(scenario())


def test_a_chat_has_precedence_and_what_it_disturbed_is_measured_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        server = ScriptedBench(RUNNING, gates={3: asyncio.Event()})  # the second measurement hangs
        async with bench(tmp_path, server) as desk:
            desk.service.start("m:latest")
            await desk.until_asked(4)
            assert server.closed == 3
            desk.bus.publish(TurnStarted(1, None, ANSWER))
            await desk.seen.wait_for(
                BenchmarkProgressed, lambda event: event.progress.step is BenchmarkStep.WAITING, LONG_S
            )
            assert server.closed == 4  # the server was told to stop
            desk.bus.publish(TurnFinished(ANSWER))
            done = await desk.finished()
            assert [len(row.runs) for row in done.rows] == [3, 3, 3]
            assert len(set(server.prompts)) == len(server.prompts) == 13  # eleven, the disturbed one, one to load again
            waiting = next(at for at, step in enumerate(desk.steps()) if step.step is BenchmarkStep.WAITING)
            before, after = desk.steps()[waiting - 1], desk.steps()[waiting + 1]
            assert before == after

    asyncio.run(scenario())


def test_while_a_chat_is_answered_a_benchmark_waits_for_its_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path, ScriptedBench(RUNNING, is_streaming=True)) as desk:
            desk.bus.publish(TurnStarted(1, None, ANSWER))
            desk.service.start("m:latest")
            await desk.seen.wait_for(
                BenchmarkProgressed, lambda event: event.progress.step is BenchmarkStep.WAITING, LONG_S
            )
            assert desk.server.prompts == []
            desk.bus.publish(TurnStopped(ANSWER))
            assert (await desk.finished()).load_s is None  # to load is not what was measured then

    asyncio.run(scenario())


@pytest.mark.parametrize("asked", [0, 1, 4])
def test_cancelling_stops_the_server_and_leaves_no_result(tmp_path: Path, asked: int) -> None:
    async def scenario() -> None:
        server = ScriptedBench(RUNNING, gates={asked - 1: asyncio.Event()})
        async with bench(tmp_path, server) as desk:
            desk.service.cancel()  # nothing runs
            desk.service.start("m:latest")
            await desk.until_asked(asked)
            desk.service.cancel()
            failed = await desk.seen.wait_for(BenchmarkFailed, timeout_s=LONG_S)
            assert failed == BenchmarkFailed("m:latest", "")
            assert server.closed == len(server.prompts) == asked
            assert (desk.service.progress, await desk.service.results("m:latest")) == (None, ())
            desk.service.start("m:latest")  # and another can begin
            desk.service.cancel()
            await desk.seen.until(lambda: len(desk.seen.of(BenchmarkFailed)) == 2, LONG_S)

    asyncio.run(scenario())


def test_a_server_that_breaks_off_ends_the_benchmark_with_its_sentence(tmp_path: Path) -> None:
    async def scenario() -> None:
        server = ScriptedBench(RUNNING, failures={3: OllamaUnreachableError("The server is gone.")})
        async with bench(tmp_path, server) as desk:
            desk.service.start("m:latest")
            failed = await desk.seen.wait_for(BenchmarkFailed, timeout_s=LONG_S)
            assert failed == BenchmarkFailed("m:latest", "The server is gone.")
            assert await desk.service.results("m:latest") == ()

    asyncio.run(scenario())


def test_a_result_that_cannot_be_kept_is_told_all_the_same(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path, ScriptedBench(RUNNING)) as desk:
            await desk.database.aclose()
            desk.service.start("m:latest")
            assert len((await desk.finished()).rows) == 3
            assert "not kept" in desk.seen.of(NoticeRaised)[0].text

    asyncio.run(scenario())


def test_what_cannot_be_measured_now_is_refused_with_the_reason(tmp_path: Path) -> None:
    others = (
        Model("embeds", capabilities=frozenset({"embedding"})),
        Model("cloud", remote_host="https://example.org"),
        Model("other"),
    )

    async def scenario() -> None:
        server = ScriptedBench(RUNNING, gates={0: asyncio.Event()})
        async with bench(tmp_path, server, MODEL, *others) as desk:
            for name, words in (("embeds", "no text"), ("cloud", "elsewhere"), ("nobody", "not installed")):
                with pytest.raises(BenchmarkRefusedError, match=words):
                    desk.service.start(name)
            server.is_streaming = True
            with pytest.raises(BenchmarkRefusedError, match="download"):
                desk.service.start("m:latest")
            server.is_streaming = False
            job = PullJob(1, "x", PullState.RUNNING, AT)
            desk.bus.publish(PullsChanged((job,)))
            with pytest.raises(BenchmarkRefusedError, match="download"):
                desk.service.start("m:latest")
            desk.bus.publish(PullsChanged((replace(job, state=PullState.PAUSED),)))
            assert desk.service.refusal("m:latest") == ""
            desk.service.start("m:latest")
            with pytest.raises(BenchmarkRefusedError, match="measured already"):
                desk.service.start("m:latest")
            with pytest.raises(BenchmarkRefusedError, match=r'"m:latest" is being measured'):
                desk.service.start("other")
            desk.service.cancel()
            await desk.seen.wait_for(BenchmarkFailed, timeout_s=LONG_S)

    asyncio.run(scenario())


def test_a_real_engine_is_measured_as_far_as_the_models_context_goes(engine: EngineProcess, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with speed_desk(tmp_path, f"http://127.0.0.1:{engine.port}") as desk:
            desk.speed.bench.start(NAME)
            done = (await desk.seen.wait_for(BenchmarkFinished, timeout_s=LONG_S)).benchmark
            assert [row.wanted_tokens for row in done.rows] == [128, 832]
            assert all(abs(row.prompt_tokens - row.wanted_tokens) < row.wanted_tokens / 10 for row in done.rows)
            assert all(row.tokens_per_s and row.prompt_per_s and row.first_token_s for row in done.rows)
            assert (done.context_length, done.digest) == (1024, desk.speed.digest_of(NAME))
            assert done.load_s is not None
            desk.speed.bench.start("small:latest")
            await desk.seen.until(lambda: desk.speed.bench.progress is None, LONG_S)
            small = desk.seen.of(BenchmarkFinished)[-1]
            assert [row.wanted_tokens for row in small.benchmark.rows] == [128]
            assert "no text" in desk.speed.bench.refusal("vectors:latest")

    asyncio.run(scenario())


def test_chats_with_a_real_engine_are_answered_while_a_benchmark_runs(engine: EngineProcess, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with speed_desk(tmp_path, f"http://127.0.0.1:{engine.port}") as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "endless", model=NAME)
            await desk.seen.wait_for(TokenReceived, timeout_s=LONG_S)
            desk.speed.bench.start(NAME)
            await desk.seen.wait_for(
                BenchmarkProgressed, lambda event: event.progress.step is BenchmarkStep.WAITING, LONG_S
            )
            desk.chat.stop(chat.id)
            await desk.seen.wait_for(BenchmarkProgressed, lambda event: event.progress.done == 1, LONG_S)
            answer = await desk.ask("Tell me a story", model=NAME)
            assert answer.content.startswith("Once upon a time")
            done = (await desk.seen.wait_for(BenchmarkFinished, timeout_s=LONG_S)).benchmark
            assert [len(row.runs) for row in done.rows] == [3, 3]

    asyncio.run(scenario())

"""Every answer's speed is kept with its circumstances, by a real engine and by what real servers said."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from ollama_desk.core.bus import EventBus
from ollama_desk.core.http import HttpLink
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.chat import Message, MessageState, Role, TurnStats
from ollama_desk.domain.events import ModelRenamed, SpeedsChanged, TurnFailed, TurnFinished, TurnStarted
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.server import ServerKind
from ollama_desk.domain.speed import Speed
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.speed import SpeedService
from ollama_desk.services.speed_opening import open_speed
from ollama_desk.storage.database import Database
from tests.support import damage
from tests.support.engine import EngineProcess
from tests.support.events import EventRecorder
from tests.support.models import tiny_model
from tests.support.recordings import GENERATIONS, Recording, Replay, recordings
from tests.support.speed_desk import LONG_S, STATUS, speed_desk

NAME = "tiny:latest"
AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    folder = tmp_path_factory.mktemp("e")
    with EngineProcess(folder / "models", {"TMPDIR": str(folder)}) as running:
        running.create("tiny", tiny_model(folder / "tiny.gguf"))
        yield running


def url(engine: EngineProcess) -> str:
    return f"http://127.0.0.1:{engine.port}"


async def kept(seen: EventRecorder, speed: SpeedService, count: int) -> tuple[Speed, ...]:
    await seen.until(lambda: len(seen.of(SpeedsChanged)) >= count, LONG_S)
    return await speed.history(NAME)


def test_answers_of_a_real_engine_are_kept_with_their_circumstances(engine: EngineProcess, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with speed_desk(tmp_path, url(engine)) as desk:
            await desk.client.unload(NAME)
            await desk.models.refresh()
            chat = await desk.library.new_chat()
            first = await desk.ask("Tell me a story", model=NAME, chat_id=chat.id)
            await kept(desk.seen, desk.speed, 1)
            await desk.models.refresh()
            await desk.ask("And another story", model=NAME, chat_id=chat.id)
            one, two = await kept(desk.seen, desk.speed, 2)
            assert first.stats is not None
            assert (one.answer_tokens, one.prompt_tokens) == (first.stats.answer_tokens, first.stats.prompt_tokens)
            assert one.answer_tokens > 8
            assert None not in (one.load_s, one.first_token_s, one.tokens_per_s, one.prompt_per_s)
            assert (two.load_s, two.prompt_per_s) == (None, None)  # in memory, with a cache
            assert (one.context_length, two.context_length) == (4096, 4096)
            assert {each.digest for each in (one, two)} == {desk.speed.digest_of(NAME)} != {""}
            assert {each.server for each in (one, two)} == {ServerKind.BUILT_IN}
            summary = await desk.speed.summary(NAME)
            assert (summary.answers, summary.load_s, summary.first_token_s) == (2, one.load_s, two.first_token_s)
            median = desk.speed.medians()[NAME]
            assert median == pytest.approx(summary.tokens_per_s, rel=0.01)

    asyncio.run(scenario())


def test_what_was_measured_outlives_its_chat_and_the_program_and_goes_with_a_new_name(
    engine: EngineProcess, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with speed_desk(tmp_path, url(engine)) as desk:
            answer = await desk.ask("code", model=NAME)
            before = await kept(desk.seen, desk.speed, 1)
            await desk.library.delete(answer.chat_id)
            assert await desk.speed.history(NAME) == before
        async with speed_desk(tmp_path, url(engine)) as desk:
            assert await desk.speed.history(NAME) == before
            await desk.seen.wait_for(SpeedsChanged, lambda event: event.model == "", LONG_S)
            assert set(desk.speed.medians()) == {NAME}
            desk.bus.publish(ModelRenamed(NAME, "other"))
            await desk.seen.wait_for(SpeedsChanged, lambda event: event.model == "other:latest", LONG_S)
            assert await desk.speed.history(NAME) == ()
            assert await desk.speed.history("other:latest") == (replace(before[0], model="other:latest"),)
            assert desk.speed.medians() == {}  # nothing of that name is installed

    asyncio.run(scenario())


def test_an_answer_that_was_stopped_tells_nothing(engine: EngineProcess, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with speed_desk(tmp_path, url(engine)) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "endless", model=NAME)
            await desk.seen.until(lambda: desk.chat.is_streaming(chat.id), LONG_S)
            desk.chat.stop(chat.id)
            await desk.seen.until(lambda: not desk.chat.is_streaming(chat.id), LONG_S)
            await desk.ask("code", model=NAME)
            assert len(await kept(desk.seen, desk.speed, 1)) == 1

    asyncio.run(scenario())


class Listed:
    """The models of a server, as they were listed last."""

    def __init__(self, models: tuple[Model, ...] = (), running: tuple[RunningModel, ...] = ()) -> None:
        self.models = models
        self.running = running


def recording(generation: str, name: str) -> Recording:
    (found,) = [each for each in recordings(generation) if each.name == name]
    return found


def answer_of(stats: TurnStats | None, *, number: int = 2, model: str = "m:latest") -> Message:
    return Message(number, 1, 1, Role.ASSISTANT, "text", AT, model=model, state=MessageState.COMPLETE, stats=stats)


QUESTION = Message(1, 1, None, Role.USER, "Why?", AT)
STATS = TurnStats(prompt_tokens=100, answer_tokens=50, load_s=2.0, prompt_s=0.5, answer_s=2.0, first_token_s=0.7)
GONE = httpx.MockTransport(lambda _request: httpx.Response(500, json={"error": "out of order"}))


@dataclass(frozen=True, slots=True)
class Place:
    """The service with nothing around it but what a test says."""

    bus: EventBus
    seen: EventRecorder
    database: Database
    speed: SpeedService

    async def answered(self, answer: Message, *, earlier: TurnStats | None = None) -> None:
        """A turn that ended like this; wait until it is kept."""
        count = len(self.seen.of(SpeedsChanged))
        self.bus.publish(TurnStarted(1, None if earlier else QUESTION, replace(answer, stats=earlier)))
        self.bus.publish(TurnFinished(answer))
        await self.seen.until(lambda: len(self.seen.of(SpeedsChanged)) > count, LONG_S)


@asynccontextmanager
async def place(folder: Path, transport: httpx.AsyncBaseTransport, models: Listed) -> AsyncIterator[Place]:
    bus = EventBus()
    database = await Database.open(folder / "desk.db")
    client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=transport))
    try:
        async with TaskScope() as tasks:
            speed = open_speed(database, bus=bus, tasks=tasks, client=client, models=models, status=lambda: STATUS)
            yield Place(bus, EventRecorder(bus), database, speed)
    finally:
        await client.aclose()
        await database.aclose()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_what_real_servers_said_of_their_durations_and_places_is_kept(tmp_path: Path, generation: str) -> None:
    talk, ps = recording(generation, "chat-stream"), recording(generation, "ps-loaded")
    last, (entry, *_) = talk.objects[-1], ps.objects[0]["models"]

    async def scenario() -> None:
        client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=Replay(talk)))
        async with aclosing(client.chat("m", ())) as stream:
            chunks = [chunk async for chunk in stream]
        await client.aclose()
        async with place(tmp_path, Replay(ps), Listed()) as here:
            await here.answered(answer_of(chunks[-1].stats, model=entry["name"]))
            (speed,) = await here.speed.history(entry["name"])
        assert speed.tokens_per_s == pytest.approx(last["eval_count"] / last["eval_duration"] * 1e9, rel=1e-3)
        assert (speed.prompt_tokens, speed.prompt_per_s) == (last["prompt_eval_count"], None)
        assert speed.load_s is None  # it was in memory: 1 to 3 ms
        assert speed.context_length == entry["context_length"]
        assert speed.gpu_percent == round(100 * entry.get("size_vram", 0) / entry["size"])

    asyncio.run(scenario())


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_load_of_a_real_server_is_one_and_with_it_the_prompt_is_measured_whole(
    tmp_path: Path, generation: str
) -> None:
    talk = recording(generation, "chat-after-runner-killed")
    last = talk.objects[-1]

    async def scenario() -> None:
        client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=Replay(talk)))
        async with aclosing(client.chat("m", ())) as stream:
            chunks = [chunk async for chunk in stream]
        await client.aclose()
        async with place(tmp_path, GONE, Listed()) as here:
            await here.answered(answer_of(chunks[-1].stats))
            (speed,) = await here.speed.history("m:latest")
        assert speed.load_s == pytest.approx(last["load_duration"] / 1e9, rel=1e-3)
        expected = last["prompt_eval_count"] / last["prompt_eval_duration"] * 1e9
        assert speed.prompt_per_s == pytest.approx(expected, rel=1e-3)

    asyncio.run(scenario())


def test_a_server_that_does_not_tell_the_place_costs_nothing_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with place(tmp_path, GONE, Listed((Model("m:latest", digest="d"),))) as here:
            await here.answered(answer_of(STATS, model="m"))
            (speed,) = await here.speed.history("m:latest")
            assert (speed.load_s, speed.context_length, speed.gpu_percent) == (2.0, 0, None)
            assert here.speed.medians() == {"m:latest": 25.0}

    asyncio.run(scenario())


def test_the_place_of_a_model_that_stayed_in_memory_is_known_without_asking(tmp_path: Path) -> None:
    running = RunningModel("m:latest", size_bytes=4, vram_bytes=1, context_length=8192)

    async def scenario() -> None:
        async with place(tmp_path, GONE, Listed(running=(running,))) as here:
            await here.answered(answer_of(replace(STATS, load_s=0.002)))
            (speed,) = await here.speed.history("m:latest")
            assert (speed.load_s, speed.context_length, speed.gpu_percent) == (None, 8192, 25)

    asyncio.run(scenario())


def test_of_an_answer_that_was_continued_the_last_part_is_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with place(tmp_path, GONE, Listed()) as here:
            whole = replace(STATS, answer_tokens=90, answer_s=3.0)
            await here.answered(answer_of(whole), earlier=STATS)
            (speed,) = await here.speed.history("m:latest")
            assert (speed.answer_tokens, speed.tokens_per_s, speed.first_token_s) == (40, 40.0, None)
            assert (speed.prompt_per_s, speed.load_s) == (None, None)

    asyncio.run(scenario())


def test_what_failed_told_nothing_or_came_without_figures_is_not_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with place(tmp_path, GONE, Listed()) as here:
            for number, stats in ((2, None), (3, TurnStats())):
                here.bus.publish(TurnStarted(1, QUESTION, answer_of(None, number=number)))
                here.bus.publish(TurnFinished(answer_of(stats, number=number)))
            here.bus.publish(TurnStarted(1, QUESTION, answer_of(None, number=4)))
            here.bus.publish(TurnFailed(answer_of(STATS, number=4)))
            await here.answered(answer_of(STATS, number=5))
            assert len(await here.speed.history("m:latest")) == 1

    asyncio.run(scenario())


def test_medians_are_those_of_the_version_that_is_installed(tmp_path: Path) -> None:
    async def scenario() -> None:
        models = Listed((Model("m:latest", digest="old"), Model("never:latest", digest="x")))
        async with place(tmp_path, GONE, models) as here:
            await here.answered(answer_of(STATS))
            assert here.speed.medians() == {"m:latest": 25.0}
            models.models = (Model("m:latest", digest="new"),)
            assert here.speed.medians() == {}
            assert (await here.speed.summary("m:latest")).answers == 0
            assert len(await here.speed.history("m:latest")) == 1

    asyncio.run(scenario())


def test_st06_a_database_that_cannot_be_written_costs_only_what_would_be_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        await (await damage.fill(tmp_path / "desk.db")).aclose()
        with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as connection:
            connection.execute("PRAGMA user_version=99")
        async with place(tmp_path, GONE, Listed()) as here:
            here.bus.publish(TurnStarted(1, QUESTION, answer_of(None)))
            here.bus.publish(TurnFinished(answer_of(STATS)))
            assert await here.speed.history("m:latest") == ()
            assert not here.seen.of(SpeedsChanged)

    asyncio.run(scenario())

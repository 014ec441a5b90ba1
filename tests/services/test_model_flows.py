"""Every change of a model once by the real engine, and as real servers said it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.errors import ModelNotFoundError, OllamaError
from ollama_desk.domain.model_draft import ModelDraft
from ollama_desk.ollama.client import OllamaClient
from tests.support.engine import EngineProcess
from tests.support.models import tiny_model
from tests.support.models_desk import ModelsDesk, models_desk, refused
from tests.support.recordings import GENERATIONS, Recording, Replay, recordings

Scene = Callable[[ModelsDesk], Awaitable[None]]
NAME = "tiny:latest"


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture
def engine(tmp_path: Path, gguf: Path) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path / "models") as running:
        running.create("tiny", gguf)
        yield running


def played(engine: EngineProcess, scene: Scene, *, undo_s: float = 3600.0) -> None:
    async def scenario() -> None:
        async with models_desk(f"http://127.0.0.1:{engine.port}", undo_s=undo_s) as desk:
            await scene(desk)

    asyncio.run(scenario())


def blobs(engine: EngineProcess) -> set[str]:
    return {path.name for path in (engine.models / "blobs").iterdir()}


def test_copy_rename_and_delete_keep_what_is_shared(engine: EngineProcess) -> None:
    before = blobs(engine)

    async def scene(desk: ModelsDesk) -> None:
        await desk.making.copy("tiny", "twin")
        await desk.making.rename("tiny", "me/Other:v1")
        assert desk.names == await desk.there() == {"twin:latest", "me/Other:v1"}
        deletion = desk.deletions.delete(["twin:latest"])
        assert desk.names == {"me/Other:v1"}
        assert await desk.there() == {"twin:latest", "me/Other:v1"}
        desk.deletions.undo(deletion.id)
        assert desk.names == {"twin:latest", "me/Other:v1"}
        await desk.deletions.finish("twin")
        desk.deletions.delete(["twin:latest"])
        await desk.deletions.finish("twin")
        assert desk.names == await desk.there() == {"me/Other:v1"}
        assert blobs(engine) == before
        await desk.models.load("me/other:v1")
        assert [each.name for each in desk.models.running] == ["me/Other:v1"]

    played(engine, scene)


def test_who_leaves_leaves_no_deleted_model_behind(engine: EngineProcess) -> None:
    async def scene(desk: ModelsDesk) -> None:
        await desk.models.load(NAME)
        desk.deletions.delete([NAME])

    played(engine, scene)
    assert engine.ask("GET", "/api/tags").json == {"models": []}
    assert engine.ask("GET", "/api/ps").json == {"models": []}
    assert blobs(engine) == set()


def test_a_draft_is_a_model_that_says_what_was_worded(engine: EngineProcess) -> None:
    draft = ModelDraft("pirate", NAME, system="Arr.", parameters={"temperature": 0.25, "stop": ["a", "b"]})

    async def scene(desk: ModelsDesk) -> None:
        async with aclosing(desk.making.create(draft)) as steps:
            told = [step.status async for step in steps]
        assert told[-1] == "success"
        details = await desk.models.details("pirate:latest")
        assert details.system == "Arr."
        assert "temperature" in details.parameters
        assert desk.names == {NAME, "pirate:latest"}
        wrong = ModelDraft("wrong", NAME, template="{{ .Prompt")
        with pytest.raises(OllamaError):
            async with aclosing(desk.making.create(wrong)) as steps:
                told = [step.status async for step in steps]
        assert desk.names == {NAME, "pirate:latest"}

    played(engine, scene)


def test_how_long_a_model_stays_can_be_changed_while_it_is_loaded(engine: EngineProcess) -> None:
    async def scene(desk: ModelsDesk) -> None:
        await desk.models.load(NAME, keep_alive="5m")
        [first] = desk.models.running
        await desk.choices.set_keep_alive("tiny", "-1")
        [second] = desk.models.running
        assert first.expires_at is not None
        assert second.expires_at is not None
        assert (second.expires_at - first.expires_at).days > 365
        await desk.models.unload(NAME)
        assert desk.models.running == ()

    played(engine, scene)


def test_a_model_whose_file_is_damaged_says_why_it_is_not_loaded(engine: EngineProcess) -> None:
    largest = max((engine.models / "blobs").iterdir(), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:1000])

    async def scene(desk: ModelsDesk) -> None:
        assert await refused(desk.models.load(NAME), OllamaError)
        assert desk.models.running == ()
        assert not desk.models.changes

    played(engine, scene)


async def ask(client: OllamaClient, what: str, sent: dict[str, Any]) -> None:
    match what:
        case "copy":
            await client.copy(sent["source"], sent["destination"])
        case "delete":
            await client.delete(sent["model"])
        case _:
            await client.unload(sent["model"])


def recorded(generation: str, name: str) -> Recording:
    return next(each for each in recordings(generation) if each.name == name)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_real_servers_take_what_is_sent_for_a_change(generation: str) -> None:
    """The bodies are those that were recorded, and what came back is understood."""

    async def scenario() -> None:
        for name in ("copy", "delete", "unload"):
            recording = recorded(generation, name)
            replay = Replay(recording)
            client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=replay))
            await ask(client, name, recording.sent)
            assert replay.asked == [(recording.method, recording.path)]
            assert json.loads(replay.bodies[0]).items() <= {**recording.sent, "stream": False}.items()
            await client.aclose()

    asyncio.run(scenario())


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", ["copy-missing", "delete-missing"])
def test_what_real_servers_say_of_a_missing_model_is_understood(generation: str, name: str) -> None:
    async def scenario() -> None:
        client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=Replay(recorded(generation, name))))
        action = client.copy("a", "b") if name == "copy-missing" else client.delete("a")
        assert await refused(action, ModelNotFoundError)
        await client.aclose()

    asyncio.run(scenario())

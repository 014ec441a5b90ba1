"""The check for updates with the real engine, another server of this machine, and what a real server told."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.errors import NotInRegistryError
from ollama_desk.domain.events import ModelsChanged, PullFinished, UpdatesChanged
from ollama_desk.domain.updates import CheckState
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.registry.remote import RemoteManifest
from ollama_desk.registry.source import Source
from tests.support.engine import EngineProcess
from tests.support.importing import ImportDesk, import_desk, tiny_bytes, tiny_file
from tests.support.recordings import GENERATIONS, Replay, recordings
from tests.support.registry_server import RegistryServer
from tests.support.updating import UpdatesDesk, play

LONG_S = 60.0
CONFIG = json.dumps({"model_format": "gguf", "model_family": "llama", "model_type": "1M", "file_type": "Q4_0"}).encode()


async def pull(scene: ImportDesk, name: str) -> None:
    """Download a model, and wait until it is listed."""
    had = len(scene.seen.of(PullFinished))
    await scene.desk.pulls.add(name, insecure=True, consented=True)
    await scene.seen.until(lambda: len(scene.seen.of(PullFinished)) > had, LONG_S)
    await scene.desk.models.refresh()


def digest(scene: ImportDesk, name: str) -> str:
    return next(model.digest for model in scene.desk.models.models if model.name == name)


def test_what_was_pulled_is_current_until_its_name_means_another_and_again_once_that_came(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            registry.add(tiny_bytes(), config=CONFIG)
            name = registry.name()
            await pull(scene, name)
            updates = scene.desk.updates
            await updates.check()
            assert (updates.status.current_count, updates.status.updates) == (1, ())
            registry.add(tiny_bytes(), config=CONFIG + b" ")
            await updates.check()
            assert updates.status.names == {name}
            await updates.update(updates.status.names)
            await scene.seen.until(lambda: len(scene.seen.of(PullFinished)) == 2, LONG_S)
            await scene.seen.until(lambda: not updates.status.updates, LONG_S)
            assert digest(scene, name) == hashlib.sha256(registry.manifest()).hexdigest()

    with RegistryServer() as registry:
        asyncio.run(scenario())


def test_copies_and_models_that_were_made_here_are_no_updates(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            registry.add(tiny_bytes(), config=CONFIG)
            registry.add(tiny_bytes(), model="imported", config=CONFIG)
            await pull(scene, registry.name())
            await scene.bring(tiny_file(tmp_path / "tiny.gguf"), name=registry.name("imported"))
            asked = len(registry.seen)
            await scene.desk.updates.check()
            assert scene.desk.updates.status.current_count == 1
            assert len(registry.seen) == asked + 1

    with RegistryServer() as registry:
        asyncio.run(scenario())


def test_another_server_of_this_machine_is_asked_for_its_folder(tmp_path: Path) -> None:
    async def scenario(engine: EngineProcess) -> None:
        registry.add(tiny_bytes(), config=CONFIG)
        body = {"model": registry.name(), "insecure": True, "stream": False}
        assert engine.ask("POST", "/api/pull", body).status == 200
        engine.create(registry.name("made"), tiny_file(tmp_path / "tiny.gguf"))
        async with import_desk(tmp_path, port=engine.port) as scene:
            await scene.seen.wait_for(ModelsChanged, lambda event: len(event.models) == 2, LONG_S)
            await scene.desk.updates.check()
            check = scene.desk.updates.status
            # only the pulled one is asked about, and plain HTTP was never allowed for it here
            assert (check.total, check.failed_count, check.state) == (1, 1, CheckState.ENDED)
            assert check.reason

    with RegistryServer() as registry, EngineProcess(tmp_path / "theirs") as engine:
        asyncio.run(scenario(engine))


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_model_that_a_real_server_lists_can_be_asked_about(generation: str) -> None:
    recording = [each for each in recordings(generation) if each.path == "/api/tags"][-1]

    async def scenario(desk: UpdatesDesk) -> None:
        link = HttpLink("http://127.0.0.1:1", transport=Replay(recording))
        client = OllamaClient(link)
        models = await client.tags()
        await client.aclose()
        desk.install(*models)
        await desk.updates.check()
        assert len(shop.asked) == len(models) == desk.updates.status.asked
        assert "http://127.0.0.1:5000/v2/library/scripted/manifests/latest" in shop.asked
        assert all(event.check.asked <= event.check.total for event in desk.seen.of(UpdatesChanged))

    shop = Empty()
    play(scenario, manifests=shop)


class Empty:
    """A registry without models; what it was asked for."""

    def __init__(self) -> None:
        self.asked = list[str]()

    async def manifest(self, source: Source) -> RemoteManifest:
        self.asked.append(source.manifest_url)
        raise NotInRegistryError("There is none.", status=404)

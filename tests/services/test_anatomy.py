"""The service looks into a real models folder: whose layers are whose, and what deleting gives back."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.anatomy import LayerRole
from ollama_desk.domain.errors import ModelFileError, ModelNotFoundError, RequestFailedError
from ollama_desk.domain.models import Model, ModelDetails
from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.modelfile import modelfile_text
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore
from ollama_desk.services.anatomy import ELSEWHERE, UNSEEN, AnatomyService
from tests.support.engine import EngineProcess

OURS = ServerStatus(ServerState.READY)
FOREIGN = ServerStatus(ServerState.EXTERNAL)
REMOTE = ServerStatus(ServerState.EXTERNAL, address=ServerAddress("192.168.1.9"))
LIBRARY = Path("manifests/registry.ollama.ai/library")


@dataclass
class Server:
    """A server of the test's making, that has what is in a folder."""

    folder: Path
    status: ServerStatus = OURS
    says: dict[str, ModelDetails] = field(default_factory=dict)

    @property
    def store(self) -> ModelStore:
        return ModelStore(self.folder)

    @property
    def models(self) -> tuple[Model, ...]:
        return tuple(Model(files.name.short, files.digest) for files in self.store.models())

    async def details(self, name: str) -> ModelDetails:
        if name in self.says:
            return self.says[name]
        raise RequestFailedError("The server is out of order.", status=500)

    def tell(self, name: str) -> None:
        """Say the Modelfile of a model, as a server does."""
        self.says[name] = ModelDetails(name, modelfile=modelfile_text(self.store.resolve(parse_name(name))))

    def service(self, *, own: Path | None = None) -> AnatomyService:
        return AnatomyService(self, status=lambda: self.status, own_folder=lambda: own or self.folder)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A base, a child that shares its weights, and one that is alone."""
    made = Server(tmp_path / "models")
    store, demo = made.store, resource("demo", "demo.gguf").read_bytes()
    weights, _ = store.blobs.add(demo)
    made_of = Recipe(files={"demo.gguf": weights}, template="{{ .Prompt }}", licenses=("MIT",), parameters={"seed": 1})
    list(store.create(parse_name("base"), made_of))
    list(store.create(parse_name("child"), Recipe(base=parse_name("base"), system="Talk like a pirate.")))
    return made


def test_each_layer_has_its_role_its_size_and_who_shares_it(server: Server) -> None:
    anatomy = asyncio.run(server.service().anatomy("child:latest"))
    roles = {layer.role: layer for layer in anatomy.layers}
    assert set(roles) == {
        LayerRole.WEIGHTS,
        LayerRole.TEMPLATE,
        LayerRole.LICENCE,
        LayerRole.PARAMETERS,
        LayerRole.SYSTEM,
        LayerRole.CONFIGURATION,
    }
    assert roles[LayerRole.WEIGHTS].shared_with == ("base:latest",)
    assert roles[LayerRole.WEIGHTS].size_bytes == resource("demo", "demo.gguf").stat().st_size
    assert roles[LayerRole.SYSTEM].shared_with == ()
    assert roles[LayerRole.SYSTEM].size_bytes == len("Talk like a pirate.")
    assert anatomy.shared_with == ("base:latest",)
    assert not anatomy.reason


def test_deleting_both_gives_back_what_neither_does_alone(server: Server) -> None:
    async def scenario() -> tuple[int | None, int | None, int | None]:
        service = server.service()
        return (
            await service.freed_by(["base"]),
            await service.freed_by(["child:latest"]),
            await service.freed_by(["BASE", "child"]),
        )

    base, child, both = asyncio.run(scenario())
    assert base is not None
    assert child is not None
    assert both == sum(path.stat().st_size for path in server.store.blobs.folder.iterdir())
    assert both > base + child + 100_000  # the weights


def test_what_is_told_is_what_a_server_gives_back(server: Server) -> None:
    blobs = server.store.blobs.folder

    def used() -> int:
        return sum(path.stat().st_size for path in blobs.iterdir())

    with EngineProcess(server.folder) as engine:
        for name in ("child:latest", "base:latest"):
            told = asyncio.run(server.service().freed_by([name]))
            before = used()
            assert engine.ask("DELETE", "/api/delete", {"model": name}).status == 200
            assert before - used() == told


def test_a_damaged_manifest_keeps_its_layers(server: Server) -> None:
    manifest = server.folder / LIBRARY / "child" / "latest"
    manifest.write_bytes(manifest.read_bytes()[:-20])
    anatomy = asyncio.run(server.service().anatomy("base"))
    assert anatomy.shared_with == ("child:latest",)
    with pytest.raises(ModelFileError, match="damaged"):
        asyncio.run(server.service().anatomy("child"))


def test_a_missing_file_is_told_and_gives_nothing_back(server: Server) -> None:
    service = server.service()
    before = asyncio.run(service.anatomy("child"))
    system = next(layer for layer in before.layers if layer.role is LayerRole.SYSTEM)
    BlobFolder(server.folder / "blobs").path(system.digest).unlink()
    after = asyncio.run(service.anatomy("child"))
    assert next(layer for layer in after.layers if layer.role is LayerRole.SYSTEM).is_missing
    assert after.freed_bytes == before.freed_bytes - system.size_bytes


def test_a_model_that_has_gone_is_told_so(server: Server) -> None:
    with pytest.raises(ModelNotFoundError, match="not in the models folder"):
        asyncio.run(server.service().anatomy("nope"))


def test_the_folder_of_another_machine_cannot_be_seen(server: Server) -> None:
    server.status = REMOTE
    assert asyncio.run(server.service().anatomy("base")).reason == ELSEWHERE
    assert asyncio.run(server.service().freed_by(["base"])) is None


def test_the_folder_of_another_server_here_is_found_by_its_modelfile(server: Server, tmp_path: Path) -> None:
    server.status = FOREIGN
    server.tell("child:latest")
    anatomy = asyncio.run(server.service(own=tmp_path / "other").anatomy("child:latest"))
    assert anatomy.shared_with == ("base:latest",)
    assert asyncio.run(server.service(own=tmp_path / "other").freed_by(["child:latest"])) == anatomy.freed_bytes


def test_a_path_that_means_nothing_here_is_no_folder(server: Server, tmp_path: Path) -> None:
    server.status = FOREIGN
    away = Server(tmp_path / "away", FOREIGN)
    away.says["base:latest"] = ModelDetails("base", modelfile=f"FROM /somewhere/blobs/sha256-{'a' * 64}\n")
    assert asyncio.run(away.service().anatomy("base:latest")).reason == UNSEEN
    server.tell("base:latest")  # the folder is there, but what it has is not what the server has
    other = Server(tmp_path / "away", FOREIGN, server.says)
    assert asyncio.run(other.service().anatomy("base:latest")).reason == UNSEEN


def test_what_cannot_be_asked_is_not_told(server: Server) -> None:
    server.status = FOREIGN
    assert asyncio.run(server.service().freed_by(["base:latest"])) is None
    assert asyncio.run(server.service().freed_by([])) == 0
    with pytest.raises(RequestFailedError, match="out of order"):
        asyncio.run(server.service().anatomy("base:latest"))

"""Where the models of the server lie: known of ours, believed of a neighbour that can be checked, else not known."""

import asyncio
from pathlib import Path

import pytest

from ollama_desk.domain.errors import OllamaUnreachableError
from ollama_desk.domain.models import Model, ModelDetails
from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus
from ollama_desk.registry.layers import MODEL
from ollama_desk.registry.manifests import ManifestFolder
from ollama_desk.services.server_folder import ServerFolder
from tests.support.exporting import NAME, install

NEIGHBOUR = ServerStatus(ServerState.EXTERNAL)
BLOB = f"sha256-{'0' * 64}"


class Models:
    """What a server tells of its models."""

    def __init__(self, modelfile: str = "", *models: Model) -> None:
        self.models = models
        self.modelfile = modelfile

    async def details(self, name: str) -> ModelDetails:
        if not self.modelfile:
            raise OllamaUnreachableError("It is gone.")
        return ModelDetails(name, modelfile=self.modelfile)


def found(models: Models, status: ServerStatus = NEIGHBOUR) -> Path | None:
    return asyncio.run(ServerFolder(models, status=lambda: status, own_folder=lambda: Path("/ours")).find())


def filled(folder: Path) -> Model:
    """A model in the folder, as its server lists it."""
    install(folder, (MODEL, b"weights"))
    return Model(NAME, ManifestFolder(folder / "manifests").all()[0].digest)


def test_a_server_of_ours_has_its_own_folder() -> None:
    assert found(Models(), ServerStatus(ServerState.READY)) == Path("/ours")


@pytest.mark.parametrize(
    "status",
    [
        ServerStatus(ServerState.READY, address=ServerAddress("192.0.2.7")),
        ServerStatus(ServerState.EXTERNAL, address=ServerAddress("192.0.2.7")),
        ServerStatus(ServerState.CONFLICT),
    ],
)
def test_a_server_elsewhere_or_none_at_all_has_no_folder_here(status: ServerStatus, tmp_path: Path) -> None:
    model = filled(tmp_path)
    assert found(Models(f"FROM {tmp_path}/blobs/{BLOB}\n", model), status) is None


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_neighbour_tells_its_folder_in_a_modelfile(tmp_path: Path, quote: str) -> None:
    folder = tmp_path / "Modelle 🙂 von nebenan"
    model = filled(folder)
    modelfile = f"# Modelfile\nFROM {quote}{folder}/blobs/{BLOB}{quote}\nTEMPLATE x\n"
    assert found(Models(modelfile, Model("far", remote_host="example.org"), model)) == folder


def test_a_folder_that_has_another_model_under_the_name_is_not_believed(tmp_path: Path) -> None:
    model = filled(tmp_path)
    modelfile = f"FROM {tmp_path}/blobs/{BLOB}"
    assert found(Models(modelfile, Model(model.name, "f" * 64))) is None
    assert found(Models(modelfile, Model("no name!", model.digest))) is None
    assert found(Models(modelfile, Model("wren", model.digest))) is None
    manifest = next(path for path in (tmp_path / "manifests").rglob("*") if path.is_file())
    manifest.write_bytes(b"{")
    assert found(Models(modelfile, model)) is None


@pytest.mark.parametrize("modelfile", ["", "FROM llama3.2:1b\n"])
def test_who_tells_no_folder_has_none(modelfile: str) -> None:
    assert found(Models(modelfile, Model(NAME, "f" * 64))) is None
    assert found(Models(modelfile)) is None

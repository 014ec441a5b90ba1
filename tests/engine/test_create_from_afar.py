"""A model that is made from one which is not there: it is pulled first, in the same stream, as by a real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.blob_contents import MIB, Large
from tests.support.certificate import self_signed
from tests.support.engine import EngineProcess, free_port, until
from tests.support.registry_server import RegistryServer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def engine(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    folder = tmp_path_factory.mktemp("engine")
    with EngineProcess(folder / "models", {"SSL_CERT_FILE": str(certificate)}) as running:
        yield running


@pytest.fixture
def server(certificate: Path) -> Iterator[RegistryServer]:
    with RegistryServer(certificate) as running:
        yield running


def statuses(lines: list[Any]) -> list[str]:
    told = [line.get("status") or line["error"] for line in lines]
    return list(dict.fromkeys(text.split(" sha256:")[0] for text in told))


def test_a_base_that_is_not_there_is_pulled_in_the_same_stream(
    engine: EngineProcess, server: RegistryServer, gguf: Path
) -> None:
    weights, _ = server.add(gguf.read_bytes(), model="afar")
    body = {"model": "mine", "from": server.name("afar"), "system": "Be brief."}
    lines = engine.ask("POST", "/api/create", body).lines
    pulled = lines.index({"status": "success"})
    assert statuses(lines[: pulled + 1]) == [
        "pulling manifest",
        *dict.fromkeys(line["status"] for line in lines[: pulled + 1] if "digest" in line),
        "verifying sha256 digest",
        "writing manifest",
        "success",
    ]
    assert statuses(lines[pulled + 1 :]) == [
        "using existing layer",
        "creating new layer",
        "writing manifest",
        "success",
    ]
    assert lines[pulled + 1] == {"status": f"using existing layer {weights}"}
    shown = engine.ask("POST", "/api/show", {"model": "mine"}).json
    assert shown["system"] == "Be brief."
    names = {entry["name"] for entry in engine.ask("GET", "/api/tags").json["models"]}
    assert names == {"mine:latest", server.name("afar")}


def test_a_base_that_is_there_is_not_asked_for_again(engine: EngineProcess, server: RegistryServer, gguf: Path) -> None:
    server.add(gguf.read_bytes(), model="near")
    engine.ask("POST", "/api/pull", {"model": server.name("near")})
    server.seen.clear()
    body = {"model": "other", "from": server.name("near"), "stream": False}
    assert engine.ask("POST", "/api/create", body).json == {"status": "success"}
    assert not server.seen


def test_a_base_that_nobody_has_ends_the_stream_in_the_words_of_a_pull(
    engine: EngineProcess, server: RegistryServer
) -> None:
    """PL-14."""
    body = {"model": "x", "from": server.name("nope")}
    reply = engine.ask("POST", "/api/create", body)
    assert reply.status == 200
    assert reply.lines == [{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}]
    whole = engine.ask("POST", "/api/create", {**body, "stream": False})
    assert (whole.status, whole.error) == (500, "pull model manifest: file does not exist")


def test_a_base_without_a_network_is_told_in_the_recorded_words(engine: EngineProcess) -> None:
    port = free_port()
    reply = engine.ask("POST", "/api/create", {"model": "x", "from": f"127.0.0.1:{port}/library/nope"})
    url = f"https://127.0.0.1:{port}/v2/library/nope/manifests/latest"
    text = f'pull model manifest: Get "{url}": dial tcp 127.0.0.1:{port}: connect: connection refused'
    assert reply.lines == [{"status": "pulling manifest"}, {"error": text}]


def test_a_client_that_leaves_pauses_the_pull_of_the_base(engine: EngineProcess, server: RegistryServer) -> None:
    digest, _ = server.add(Large(48 * MIB, seed=11), model="slow")
    server.faults.bytes_per_s = 8 * MIB
    connection = engine.connect()
    connection.request("POST", "/api/create", f'{{"model": "x", "from": "{server.name("slow")}"}}')
    response = connection.getresponse()
    for _ in range(5):
        assert response.readline()
    connection.close()
    until(lambda: "/api/create" in engine.log.splitlines()[-1], 20, "the engine did not see that its client has left")
    assert (engine.models / "blobs" / f"{digest.replace(':', '-')}-partial").exists()

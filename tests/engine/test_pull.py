"""The engine's pull against a registry on a real socket: its lines, its words, and how it goes on."""

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.blob_contents import MIB, Large
from tests.support.engine import EngineProcess, free_port, until
from tests.support.recordings import GENERATIONS, recordings
from tests.support.registry_server import Faults, RegistryServer


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path_factory.mktemp("engine") / "models") as running:
        yield running


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as running:
        yield running


def asked(server: RegistryServer, model: str = "tiny", **more: Any) -> dict[str, Any]:
    return {"model": server.name(model), "insecure": True, **more}


def statuses(lines: list[Any]) -> list[str]:
    """Each status once, in order; what names a layer without its name."""
    known = [line.get("status") or line["error"] for line in lines]
    return list(
        dict.fromkeys(
            "pulling a layer" if len(text) == len("pulling 006dfb9c0443") and text[:8] == "pulling " else text
            for text in known
        )
    )


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_pull_has_the_lines_of_a_real_server_in_their_order(
    engine: EngineProcess, server: RegistryServer, generation: str
) -> None:
    (real,) = [recording for recording in recordings(generation) if recording.name == "pull"]
    server.add(b"weights" + generation.encode(), b"a template")
    reply = engine.ask("POST", "/api/pull", asked(server))
    assert (reply.status, reply.headers["content-type"]) == (200, "application/x-ndjson")
    assert statuses(reply.lines) == statuses(real.objects)
    ours, theirs = ([line for line in lines if "digest" in line] for lines in (reply.lines, real.objects))
    assert list(ours[-1]) == list(theirs[-1])  # its fields, in their order


def test_a_pull_that_is_not_streamed_has_one_line(engine: EngineProcess, server: RegistryServer) -> None:
    server.add(b"weights")
    reply = engine.ask("POST", "/api/pull", asked(server, stream=False))
    assert (reply.status, reply.json) == (200, {"status": "success"})


def test_a_missing_model_is_told_in_the_recorded_words(engine: EngineProcess, server: RegistryServer) -> None:
    """PL-14."""
    reply = engine.ask("POST", "/api/pull", asked(server, "none"))
    assert reply.status == 200
    assert reply.lines == [{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}]


def test_a_refused_port_is_told_in_the_recorded_words(engine: EngineProcess) -> None:
    port = free_port()
    reply = engine.ask("POST", "/api/pull", {"model": f"127.0.0.1:{port}/library/x", "insecure": True})
    url = f"http://127.0.0.1:{port}/v2/library/x/manifests/latest"
    text = f'pull model manifest: Get "{url}": dial tcp 127.0.0.1:{port}: connect: connection refused'
    assert reply.lines[-1] == {"error": text}


def test_plain_http_without_leave_is_told_in_the_recorded_words(engine: EngineProcess, server: RegistryServer) -> None:
    reply = engine.ask("POST", "/api/pull", {"model": server.name()})
    url = f"https://{server.host}/v2/library/tiny/manifests/latest"
    text = f'pull model manifest: Get "{url}": tls: first record does not look like a TLS handshake'
    assert reply.lines[-1] == {"error": text}


def test_a_locked_model_is_told_in_ollamas_words(engine: EngineProcess, server: RegistryServer) -> None:
    server.add(b"weights")
    server.faults.token = "bad token"
    reply = engine.ask("POST", "/api/pull", asked(server))
    assert reply.lines[-1] == {"error": "pull model manifest: unauthorized: access denied"}


def test_a_layer_that_does_not_fit_ends_the_stream_with_the_recorded_words(
    engine: EngineProcess, server: RegistryServer
) -> None:
    """PL-06."""
    digest, _ = server.add(b"these are the weights" * 1000)
    server.faults.corrupt = True
    reply = engine.ask("POST", "/api/pull", asked(server))
    assert statuses(reply.lines[:-1])[-1] == "verifying sha256 digest"
    start = f"digest mismatch, file must be downloaded again: want {digest}, got sha256:"
    assert reply.lines[-1]["error"].startswith(start)


def test_a_disk_that_is_too_small_is_a_clear_error(engine: EngineProcess, server: RegistryServer) -> None:
    """PL-09."""
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{'1' * 64}", "size": 1 << 62}
    server.add_manifest(json.dumps({"config": layer, "layers": [layer]}).encode())
    error = engine.ask("POST", "/api/pull", asked(server)).lines[-1]["error"]
    assert error.startswith("no space left on device: The disk that holds")


@pytest.mark.parametrize(
    "name",
    ["../../x", "a b", "x" * 300, "x\0y", "gеmma", "hf.co/../x", "http://host/x/../../etc", "a/b/c/d/e", "%2e%2e/x"],
)
def test_a_name_that_would_lead_elsewhere_is_refused(engine: EngineProcess, name: str) -> None:
    """PL-17."""
    reply = engine.ask("POST", "/api/pull", {"model": name})
    assert (reply.status, reply.error) == (400, "invalid model name")


def test_a_client_that_leaves_pauses_the_pull(engine: EngineProcess, server: RegistryServer) -> None:
    digest, _ = server.add(Large(48 * MIB, seed=7))
    server.faults.bytes_per_s = 16 * MIB
    _leave_after(engine, server, lines=5)
    until(lambda: "/api/pull" in engine.log.splitlines()[-1], 10, "the engine did not see that its client has left")
    partial = engine.models / "blobs" / f"{digest.replace(':', '-')}-partial"
    assert partial.exists()
    server.faults = Faults()
    reply = engine.ask("POST", "/api/pull", asked(server))
    assert reply.lines[-1] == {"status": "success"}
    assert server.sent < (48 + 4) * MIB
    assert not partial.exists()


def test_an_engine_that_is_ended_keeps_what_has_come(server: RegistryServer, tmp_path: Path) -> None:
    server.add(Large(24 * MIB, seed=9))
    server.faults.bytes_per_s = 16 * MIB
    with EngineProcess(tmp_path / "models") as engine, contextlib.closing(engine.connect()) as connection:
        connection.request("POST", "/api/pull", json.dumps(asked(server)))
        response = connection.getresponse()
        for _ in range(12):
            assert response.readline()
        assert engine.stop() == 0
        assert "level=ERROR" not in engine.log
    server.faults = Faults()
    with engine:
        assert engine.ask("POST", "/api/pull", asked(server)).lines[-1] == {"status": "success"}
    assert server.sent < (24 + 4) * MIB


@pytest.mark.parametrize(("told", "removes"), [("", True), ("false", True), ("1", False), ("yes", False)])
def test_an_update_removes_what_it_replaces_unless_the_person_has_said_no(
    server: RegistryServer, tmp_path: Path, told: str, *, removes: bool
) -> None:
    old, _ = server.add(b"the old weights")
    with EngineProcess(tmp_path / "models", {"OLLAMA_NOPRUNE": told}) as engine:
        engine.ask("POST", "/api/pull", asked(server))
        unfinished = engine.models / "blobs" / f"sha256-{'ab' * 32}-partial"
        unfinished.write_bytes(b"of another model")
        server.add(b"the new weights")
        lines = engine.ask("POST", "/api/pull", asked(server)).lines
    assert lines[-1] == {"status": "success"}
    assert ({"status": "removing unused layers"} in lines) is removes
    assert (engine.models / "blobs" / old.replace(":", "-")).exists() is not removes
    assert unfinished.exists()


def test_two_clients_share_one_transfer(engine: EngineProcess, server: RegistryServer) -> None:
    digest, _ = server.add(Large(24 * MIB, seed=8))
    server.faults.bytes_per_s = 16 * MIB
    ends: list[Any] = []
    clients = [
        threading.Thread(target=lambda: ends.append(engine.ask("POST", "/api/pull", asked(server)).lines[-1]))
        for _ in range(2)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join(60)
    assert ends == [{"status": "success"}] * 2
    assert len([seen for seen in server.seen if digest in seen.path]) == 1


def _leave_after(engine: EngineProcess, server: RegistryServer, *, lines: int) -> None:
    """Read some lines of progress; then close the connection."""
    connection = engine.connect()
    try:
        connection.request("POST", "/api/pull", json.dumps(asked(server)))
        response = connection.getresponse()
        for _ in range(lines):
            assert response.readline()
    finally:
        connection.close()

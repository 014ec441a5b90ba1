"""A fresh data folder: the page finds the machine, one click brings the model that fits it, and the model answers.

Every model of the catalogue is to be had in a registry of this machine: a proxy leads there whoever wants Ollama's own.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.registry.reference import DEFAULT_HOST, parse_name
from ollama_desk.services.catalogue import read_catalogue
from tests.support.app import ROOT, App
from tests.support.blob_contents import Content, Large
from tests.support.certificate import self_signed
from tests.support.processes import marked_processes
from tests.support.registry_server import CONFIG, MANIFEST, MODEL, RegistryServer
from tests.support.tunnel import Tunnel

DRIVER = ROOT / "tests" / "e2e" / "first_run_driver.py"
REST = Large(4_000_000)  # so that its coming can be seen
SLOW = 500_000.0  # bytes a second of one connection


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"), DEFAULT_HOST)


@pytest.fixture
def registry(certificate: Path) -> Iterator[RegistryServer]:
    """The demonstration model, under every name of the catalogue."""
    facts = {"model_format": "gguf", "model_family": "llama", "model_type": "184K", "file_type": "F16"}
    parts = [
        (MODEL, Content(resource("demo", "demo.gguf").read_bytes())),
        ("application/x.rest", REST),
        (CONFIG, Content(json.dumps(facts).encode())),
    ]
    rows = [{"mediaType": kind, "digest": part.digest(), "size": part.size} for kind, part in parts]
    told = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": rows[-1], "layers": rows[:-1]}).encode()
    with RegistryServer(certificate) as server:
        server.blobs.update({part.digest(): part for _, part in parts})
        for entry in read_catalogue(resource("catalogue.toml")).entries:
            for size in entry.sizes:
                if size.ollama:
                    name = parse_name(size.ollama)
                    server.add_manifest(told, model=name.model, tag=name.tag)
        server.faults.bytes_per_s = SLOW
        yield server


@pytest.fixture
def internet(registry: RegistryServer, certificate: Path) -> Iterator[dict[str, str]]:
    """What the environment says of it."""
    here = "127.0.0.1,localhost"
    with Tunnel(registry.port) as tunnel:
        yield {
            "HTTPS_PROXY": tunnel.url,
            "https_proxy": tunnel.url,
            "SSL_CERT_FILE": str(certificate),
            "NO_PROXY": here,
            "no_proxy": here,
        }


@pytest.mark.e2e
def test_one_click_on_a_fresh_machine_leads_to_an_answer(
    tmp_path: Path, registry: RegistryServer, internet: dict[str, str]
) -> None:
    with App(tmp_path, "one_click", driver=DRIVER, environment=internet) as app:
        app.wait_for("READY")
        found = app.wait_for("FOUND")
        assert "Built-in engine" in found
        assert f"free in {tmp_path}/models" in found
        proposed = app.wait_for("PROPOSED")
        assert "Download and chat (" in proposed
        assert not registry.seen, "nothing is asked before the click"
        coming = app.wait_for("COMING")
        assert "of " in coming
        registry.faults.bytes_per_s = 0
        assert app.wait_for("CHAT") == "true false"
        assert "Once upon a time" in app.wait_for("ANSWER")
        assert app.wait() == 0, app.errors()
        assert app.errors() == ""
        assert marked_processes(app.owner()) == []


@pytest.mark.e2e
def test_the_first_download_goes_on_after_a_restart_and_leads_to_the_chat(
    tmp_path: Path, registry: RegistryServer, internet: dict[str, str]
) -> None:
    with App(tmp_path, "leave_in_the_middle", driver=DRIVER, environment=internet) as app:
        assert "Paused" in app.wait_for("PAUSED")
        assert app.wait_for("GOES-ON") == '"coming"'
        assert app.wait(60) == 0, app.errors()
    with App(tmp_path, "come_back", driver=DRIVER, environment=internet) as app:
        assert " of 4" in app.wait_for("THERE")
        registry.faults.bytes_per_s = 0
        assert app.wait_for("CHAT") == '"chat"'
        assert app.wait_for("FINISHED") == "1"
        assert app.wait() == 0, app.errors()
        assert app.errors() == ""


@pytest.mark.e2e
def test_without_a_network_it_is_said_and_the_demonstration_model_works(tmp_path: Path) -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    with App(tmp_path, "without_a_network", driver=DRIVER, environment=nowhere) as app:
        failed = app.wait_for("FAILED")
        assert "need no network" in failed
        assert failed.endswith("true"), "one can try again"
        app.wait_for("DEMO")
        assert app.wait() == 0, app.errors()
        assert app.errors() == ""

"""The engine's pull through what stands between it and the open network: a proxy, certificates, a locked door."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificate import self_signed
from tests.support.engine import EngineProcess
from tests.support.registry_server import Refusal, RegistryServer
from tests.support.tunnel import Tunnel

KEY = "hf_theKeyOfThePerson"
MODEL = "hf.co/library/tiny:latest"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"), "hf.co")


@pytest.fixture
def server(certificate: Path) -> Iterator[RegistryServer]:
    with RegistryServer(certificate) as running:
        running.add(b"weights", b"a template")
        yield running


@pytest.fixture
def tunnel(server: RegistryServer) -> Iterator[Tunnel]:
    with Tunnel(server.port) as running:
        yield running


def pulled(folder: Path, environment: dict[str, str], model: str = MODEL) -> tuple[list[Any], str]:
    """The lines, and what the engine wrote to its log."""
    folder.mkdir(exist_ok=True)
    proxies = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    with EngineProcess(folder / "models", {**proxies, **environment}) as engine:
        return engine.ask("POST", "/api/pull", {"model": model}).lines, engine.log


def test_a_locked_model_comes_through_a_proxy_with_the_persons_key(
    server: RegistryServer, tunnel: Tunnel, certificate: Path, tmp_path: Path
) -> None:
    server.faults.token = KEY
    server.faults.redirect = "other"
    environment = {"HTTPS_PROXY": tunnel.url, "SSL_CERT_FILE": str(certificate), "HF_TOKEN": f" {KEY} "}
    lines, log = pulled(tmp_path, environment)
    assert lines[-1] == {"status": "success"}
    assert set(tunnel.wanted) == {"hf.co:443"}
    asked = server.of_kind("manifests")
    assert [seen.authorization for seen in asked] == ["", f"Bearer {KEY}"]  # only once it was refused without
    assert not [seen for seen in server.of_kind("cdn") if seen.authorization]  # another host, other doors
    assert not server.of_kind("token")  # nobody is asked to change it for another one
    assert KEY not in log


def test_a_locked_model_without_a_key_is_told_in_ollamas_words(
    server: RegistryServer, tunnel: Tunnel, certificate: Path, tmp_path: Path
) -> None:
    """PL-14."""
    server.faults.token = KEY
    server.faults.told_token = Refusal(401)
    lines, _ = pulled(tmp_path, {"HTTPS_PROXY": tunnel.url, "SSL_CERT_FILE": str(certificate), "HF_TOKEN": ""})
    assert lines[-1]["error"].startswith("pull model manifest: unauthorized")


def test_a_wrong_key_is_refused_and_not_told_to_anybody(
    server: RegistryServer, tunnel: Tunnel, certificate: Path, tmp_path: Path
) -> None:
    """PL-14."""
    server.faults.token = KEY
    environment = {"HTTPS_PROXY": tunnel.url, "SSL_CERT_FILE": str(certificate), "HF_TOKEN": "hf_anotherOne"}
    lines, log = pulled(tmp_path, environment)
    assert lines[-1] == {"error": "pull model manifest: unauthorized: access denied"}
    assert "hf_anotherOne" not in str(lines) + log


def test_a_certificate_of_nobody_is_named_and_there_is_no_way_around_it(
    server: RegistryServer, tunnel: Tunnel, tmp_path: Path
) -> None:
    """PL-16."""
    lines, _ = pulled(tmp_path, {"HTTPS_PROXY": tunnel.url, "SSL_CERT_FILE": "", "HF_TOKEN": KEY})
    assert "tls: failed to verify certificate: x509: self-signed certificate" in lines[-1]["error"]
    assert not server.seen  # least of all the key


def test_another_registry_never_sees_the_key(server: RegistryServer, certificate: Path, tmp_path: Path) -> None:
    server.faults.token = "another-token"
    lines, _ = pulled(tmp_path, {"SSL_CERT_FILE": str(certificate), "HF_TOKEN": KEY}, server.name())
    assert lines[-1]["status"] == "success"
    assert KEY not in str([seen.headers for seen in server.seen])

"""The way out to the open network: proxies, certificates, and what comes back as an error."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from ollama_desk.core.web import Web
from ollama_desk.domain.errors import (
    CertificateError,
    RegistryAnswerError,
    RegistryInterruptedError,
    RegistryUnreachableError,
)
from tests.support.certificate import self_signed
from tests.support.raw_server import OK, Peer, serving, whole
from tests.support.registry_server import RegistryServer


async def fetched(url: str, web: Web | None = None) -> tuple[int, bytes]:
    web = web or Web()
    try:
        async with web.get(url, headers={}, silence_s=5.0) as answer:
            return answer.status, await answer.read(limit=10_000)
    finally:
        await web.aclose()


def test_the_proxy_of_the_environment_is_used_but_not_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with RegistryServer() as proxy, RegistryServer() as server:
        monkeypatch.setenv("http_proxy", f"http://{proxy.host}")
        server.add(b"weights")
        proxy.add(b"weights")
        path = "/v2/library/tiny/manifests/latest"
        assert asyncio.run(fetched(f"http://registry.invalid{path}"))[0] == 200
        assert proxy.seen[0].path == f"http://registry.invalid{path}"
        assert asyncio.run(fetched(f"http://{server.host}{path}"))[0] == 200
        assert len(proxy.seen) == 1


def test_a_proxy_that_is_not_there_is_named_in_no_riddle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(RegistryUnreachableError, match=r"registry\.invalid"):
        asyncio.run(fetched("http://registry.invalid/v2/"))


def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with RegistryServer() as proxy:  # it knows no CONNECT
        monkeypatch.setenv("https_proxy", f"http://{proxy.host}")
        with pytest.raises(RegistryUnreachableError, match="Check HTTPS_PROXY") as caught:
            asyncio.run(fetched("https://registry.invalid/v2/"))
        assert "proxyconnect tcp" in caught.value.words


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


class _Hello(BaseHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")


class _Quiet(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not like the certificate is what is tested."""


@pytest.fixture
def tls_url(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = _Quiet(("127.0.0.1", 0), _Hello)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_a_certificate_that_nobody_signed_is_named(tls_url: str) -> None:
    """PL-16: on the own machine too, and there is no way around it but to trust the certificate."""
    with pytest.raises(CertificateError, match=r"SSL_CERT_FILE") as caught:
        asyncio.run(fetched(tls_url))
    assert "tls: failed to verify certificate: x509: self-signed certificate" in caught.value.words


def test_a_certificate_that_the_environment_names_is_trusted(
    tls_url: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PL-16."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert asyncio.run(fetched(tls_url)) == (200, b"hello")


def test_an_answer_that_breaks_off_is_an_interruption() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(OK + b"Content-Length: 100\r\n\r\nten bytes.")

    async def scenario() -> None:
        async with serving(answer) as url:
            with pytest.raises(RegistryInterruptedError, match="broke off"):
                await fetched(url)

    asyncio.run(scenario())


def test_what_is_no_http_is_unreachable() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(b"SSH-2.0-OpenSSH_9.2\r\n")

    async def scenario() -> None:
        async with serving(answer) as url:
            with pytest.raises(RegistryUnreachableError, match="cannot be reached"):
                await fetched(url)

    asyncio.run(scenario())


@pytest.mark.parametrize("rest", [b"", b"junk behind the answer"], ids=["closed", "poisoned"])
def test_a_kept_connection_that_is_of_no_use_any_more_costs_nothing(rest: bytes) -> None:
    """The server closes it when the next request comes, or had sent more than it said."""
    heads: list[bytes] = []

    async def answer(peer: Peer) -> None:
        heads.append(peer.head)
        await peer.send(whole(b"hello") + rest)
        await peer.read_head()

    async def scenario() -> None:
        web = Web()
        async with serving(answer) as url:
            for _ in range(3):
                async with web.get(url, headers={}, silence_s=5.0) as response:
                    assert await response.read(limit=100) == b"hello"
            await web.aclose()
        assert len(heads) == 3

    asyncio.run(scenario())


@pytest.mark.parametrize("url", ["http://", "http://127.0.0.1:99999/", "nothing", "http://[::1/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(RegistryAnswerError, match="is no address"):
        asyncio.run(fetched(url))


def test_no_error_tells_the_signature_of_a_link() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    web = Web(transport=httpx.MockTransport(broken))
    with pytest.raises(RegistryUnreachableError) as caught:
        asyncio.run(fetched("https://user:pw@cdn.invalid/x?signature=secret", web))
    told = f"{caught.value} {caught.value.words}"
    assert "secret" not in told
    assert "pw" not in told

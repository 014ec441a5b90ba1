"""A registry of models on a real socket, whose faults are switches; it remembers what it was asked and what it sent."""

import json
import re
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tests.support.blob_contents import CHUNK, Content

MODEL = "application/vnd.ollama.image.model"
CONFIG = "application/vnd.docker.container.image.v1+json"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass
class Refusal:
    """What is said instead of an answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    times: int = -1  # how often; -1: always


@dataclass
class Faults:
    """The switches. All off, it is a registry as one wishes for."""

    bytes_per_s: float = 0.0  # of one connection; 0: as fast as it goes
    cut_after: int = -1  # bytes of the body of a blob; then the connection closes
    cuts: int = -1  # how often; -1: always
    stall_after: int = -1  # bytes of the body of a blob; then nothing more comes
    stalls: int = -1
    corrupt: bool = False  # other bytes than the digest says
    no_ranges: bool = False
    wrong_range: bool = False  # another part than was asked for
    length_error: int = 0  # added to Content-Length
    redirect: str = ""  # where blobs are: "other" (another host name), "loop", "file", or an URL
    token: str = ""  # without it: 401 and where it is to be had
    told_token: Refusal | None = None  # instead of the token
    manifest: Refusal | None = None
    blob: Refusal | None = None
    cdn: Refusal | None = None


@dataclass
class Seen:
    """A request."""

    path: str
    headers: dict[str, str]
    sent: int = 0  # bytes of the body of the answer

    @property
    def kind(self) -> str:
        found = re.search(r"/(manifests|blobs|cdn|token)", self.path)
        return found[1] if found else ""

    @property
    def range(self) -> str:
        return self.headers.get("range", "")

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")


class RegistryServer:
    """Serves the models that it is given, between entering and leaving it.

    Args:
        certificate: with its key, in one file; None: plain HTTP.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.faults = Faults()
        self.seen: list[Seen] = []
        self.stopping = threading.Event()
        self._manifests: dict[str, bytes] = {}
        self.blobs: dict[str, Content] = {}
        registry = self

        class Handler(_Handler):
            served = registry

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.certificate = certificate
        self.scheme = "http" if certificate is None else "https"
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def name(self, model: str = "tiny", tag: str = "latest") -> str:
        return f"{self.host}/library/{model}:{tag}"

    def add(
        self, *layers: Content | bytes, model: str = "tiny", tag: str = "latest", config: bytes = b"{}"
    ) -> list[str]:
        """A model of these layers; the digests, the configuration's last."""
        contents = [layer if isinstance(layer, Content) else Content(layer) for layer in (*layers, config)]
        digests = [content.digest() for content in contents]
        self.blobs.update(zip(digests, contents, strict=True))
        rows: list[dict[str, Any]] = [
            {"mediaType": MODEL, "digest": digest, "size": content.size}
            for digest, content in zip(digests, contents, strict=True)
        ]
        rows[-1]["mediaType"] = CONFIG
        told = {"schemaVersion": 2, "mediaType": MANIFEST, "config": rows[-1], "layers": rows[:-1]}
        self.add_manifest(json.dumps(told).encode(), model=model, tag=tag)
        return digests

    def add_manifest(self, data: bytes, *, model: str = "tiny", tag: str = "latest") -> None:
        self._manifests[f"/v2/library/{model}/manifests/{tag}"] = data

    def manifest(self, model: str = "tiny", tag: str = "latest") -> bytes:
        return self._manifests[f"/v2/library/{model}/manifests/{tag}"]

    def manifest_at(self, path: str) -> bytes | None:
        return self._manifests.get(path)

    def of_kind(self, kind: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.kind == kind]

    @property
    def sent(self) -> int:
        """Bytes of blobs, redirects' bodies not counted."""
        return sum(seen.sent for seen in self.seen if seen.kind in ("blobs", "cdn"))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    certificate: Path | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.certificate is None:
            super().finish_request(request, client_address)
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        with context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that leaves is no news
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: RegistryServer

    def setup(self) -> None:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, CHUNK)  # so that "sent" is nearly "received"
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def log_message(self, *args: object) -> None:
        """Nothing: the tests look at ``seen``."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path  # a client of a proxy sends the whole URL
        self.noted = Seen(self.path, {name.lower(): value for name, value in self.headers.items()})
        self.served.seen.append(self.noted)
        faults, kind = self.served.faults, self.noted.kind
        if kind == "token" and not self._refused(faults.told_token):
            self._whole(200, json.dumps({"token": faults.token}).encode())
        elif kind == "token":
            return
        elif faults.token and kind in ("manifests", "blobs") and self.noted.authorization != f"Bearer {faults.token}":
            realm = (
                f'Bearer realm="{self.served.scheme}://{self.served.host}/token",service="test",scope="repository:pull"'
            )
            self._whole(401, b'{"errors":[]}', {"WWW-Authenticate": realm})
        elif not self._refused({"manifests": faults.manifest, "blobs": faults.blob, "cdn": faults.cdn}.get(kind)):
            self._answer(path, kind)

    def _answer(self, path: str, kind: str) -> None:
        data = self.served.manifest_at(path)
        content = self.served.blobs.get(path.rsplit("/", 1)[-1])
        if kind == "manifests" and data is not None:
            self._whole(200, data, {"Content-Type": MANIFEST})
        elif content is None or kind not in ("blobs", "cdn"):
            self._whole(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
        elif kind == "blobs" and self.served.faults.redirect:
            self._whole(307, b"elsewhere", {"Location": self._elsewhere(path)})
        else:
            self._blob(content)

    def _elsewhere(self, path: str) -> str:
        digest = path.rsplit("/", 1)[-1]
        match self.served.faults.redirect:
            case "other":
                return f"{self.served.scheme}://localhost:{self.served.port}/cdn/{digest}?signature=secret"
            case "loop":
                return path
            case "file":
                return "file:///etc/passwd"
            case other:
                return other

    def _refused(self, refusal: Refusal | None) -> bool:
        if refusal is None or refusal.times == 0:
            return False
        refusal.times -= 1
        self._whole(refusal.status, refusal.body, refusal.headers)
        return True

    def _whole(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, {"Content-Length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _blob(self, content: Content) -> None:
        faults = self.served.faults
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.noted.range)
        if asked is None or faults.no_ranges:
            start, stop, status = 0, content.size, 200
        else:
            start, stop, status = int(asked[1]), min(int(asked[2]) + 1, content.size), 206
        if start >= stop and content.size:
            self._whole(416, b"")
            return
        told = start + 7 if faults.wrong_range else start
        headers = {"Content-Length": str(stop - start + faults.length_error)}
        if status == 206:
            headers["Content-Range"] = f"bytes {told}-{stop - 1}/{content.size}"
        self._head(status, headers)
        for piece in self._pieces(content, start, stop):
            self.wfile.write(piece)
            self.noted.sent += len(piece)
        self.close_connection = self.close_connection or faults.length_error != 0

    def _pieces(self, content: Content, start: int, stop: int) -> Iterator[bytes]:
        faults = self.served.faults
        cut = _taken(faults, "cuts") if faults.cut_after >= 0 else False
        stall = _taken(faults, "stalls") if faults.stall_after >= 0 else False
        limit = start + min(faults.cut_after if cut else stop, faults.stall_after if stall else stop)
        for at in range(start, stop, CHUNK):
            piece = content.read(at, min(at + CHUNK, stop))
            if at + len(piece) > limit:
                yield piece[: max(0, limit - at)]
                if stall:
                    self.served.stopping.wait(60)
                self.close_connection = True
                return
            yield piece.replace(piece[:4], b"\0bad", 1) if faults.corrupt else piece
            if faults.bytes_per_s:
                self.served.stopping.wait(len(piece) / faults.bytes_per_s)


_COUNTING = threading.Lock()


def _taken(faults: Faults, name: str) -> bool:
    """Whether a fault that happens so often happens once more."""
    with _COUNTING:
        left: int = getattr(faults, name)
        if left > 0:
            setattr(faults, name, left - 1)
        return left != 0

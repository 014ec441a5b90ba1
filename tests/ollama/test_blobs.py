"""Blobs arrive whole, once, and whatever goes wrong on the way is a sentence."""

import asyncio
import hashlib
from pathlib import Path

import httpx
import pytest

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.errors import OllamaUnreachableError, RequestFailedError, StorageError
from ollama_desk.ollama.client import OllamaClient


def blob_server(known: set[str], *, is_cut: bool = False) -> httpx.MockTransport:
    """A server that keeps blobs; with ``is_cut`` it takes one and breaks the connection without an answer."""

    def handler(request: httpx.Request) -> httpx.Response:
        digest = request.url.path.rpartition("/")[2]
        if request.method == "HEAD":
            return httpx.Response(200 if digest in known else 404)
        assert request.headers["content-length"] == str(len(request.content))
        assert "transfer-encoding" not in request.headers
        actual = f"sha256:{hashlib.sha256(request.content).hexdigest()}"
        if actual != digest:
            return httpx.Response(400, json={"error": f'digest mismatch, expected "{digest}", got "{actual}"'})
        known.add(digest)
        if is_cut:
            raise httpx.WriteError("")
        return httpx.Response(201)

    return httpx.MockTransport(handler)


def uploaded(file: Path, transport: httpx.MockTransport, digest: str) -> list[int]:
    told: list[int] = []

    async def scenario() -> None:
        client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=transport))
        try:
            await client.upload_blob(digest, file, on_progress=told.append)
        finally:
            await client.aclose()

    asyncio.run(scenario())
    return told


@pytest.fixture
def blob(tmp_path: Path) -> tuple[Path, str]:
    file = tmp_path / "model.gguf"
    data = bytes(range(256)) * 10_000
    file.write_bytes(data)
    return file, f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_a_blob_is_sent_whole_with_its_progress(blob: tuple[Path, str]) -> None:
    known: set[str] = set()
    assert uploaded(blob[0], blob_server(known), blob[1]) == [1_048_576, 2_097_152, 2_560_000]
    assert known == {blob[1]}


def test_a_blob_that_is_there_is_not_sent(blob: tuple[Path, str]) -> None:
    assert uploaded(blob[0], blob_server({blob[1]}), blob[1]) == []


def test_a_cut_upload_that_arrived_after_all_is_a_success(blob: tuple[Path, str]) -> None:
    uploaded(blob[0], blob_server(set(), is_cut=True), blob[1])


def test_a_wrong_digest_a_missing_file_and_a_dead_server_are_errors_of_ours(blob: tuple[Path, str]) -> None:
    with pytest.raises(RequestFailedError, match="checksum is wrong"):
        uploaded(blob[0], blob_server(set()), f"sha256:{'0' * 64}")
    with pytest.raises(StorageError, match="cannot be used"):
        uploaded(blob[0] / "nothing", blob_server(set()), blob[1])
    blob[0].unlink()
    with pytest.raises(StorageError):
        uploaded(blob[0], blob_server(set()), blob[1])
    with pytest.raises(OllamaUnreachableError):
        asyncio.run(OllamaClient(HttpLink("http://127.0.0.1:9")).has_blob(blob[1]))


def test_a_digest_that_is_none_is_refused() -> None:
    async def scenario() -> None:
        transport = httpx.MockTransport(lambda _request: httpx.Response(400))
        client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=transport))
        with pytest.raises(RequestFailedError, match="no reason"):
            await client.has_blob("md5:0")
        await client.aclose()

    asyncio.run(scenario())

"""What an import leaves when the server does not do its part."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.errors import FileChangedError, OllamaError, RequestFailedError
from ollama_desk.domain.imports import ImportState, Placing
from ollama_desk.domain.pace import Pace
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.registry.stretches import Source, Stamp
from ollama_desk.services.import_run import ImportRun
from tests.support.importing import big_file, shares, tiny_bytes, tiny_file

DIGEST = f"sha256:{hashlib.sha256(tiny_bytes()).hexdigest()}"


@dataclass(slots=True)
class OddServer:
    """A server that has the blobs it says, and answers ``create`` as it is told."""

    has: Callable[[str], bool] = lambda _digest: True
    lines: tuple[dict[str, str], ...] = ({"status": "success"},)
    upload_status: int = 201
    hangs: bool = False
    asked: list[str] = field(default_factory=list)
    created: dict[str, str] = field(default_factory=dict)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "HEAD":
            return httpx.Response(200 if self.has(path.rsplit("/", 1)[-1]) else 404)
        body = await request.aread()
        self.asked.append(path)
        if path.startswith("/api/blobs/"):
            error = {"error": "digest mismatch"}
            return httpx.Response(self.upload_status, json=error if self.upload_status >= 400 else None)
        self.created = json.loads(body)["files"]
        self.reached.set()
        if self.hangs:
            await asyncio.Event().wait()
        return httpx.Response(200, text="".join(f"{json.dumps(line)}\n" for line in self.lines))


@dataclass(slots=True)
class Scene:
    """An import in a models folder, with what it told."""

    server: OddServer
    folder: Path
    told: list[tuple[ImportState, int, int]] = field(default_factory=list)

    def run(self, *files: Path, folder: Path | None) -> ImportRun:
        link = HttpLink("http://127.0.0.1:1", transport=httpx.MockTransport(self.server.answer))
        return ImportRun(
            OllamaClient(link),
            files=files,
            name="mine:latest",
            placing=Placing.COPY,
            folder=folder,
            tell=lambda *what: self.told.append(what),
        )

    def left(self) -> list[str]:
        blobs = self.folder / "blobs"
        return [path.name for path in blobs.iterdir()] if blobs.is_dir() else []


def test_a_refused_model_takes_its_blob_along(tmp_path: Path) -> None:
    async def scenario() -> None:
        scene = Scene(OddServer(lines=({"status": "parsing GGUF"}, {"error": "unknown architecture"})), tmp_path / "m")
        with pytest.raises(RequestFailedError, match="unknown architecture"):
            await scene.run(tiny_file(tmp_path / "a.gguf"), folder=scene.folder).run()
        assert scene.server.created == {"model.gguf": DIGEST}
        assert scene.left() == []

    asyncio.run(scenario())


def test_a_server_that_goes_while_it_makes_the_model_leaves_no_blob(tmp_path: Path) -> None:
    async def scenario() -> None:
        scene = Scene(OddServer(lines=({"status": "parsing GGUF"},)), tmp_path / "m")
        with pytest.raises(OllamaError):
            await scene.run(tiny_file(tmp_path / "a.gguf"), folder=scene.folder).run()
        assert scene.left() == []

    asyncio.run(scenario())


def test_cancelling_while_the_model_is_made_leaves_no_blob(tmp_path: Path) -> None:
    async def scenario() -> None:
        scene = Scene(OddServer(hangs=True), tmp_path / "m")
        run = scene.run(tiny_file(tmp_path / "a.gguf"), folder=scene.folder)
        task = asyncio.ensure_future(run.run())
        async with asyncio.timeout(20):
            await scene.server.reached.wait()
        assert len(scene.left()) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert scene.left() == []

    asyncio.run(scenario())


def test_a_server_that_looks_elsewhere_is_sent_the_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        scene = Scene(OddServer(has=lambda _digest: False), tmp_path / "m")
        await scene.run(tiny_file(tmp_path / "a.gguf"), folder=scene.folder).run()
        assert scene.server.asked == [f"/api/blobs/{DIGEST}", "/api/create"]
        assert scene.left() == []
        states = list(dict.fromkeys(state for state, _, _ in scene.told))
        copying = () if shares(tmp_path) else (ImportState.COPYING,)
        assert states == [ImportState.HASHING, *copying, ImportState.SENDING, ImportState.CREATING]
        assert all(done <= total for _, total, done in scene.told)

    asyncio.run(scenario())


def test_a_refused_upload_says_so_unless_the_file_changed(tmp_path: Path) -> None:
    async def scenario() -> None:
        file = tiny_file(tmp_path / "a.gguf")
        scene = Scene(OddServer(has=lambda _digest: False, upload_status=400), tmp_path / "m")
        with pytest.raises(RequestFailedError, match="digest mismatch"):
            await scene.run(file, folder=None).run()

        def change(digest: str) -> bool:
            file.write_bytes(tiny_bytes() + b"more")
            return not digest

        scene.server.has = change
        with pytest.raises(FileChangedError):
            await scene.run(file, folder=None).run()

    asyncio.run(scenario())


def test_a_big_file_is_read_a_little_at_a_time(tmp_path: Path) -> None:
    path = big_file(tmp_path / "big.gguf", 200_000_000)
    sizes = [len(piece) for piece in Source.of_file(Stamp.of(path)).pieces()]
    assert max(sizes) <= 1 << 20
    assert sum(sizes) == path.stat().st_size


def test_the_pace_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    assert pace.at(0.0, 0) == 0.0
    assert pace.at(1.0, 100) == 100.0
    assert pace.at(20.0, 100) == 0.0
    assert pace.at(21.0, 300) == 200.0
    assert pace.at(22.0, 0) == 0.0
    assert pace.at(23.0, 50) == 50.0

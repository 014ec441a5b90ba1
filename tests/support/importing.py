"""A Desk with the real engine for imports, and GGUF files of every kind to give it."""

import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ollama_desk.core.folders import folders
from ollama_desk.domain.events import (
    ImportFailed,
    ImportFinished,
    ImportsChanged,
    ServerStateChanged,
    TurnFailed,
    TurnFinished,
)
from ollama_desk.domain.imports import ImportJob, ImportState, Placing
from ollama_desk.domain.server import ServerAddress, ServerState
from ollama_desk.headless import private_config
from ollama_desk.registry.placing import reflink
from ollama_desk.services.config import DeskConfig
from ollama_desk.services.desk import Desk, open_desk
from tests.support.events import EventRecorder
from tests.support.models import tiny_model

LONG_S = 60.0
TENSOR_ALIGNMENT = 32


@cache
def tiny_bytes() -> bytes:
    """The scripted test model."""
    with TemporaryDirectory() as folder:
        return tiny_model(Path(folder) / "tiny.gguf").read_bytes()


def tiny_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tiny_bytes())
    return path


def text_entry(key: str, text: str) -> bytes:
    """One setting of a GGUF header whose value is a text."""
    words, value = key.encode(), text.encode()
    return struct.pack("<Q", len(words)) + words + struct.pack("<IQ", 8, len(value)) + value


def number_entry(key: str, number: int) -> bytes:
    """One setting whose value is a small number."""
    words = key.encode()
    return struct.pack("<Q", len(words)) + words + struct.pack("<II", 4, number)


def gguf_bytes(entries: Sequence[bytes], tensors: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """A GGUF file with these settings, and tensors of bytes (I8)."""
    infos, data = [], b""
    for name, content in tensors:
        words = name.encode()
        infos.append(struct.pack("<Q", len(words)) + words + struct.pack("<IQIQ", 1, len(content), 24, len(data)))
        data += content + bytes(-len(content) % TENSOR_ALIGNMENT)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries) + b"".join(infos)
    return head + bytes(-len(head) % TENSOR_ALIGNMENT) + data if tensors else head


def big_file(path: Path, size_bytes: int) -> Path:
    """A file with the header of a model and one tensor with a hole for its bytes: as long to read as a real one."""
    head = gguf_bytes([text_entry("general.architecture", "llama"), text_entry("general.name", path.stem)])
    name = b"hole"
    info = struct.pack("<Q", len(name)) + name + struct.pack("<IQIQ", 1, size_bytes, 24, 0)
    head = head[:8] + struct.pack("<Q", 1) + head[16:] + info
    head += bytes(-len(head) % TENSOR_ALIGNMENT)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size_bytes)
    return path


def shares(folder: Path) -> bool:
    """Whether the disk of a folder makes clones, so that nothing is ever copied there."""
    one, other = folder / "one", folder / "other"
    one.write_bytes(b"x")
    try:
        with one.open("rb") as source, other.open("wb") as target:
            return reflink(source.fileno(), target.fileno())
    finally:
        one.unlink()
        other.unlink()


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """What a test of imports holds."""

    desk: Desk
    seen: EventRecorder
    models: Path  # the folder of the Desk's own server

    async def start(self, *files: Path, name: str = "", placing: Placing = Placing.COPY) -> int:
        """Look at the files and begin."""
        offer = await self.desk.imports.examine(files)
        return self.desk.imports.start(offer, name=name or offer.name, placing=placing)

    async def end(self, job_id: int) -> ImportJob:
        """Wait for the end of an import."""
        await self.seen.until(lambda: self.job(job_id).state.is_over, LONG_S)
        return self.job(job_id)

    async def until(self, job_id: int, state: ImportState) -> ImportJob:
        """Wait until an import has come to a state, or ended before."""
        await self.seen.until(lambda: self.job(job_id).state is state or self.job(job_id).state.is_over, LONG_S)
        return self.job(job_id)

    async def bring(self, *files: Path, name: str = "", placing: Placing = Placing.COPY) -> ImportJob:
        """A whole import."""
        return await self.end(await self.start(*files, name=name, placing=placing))

    def job(self, job_id: int) -> ImportJob:
        return next(job for job in self.desk.imports.jobs if job.id == job_id)

    def states(self, job_id: int) -> list[ImportState]:
        """What an import went through."""
        found: list[ImportState] = []
        for event in self.seen.of(ImportsChanged):
            found += [job.state for job in event.jobs if job.id == job_id]
        return [state for before, state in zip([None, *found], found, strict=False) if state is not before]

    def blobs(self) -> set[str]:
        """The files of the models folder."""
        folder = self.models / "blobs"
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()

    async def ask(self, model: str, question: str = "story") -> str:
        """The model's answer."""
        ended = len(self._turns())
        chat = await self.desk.library.new_chat(model)
        await self.desk.chat.send(chat.id, question, model=model)
        await self.seen.until(lambda: len(self._turns()) > ended, LONG_S)
        message = self._turns()[-1].message
        assert not message.error, message.error
        return message.content

    def _turns(self) -> list[TurnFinished | TurnFailed]:
        return [event for event in self.seen.events if isinstance(event, TurnFinished | TurnFailed)]

    @property
    def ends(self) -> list[ImportFinished | ImportFailed]:
        return [event for event in self.seen.events if isinstance(event, ImportFinished | ImportFailed)]


@asynccontextmanager
async def import_desk(folder: Path, *, port: int = 0) -> AsyncIterator[ImportDesk]:
    """A Desk whose server runs: its own, or the stranger at ``port``."""
    config = private_config(folder / "data", {"PATH": "/usr/bin:/bin", "HOME": str(folder)})
    if port:
        config = DeskConfig(
            folders(folder / "data", {}), address=ServerAddress(port=port), environment=config.environment
        )
    async with open_desk(config) as desk:
        seen = EventRecorder(desk.bus)
        desk.server.start()
        wanted = ServerState.EXTERNAL if port else ServerState.READY
        await seen.wait_for(ServerStateChanged, lambda event: event.status.state is wanted, LONG_S)
        yield ImportDesk(desk, seen, config.folders.models)

"""What real Ollama servers said, read from ``tests/recordings`` and said again to a client."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

FOLDER = Path(__file__).resolve().parents[1] / "recordings"
GENERATIONS = ("v0.24.0", "v0.33.0-rc2")
CLOSED = "closed"
ERRORS: dict[str, type[httpx.TransportError]] = {
    "ReadError": httpx.ReadError,
    "RemoteProtocolError": httpx.RemoteProtocolError,
}


@dataclass(frozen=True)
class Recording:
    """One exchange. ``status`` is 0 where the connection ended before an answer."""

    generation: str
    name: str  # of the file, without its number: "chat-stream"
    method: str
    path: str
    sent: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = ()
    end: str = CLOSED
    is_cut: bool = False  # by the recorder, to save space

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON of the answer, line by line."""
        return [json.loads(piece) for piece in self.pieces]

    @classmethod
    def read(cls, path: Path) -> "Recording":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        method, _, target = rows[0]["request"].partition(" ")
        answer: dict[str, Any] = next((row for row in rows if "status" in row), {})
        return cls(
            generation=path.parent.name,
            name=path.stem.partition("-")[2],
            method=method,
            path=target,
            sent=rows[0].get("json", {}),
            status=answer.get("status", 0),
            headers=answer.get("headers", {}),
            pieces=tuple(_piece(row) for row in rows if "line" in row or "body" in row),
            end=rows[-1]["end"],
            is_cut=any("cut_at" in row for row in rows),
        )


def _piece(row: dict[str, Any]) -> bytes:
    return f"{row['line']}\n".encode() if "line" in row else str(row["body"]).encode()


def recordings(generation: str) -> list[Recording]:
    """All exchanges with one server, in the order in which they were made."""
    return [Recording.read(path) for path in sorted((FOLDER / generation).glob("*.jsonl"))]


class Replay(httpx.AsyncBaseTransport):
    """Answers as the recorded server did, and remembers what it was asked.

    Another request than the recorded one is answered with ``otherwise``.
    """

    def __init__(self, recording: Recording, *, otherwise: int = 599) -> None:
        self._recording = recording
        self._otherwise = otherwise
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path))
        self.bodies.append(await request.aread())
        recording = self._recording
        if self.asked[-1] != (recording.method, recording.path):
            return httpx.Response(self._otherwise)
        if recording.status == 0:
            raise _error(recording.end)
        return httpx.Response(recording.status, headers=recording.headers, stream=_Body(recording))


class _Body(httpx.AsyncByteStream):
    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._recording.pieces:
            yield piece
        if self._recording.end != CLOSED:
            raise _error(self._recording.end)


def _error(end: str) -> httpx.TransportError:
    name, _, text = end.partition(": ")
    return ERRORS[name](text)

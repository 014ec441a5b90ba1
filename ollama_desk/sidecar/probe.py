"""Who answers at an address: one small request, one second."""

import asyncio
import contextlib
import json
from dataclasses import dataclass
from enum import StrEnum

from ollama_desk.domain.server import ServerAddress

PROBE_S = 1.0
LIMIT_BYTES = 65_536


class Answer(StrEnum):
    """What came back."""

    NOBODY = "nobody"  # nothing listens
    SILENT = "silent"  # something listens and says nothing
    STRANGER = "stranger"  # something answers, but not as Ollama does
    OLLAMA = "ollama"


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    answer: Answer
    version: str = ""


async def probe(address: ServerAddress, *, timeout_s: float = PROBE_S) -> ProbeAnswer:
    """Ask ``/api/version``. Never raises."""
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            request = f"GET /api/version HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            raw = b""
            while len(raw) < LIMIT_BYTES and (piece := await reader.read(LIMIT_BYTES)):
                raw += piece
        return _understand(raw)
    except TimeoutError:
        return ProbeAnswer(Answer.SILENT if writer is not None else Answer.NOBODY)
    except OSError:
        return ProbeAnswer(Answer.NOBODY if writer is None else Answer.SILENT)
    finally:
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), timeout_s)


def _understand(raw: bytes) -> ProbeAnswer:
    if not raw:
        return ProbeAnswer(Answer.SILENT)
    head, _, body = raw.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n", 1)[0] + b" ":
        return ProbeAnswer(Answer.STRANGER)
    start, end = body.find(b"{"), body.rfind(b"}")
    try:
        value = json.loads(body[start : end + 1])
    except ValueError:
        return ProbeAnswer(Answer.STRANGER)
    version = value.get("version") if isinstance(value, dict) else None
    return ProbeAnswer(Answer.OLLAMA, version) if isinstance(version, str) else ProbeAnswer(Answer.STRANGER)

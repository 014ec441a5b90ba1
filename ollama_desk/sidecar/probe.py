"""Who answers at an address: one small request, one second."""

import asyncio
import json
import ssl
from dataclasses import dataclass
from enum import StrEnum

from ollama_desk.domain.server import ServerAddress

PROBE_S = 1.0
LIMIT_BYTES = 65_536
VERSION_CHARS = 64


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
    """Ask ``/api/version``. Never raises; takes ``timeout_s`` at most.

    A connection alone says nothing: Ollama listens long before it serves.
    """
    secure = ssl.create_default_context() if address.scheme == "https" else None
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(address.host, address.port, ssl=secure)
    except (OSError, TimeoutError):
        return ProbeAnswer(Answer.NOBODY)
    raw = b""
    try:
        async with asyncio.timeout(timeout_s):
            writer.write(f"GET /api/version HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
            while len(raw) < LIMIT_BYTES and (piece := await reader.read(LIMIT_BYTES)):
                raw += piece
                if (answer := understand(raw)).answer is Answer.OLLAMA:
                    return answer
    except (OSError, TimeoutError):
        pass  # what came until then decides
    finally:
        writer.transport.abort()
    return understand(raw)


def understand(raw: bytes) -> ProbeAnswer:
    """What an HTTP response, perhaps a part of one, says of the one who sent it."""
    if not raw:
        return ProbeAnswer(Answer.SILENT)
    head, _, body = raw.partition(b"\r\n\r\n")
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
        return ProbeAnswer(Answer.STRANGER)
    try:  # from brace to brace, so that a chunked body is read as well
        value = json.loads(body[body.find(b"{") : body.rfind(b"}") + 1])
    except (ValueError, RecursionError):
        return ProbeAnswer(Answer.STRANGER)
    version = value.get("version") if isinstance(value, dict) else None
    if not isinstance(version, str):
        return ProbeAnswer(Answer.STRANGER)
    return ProbeAnswer(Answer.OLLAMA, version[:VERSION_CHARS])

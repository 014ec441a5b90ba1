"""A program that answers as Ollama does, as fast and as long as the question says: ``paced_ollama.py PORT``.

A question is words: ``at=N`` tokens a second (none: as fast as they are taken) · ``count=N`` tokens, then done (none:
without end) · ``first=N`` so many tokens before them at once · ``pause=N`` seconds between · ``shape=`` one of
``long_answers``.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from tests.support.long_answers import tokens

MODEL = "paced:latest"
TICK_S = 0.001
BURST = 64  # tokens between two looks at the connection, where there is no pace
DETAILS = {"format": "gguf", "family": "llama", "parameter_size": "1B", "quantization_level": "Q4_0"}
TAGS = {"name": MODEL, "model": MODEL, "size": 1, "digest": "0" * 64, "modified_at": "2026-01-01T00:00:00Z"}
ANSWERS: dict[str, Any] = {
    "/api/version": {"version": "0.99.0"},
    "/api/tags": {"models": [{**TAGS, "details": DETAILS, "capabilities": ["completion"]}]},
    "/api/ps": {"models": []},
    "/api/show": {"details": DETAILS, "model_info": {}, "capabilities": ["completion"]},
}


def line_of(token: str) -> bytes:
    """One line of the stream, as one chunk of its body."""
    message = {"role": "assistant", "content": token}
    told = {"model": MODEL, "created_at": "2026-01-01T00:00:00.000000000Z", "message": message, "done": False}
    return chunk(json.dumps(told).encode() + b"\n")


def last_line(count: int) -> bytes:
    message = {"role": "assistant", "content": ""}
    figures = {"total_duration": 10**9, "load_duration": 1, "prompt_eval_count": 5, "prompt_eval_duration": 1}
    told = {"model": MODEL, "message": message, "done": True, "done_reason": "stop", **figures}
    return chunk(json.dumps({**told, "eval_count": count, "eval_duration": 10**9}).encode() + b"\n")


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ", 2)[1]
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(fields.get("content-length", "0")))
            if path == "/api/chat":
                await stream(writer, json.loads(body)["messages"][-1]["content"])
            else:
                answer(writer, ANSWERS.get(path))
            await writer.drain()
    writer.close()


def answer(writer: asyncio.StreamWriter, told: object) -> None:
    body = json.dumps(told if told is not None else {"error": "no such path"}).encode()
    status = "404 Not Found" if told is None else "200 OK"
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)


async def stream(writer: asyncio.StreamWriter, question: str) -> None:
    words = dict(word.partition("=")[::2] for word in question.split())
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
    lines = (line_of(token) for token in tokens(words.get("shape", "mixed")))
    for line in islice(lines, int(words.get("first", "0"))):
        writer.write(line)
    await writer.drain()
    await asyncio.sleep(float(words.get("pause", "0")))
    count = int(words["count"]) if "count" in words else None
    paced = islice(lines, count)
    if "at" in words:
        await in_time(writer, paced, float(words["at"]))
    else:
        while not writer.is_closing() and (batch := list(islice(paced, BURST))):
            for line in batch:
                writer.write(line)
            await writer.drain()
    writer.write(last_line(count or 0) + b"0\r\n\r\n")


async def in_time(writer: asyncio.StreamWriter, lines: Iterator[bytes], per_s: float) -> None:
    """Write each line when it is due, alone, as a server does that has just got it from the model."""
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    while not writer.is_closing():
        due = int((loop.time() - began) * per_s)
        for line in islice(lines, max(0, due - sent)):
            writer.write(line)
            sent += 1
        if sent < due:
            return
        await writer.drain()
        await asyncio.sleep(TICK_S)


async def serve(port: int) -> None:
    """Serve on loopback until the process ends."""
    server = await asyncio.start_server(talk, "127.0.0.1", port)
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))

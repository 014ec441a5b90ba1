"""What the client sends, how its streams end, and that no server can make it raise anything but a DeskError."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ollama_desk.core.http import HttpLink
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.chat import ChatChunk, ChatTurn, DoneReason, Role
from ollama_desk.domain.errors import (
    DeskError,
    NotOllamaError,
    RequestFailedError,
    StreamInterruptedError,
)
from ollama_desk.ollama.client import OllamaClient
from tests.support.raw_server import STREAM, Peer, chunk, serving

TURNS = [ChatTurn(Role.SYSTEM, "Be brief."), ChatTurn(Role.USER, "hi"), ChatTurn(Role.ASSISTANT, "Hi.", "hm")]
DONE = b'{"message":{"content":"."},"done":true,"done_reason":"stop"}\n'
Use = Callable[[OllamaClient], Awaitable[Any]]


def used(use: Use, body: bytes = b"{}", *, status: int = 200) -> list[tuple[str, str, Any]]:
    """What the client asks when it is used with a server that says ``body`` to everything."""
    asked: list[tuple[str, str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path, json.loads(request.content or b"null")))
        return httpx.Response(status, content=body)

    async def scenario() -> None:
        client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=httpx.MockTransport(handler)))
        try:
            await use(client)
        finally:
            await client.aclose()

    asyncio.run(scenario())
    return asked


async def drained(stream: AsyncGenerator[Any, None], items: list[Any] | None = None) -> list[Any]:
    """All items; those before an error are in ``items``."""
    items = [] if items is None else items
    async with aclosing(stream):
        async for item in stream:
            items.append(item)
    return items


def test_a_chat_sends_the_turns_and_only_what_was_set() -> None:
    plain = used(lambda client: drained(client.chat("tiny", TURNS[:2])), DONE)
    assert plain == [
        (
            "POST",
            "/api/chat",
            {
                "model": "tiny",
                "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}],
                "stream": True,
            },
        )
    ]
    full = used(
        lambda client: drained(
            client.chat("tiny", TURNS[2:], options={"seed": 1}, think=False, keep_alive=0, format="json")
        ),
        DONE,
    )
    assert full[0][2] == {
        "model": "tiny",
        "messages": [{"role": "assistant", "content": "Hi.", "thinking": "hm"}],
        "stream": True,
        "options": {"seed": 1},
        "think": False,
        "keep_alive": 0,
        "format": "json",
    }


@pytest.mark.parametrize(
    ("use", "body", "asked"),
    [
        (lambda client: client.load("a"), b"{}", ("POST", "/api/generate", {"model": "a", "stream": False})),
        (
            lambda client: client.unload("a"),
            b"{}",
            ("POST", "/api/generate", {"model": "a", "stream": False, "keep_alive": 0}),
        ),
        (lambda client: client.show("a"), b"{}", ("POST", "/api/show", {"model": "a"})),
        (lambda client: client.delete("a"), b"", ("DELETE", "/api/delete", {"model": "a"})),
        (lambda client: client.copy("a", "b"), b"", ("POST", "/api/copy", {"source": "a", "destination": "b"})),
        (
            lambda client: client.embed("a", ["x", "y"]),
            b'{"embeddings":[[1,2.5]]}',
            ("POST", "/api/embed", {"model": "a", "input": ["x", "y"]}),
        ),
        (
            lambda client: drained(client.pull("a", insecure=True)),
            b'{"status":"success"}',
            ("POST", "/api/pull", {"model": "a", "insecure": True}),
        ),
        (
            lambda client: drained(
                client.create(
                    "a",
                    from_model="b",
                    files={"m.gguf": "sha256:0"},
                    template="t",
                    system="s",
                    parameters={"num_ctx": 1},
                    licence="MIT",
                )
            ),
            b'{"status":"success"}',
            (
                "POST",
                "/api/create",
                {
                    "model": "a",
                    "from": "b",
                    "files": {"m.gguf": "sha256:0"},
                    "template": "t",
                    "license": "MIT",
                    "system": "s",
                    "parameters": {"num_ctx": 1},
                },
            ),
        ),
        (
            lambda client: drained(client.generate("a", "p", system="s", raw=True, think="low")),
            b'{"response":"x","done":true}',
            (
                "POST",
                "/api/generate",
                {"model": "a", "prompt": "p", "system": "s", "raw": True, "think": "low", "stream": True},
            ),
        ),
    ],
)
def test_each_method_makes_its_one_request(use: Use, body: bytes, asked: tuple[str, str, Any]) -> None:
    assert used(use, body) == [asked]


def test_a_lone_surrogate_in_a_message_is_sent_as_a_replacement_character() -> None:
    asked = used(lambda client: drained(client.chat("tiny", [ChatTurn(Role.USER, "a\ud83d")])), DONE)
    assert asked[0][2]["messages"][0]["content"] == "a\ufffd"


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'"x"', b"{", b"\xff"])
def test_a_success_that_is_no_object_is_not_ollama(body: bytes) -> None:
    uses: list[Use] = [
        lambda client: client.version(),
        lambda client: client.tags(),
        lambda client: client.show("a"),
        lambda client: client.load("a"),
    ]
    for use in uses:
        with pytest.raises(NotOllamaError):
            used(use, body)


def test_an_error_in_a_success_is_still_an_error() -> None:
    with pytest.raises(RequestFailedError) as caught:
        used(lambda client: client.load("a"), b'{"error":"no luck"}')
    assert caught.value.status == 200


@pytest.mark.parametrize(
    ("rest", "says"), [(b"", "broke off"), (b'{"message":{"con', "damaged"), (b"<html>\n", "damaged")]
)
def test_hs02_a_stream_that_ends_without_done_is_interrupted_and_keeps_its_text(rest: bytes, says: str) -> None:
    chunks: list[Any] = []
    with pytest.raises(StreamInterruptedError, match=says):
        used(lambda client: drained(client.chat("tiny", TURNS), chunks), b'{"message":{"content":"so"}}\n' + rest)
    assert chunks == [ChatChunk("so")]


def test_nothing_after_done_is_waited_for() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(STREAM + chunk(DONE))
        await peer.gone()

    async def scenario() -> None:
        async with serving(answer) as url:
            client = OllamaClient(HttpLink(url))
            async with asyncio.timeout(10):
                (last,) = await drained(client.chat("tiny", TURNS))
            assert last.done_reason is DoneReason.STOP
            await client.aclose()

    asyncio.run(scenario())


@pytest.mark.parametrize("by_cancel", [False, True])
def test_leaving_an_answer_early_cancels_it_at_the_server(*, by_cancel: bool) -> None:
    gone = asyncio.Event()

    async def answer(peer: Peer) -> None:
        await peer.send(STREAM + chunk(b'{"message":{"content":"a"},"done":false}\n'))
        if await peer.gone():
            gone.set()

    async def scenario() -> None:
        async with serving(answer) as url:
            client = OllamaClient(HttpLink(url))
            async with TaskScope() as tasks, aclosing(client.chat("tiny", TURNS)) as chunks:
                assert await anext(chunks) == ChatChunk("a")
                if by_cancel:
                    waiting = tasks.spawn(drained(chunks), name="answer")
                    await asyncio.wait([waiting], timeout=0.05)  # it waits for the next piece now
                    waiting.cancel()
                    await asyncio.wait([waiting], timeout=10)
                    assert waiting.cancelled()
            async with asyncio.timeout(10):
                await gone.wait()
            await client.aclose()

    asyncio.run(scenario())


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from([b'{"message":{"content":"a"}}', b'{"error":{}}', b'{"done":true}', b"", b"\xff"]) | st.binary()
    ),
    st.lists(st.integers(0, 2000), max_size=5),
    st.sampled_from([200, 200, 200, 400, 500, 302]),
)
def test_no_body_raises_anything_but_an_error_of_ours(lines: list[bytes], cuts: list[int], status: int) -> None:
    body = b"\n".join(lines)
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]

    class Body(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncGenerator[bytes, None]:
            for start, end in pairwise(edges):
                yield body[start:end]

    async def scenario() -> None:
        transport = httpx.MockTransport(lambda _request: httpx.Response(status, stream=Body()))
        client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=transport))
        uses: list[Awaitable[Any]] = [
            drained(client.chat("a", TURNS)),
            drained(client.pull("a")),
            client.tags(),
            client.version(),
            client.embed("a", []),
        ]
        for use in uses:
            try:
                await use
            except DeskError as error:
                assert str(error)  # noqa: PT017 - either way is right
        await client.aclose()

    asyncio.run(scenario())

"""The engine's raw client, against servers in a runner's place that misbehave."""

import asyncio
from contextlib import aclosing

import pytest

from ollama_desk.domain.errors import RunnerCrashedError
from ollama_desk.engine.link import EOF_TEXT, PAUSE_BYTES, Answer, RunnerLink, SseFramer
from tests.support.raw_server import LAST_CHUNK, OK, STREAM, Peer, chunk, serving, whole


def test_a_whole_answer_is_read_and_the_key_is_sent() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(whole(b"secret" if b"Authorization: Bearer secret\r\n" in peer.head else b"none"))

    async def scenario() -> None:
        async with serving(answer) as url:
            assert await RunnerLink(url, api_key="secret").ask("/x", {}) == Answer(200, b"secret")
            assert await RunnerLink(url).ask("/x", {}) == Answer(200, b"none")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "said",
    [b"", b"garbage\r\n\r\n", STREAM + chunk(b"a"), OK + b"Content-Length: 10\r\n\r\nabc", STREAM + b"zz\r\n"],
    ids=["nothing", "garbage", "no last chunk", "too short", "bad chunk"],
)
def test_hs02_an_answer_that_breaks_off_is_a_crash_of_the_runner(said: bytes) -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(said)

    async def scenario() -> None:
        async with serving(answer) as url:
            with pytest.raises(RunnerCrashedError, match=EOF_TEXT):
                await RunnerLink(url).ask("/x", {})

    asyncio.run(scenario())


def test_where_no_runner_listens_it_has_crashed() -> None:
    async def scenario() -> None:
        for address in ("http://127.0.0.1:1", "unix:///nowhere/runner.sock"):
            with pytest.raises(RunnerCrashedError, match=EOF_TEXT):
                await RunnerLink(address).ask("/x", {})

    asyncio.run(scenario())


def test_a_short_question_that_is_not_answered_has_a_limit() -> None:
    async def answer(peer: Peer) -> None:
        await peer.gone()

    async def scenario() -> None:
        async with serving(answer) as url:
            with pytest.raises(RunnerCrashedError, match="does not answer"):
                await RunnerLink(url).ask("/x", {}, timeout_s=0.1)

    asyncio.run(scenario())


def test_a_reader_that_lags_stops_the_runner_and_gets_everything_in_the_end() -> None:
    pieces = 8 * PAUSE_BYTES // 65_536
    sent = 0

    async def answer(peer: Peer) -> None:
        nonlocal sent
        await peer.send(STREAM)
        for _ in range(pieces):
            await peer.send(chunk(b"x" * 65_536))
            sent += 1
        await peer.send(LAST_CHUNK)

    async def scenario() -> None:
        async with serving(answer) as url, aclosing(RunnerLink(url).stream("/x", {})) as answers:
            first = await anext(answers)
            for _ in range(200):  # long enough for all of it, were it not held back
                await asyncio.sleep(0.001)
            assert sent < pieces
            total = len(first.body)
            async for more in answers:
                total += len(more.body)
            assert total == pieces * 65_536

    asyncio.run(scenario())


def test_leaving_a_stream_closes_the_connection() -> None:
    gone = asyncio.Event()

    async def answer(peer: Peer) -> None:
        await peer.send(STREAM + chunk(b"data: 1\n"))
        if await peer.gone():
            gone.set()

    async def scenario() -> None:
        async with serving(answer) as url:
            async with aclosing(RunnerLink(url).stream("/x", {})) as answers:
                assert (await anext(answers)).body == b"data: 1\n"
            await asyncio.wait_for(gone.wait(), 10)

    asyncio.run(scenario())


def test_events_are_framed_wherever_they_are_cut() -> None:
    body = b'data: {"a":1}\r\n\r\n: comment\n\ndata: two\n\n'
    for cut in range(len(body)):
        framer = SseFramer()
        assert [*framer.feed(body[:cut]), *framer.feed(body[cut:])] == [b'{"a":1}', b"two"]

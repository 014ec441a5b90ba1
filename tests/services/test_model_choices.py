"""Default, preload and keep-alive: kept, sent, and carried out when a server comes up."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime

import httpx

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.chat import ChatTurn, Role
from ollama_desk.domain.server import ServerAddress, ServerState
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.model_choices import KeepingClient
from ollama_desk.services.model_preload import Preloading
from tests.support.models_desk import ModelsDesk, PlainServer, models_desk

Scene = Callable[[ModelsDesk, PlainServer], Awaitable[None]]


def played(scene: Scene, server: PlainServer | None = None, *, state: ServerState = ServerState.READY) -> PlainServer:
    server = server or PlainServer()

    async def scenario() -> None:
        async with models_desk(server, state=state) as desk:
            await scene(desk, server)

    asyncio.run(scenario())
    return server


def watch(desk: ModelsDesk) -> None:
    Preloading(desk.models, wanted=lambda: desk.choices.preloaded, bus=desk.bus, tasks=desk.tasks)


async def at_rest(desk: ModelsDesk) -> None:
    """Until the server has said what it was asked for."""
    await desk.models.refresh()
    await desk.until(lambda: not desk.models.changes)


async def at_rest_but_for(desk: ModelsDesk, name: str) -> None:
    await desk.until(lambda: {change.name for change in desk.models.changes} == {name})


def test_a_default_and_what_is_loaded_at_the_start_are_kept() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        await desk.choices.set_default("small:1b")
        assert desk.choices.default == "small:1b"
        for name in ("small:1b", "large:7b", "Small:1b"):
            await desk.choices.set_preload(name, wanted=True)
        assert list(desk.choices.preloaded) == ["small:1b", "large:7b"]
        await desk.choices.set_preload("SMALL:1b", wanted=False)
        await desk.choices.set_preload("gone", wanted=False)
        assert list(desk.choices.preloaded) == ["large:7b"]

    assert played(scene).asked == []


def test_how_long_a_model_stays_is_sent_whenever_it_is_loaded() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        await desk.choices.set_keep_alive("small:1b", "30m")
        assert server.asked == []
        await desk.models.load("small:1b")
        assert server.sent[-1]["keep_alive"] == "30m"
        await desk.models.load("small:1b", keep_alive="-1")
        assert server.sent[-1]["keep_alive"] == -1
        await desk.models.load("large:7b")
        assert "keep_alive" not in server.sent[-1]

    played(scene)


def test_how_long_a_model_stays_is_told_at_once_where_it_is_loaded() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        await desk.choices.set_keep_alive("small:1b", "-1")
        assert server.sent[-1] == {"model": "small:1b", "stream": False, "keep_alive": -1}
        await desk.choices.set_keep_alive("small:1b", "")
        assert server.sent[-1] == {"model": "small:1b", "stream": False}
        await desk.choices.set_keep_alive("small:1b", "0")
        assert server.sent[-1]["keep_alive"] == 0
        assert desk.models.running == ()

    played(scene, PlainServer(loaded=["small:1b"]))


def test_every_question_says_how_long_its_model_stays() -> None:
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200, content=b'{"message":{"role":"assistant","content":"yes"},"done":true}\n')

    async def scenario() -> None:
        client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=httpx.MockTransport(answer)))
        asked = KeepingClient(client, keep_alive={"small:1b": "-1", "large:7b": ""}.__getitem__)
        for model in ("small:1b", "large:7b"):
            chunks = asked.chat(model, (ChatTurn(Role.USER, "?"),), options={"seed": 1})
            async with aclosing(chunks):
                assert [chunk.content async for chunk in chunks] == ["yes"]
        await client.aclose()

    asyncio.run(scenario())
    assert b'"keep_alive":-1' in bodies[0]
    assert b"keep_alive" not in bodies[1]
    assert b'"seed":1' in bodies[0]


def test_what_is_wanted_is_loaded_in_its_order_when_the_server_is_up() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        await desk.settings.change(preload_models=("large:7b", "gone:1b", "small"))
        server.models["small:latest"] = "d" * 64
        watch(desk)
        desk.server_is(ServerState.STARTING)
        assert server.asked == []
        desk.server_is(ServerState.READY, pid=1)
        await desk.until(lambda: server.asked == ["generate large:7b", "generate small:latest"])
        await desk.until(lambda: not desk.models.changes)
        assert desk.notices == []
        desk.server_is(ServerState.READY, pid=1, version="1.0")  # no other start
        desk.server_is(ServerState.DEGRADED, pid=1)
        desk.server_is(ServerState.READY, pid=1)
        await at_rest(desk)
        assert len(server.asked) == 2
        server.loaded.clear()
        desk.server_is(ServerState.BACKOFF)
        desk.server_is(ServerState.READY, pid=2, started_at=datetime.now(UTC))
        await desk.until(lambda: len(server.asked) == 4)

    played(scene, state=ServerState.STOPPED)


def test_what_was_deleted_just_now_is_not_loaded() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        await desk.settings.change(preload_models=("small:1b", "large:7b"))
        watch(desk)
        deletion = desk.deletions.delete(["small:1b"])
        desk.server_is(ServerState.READY, pid=2)
        await desk.until(lambda: server.loaded == ["large:7b"])
        await at_rest_but_for(desk, deletion.models[0].name)
        assert desk.names == {"large:7b"}
        assert desk.notices == []

    played(scene)


def test_a_model_that_is_never_kept_is_loaded_all_the_same_when_that_is_asked_for() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        await desk.choices.set_keep_alive("small:1b", "0s")
        await desk.models.load("small:1b")
        assert "keep_alive" not in server.sent[-1]
        assert server.loaded == ["small:1b"]

    played(scene)


def test_what_is_loaded_already_is_left_alone() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        await desk.settings.change(preload_models=("small:1b", "large:7b"))
        watch(desk)
        desk.server_is(ServerState.EXTERNAL)
        await desk.until(lambda: server.asked == ["generate large:7b"])
        await desk.until(lambda: not desk.models.changes)

    played(scene, PlainServer(loaded=["small:1b"]), state=ServerState.STOPPED)


def test_one_that_cannot_be_loaded_is_told_of_and_the_next_has_its_turn() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.refuses["generate large:7b"] = "not enough memory"
        await desk.settings.change(preload_models=("large:7b", "small:1b"))
        watch(desk)
        desk.server_is(ServerState.READY)
        await desk.until(lambda: "generate small:1b" in server.asked)
        [notice] = desk.notices
        assert notice.startswith("large:7b could not be loaded with the server. ")
        assert "not enough memory" in notice

    played(scene, state=ServerState.STOPPED)


def test_a_server_on_another_machine_is_left_alone() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        await desk.settings.change(preload_models=("large:7b",))
        watch(desk)
        desk.server_is(ServerState.EXTERNAL, address=ServerAddress("models.example.org", 80))
        await at_rest(desk)
        assert server.asked == []

    played(scene, state=ServerState.STOPPED)


def test_nothing_wanted_asks_nothing() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        watch(desk)
        desk.server_is(ServerState.READY)
        await at_rest(desk)

    assert played(scene, state=ServerState.STOPPED).asked == []

"""Loading and unloading show at once, can be given up, and are taken back where the server refuses."""

import asyncio
from collections.abc import Awaitable, Callable

from ollama_desk.domain.errors import OllamaError
from ollama_desk.domain.events import ModelsChanged
from ollama_desk.domain.models import RunningModel
from ollama_desk.domain.pending import ChangeKind, PendingChange
from ollama_desk.domain.server import ServerState
from tests.support.models_desk import ModelsDesk, PlainServer, models_desk, refused

Scene = Callable[[ModelsDesk, PlainServer], Awaitable[None]]
LOADING = RunningModel("small:1b", is_loading=True)


def played(scene: Scene, server: PlainServer | None = None) -> PlainServer:
    server = server or PlainServer()

    async def scenario() -> None:
        async with models_desk(server) as desk:
            await scene(desk, server)

    asyncio.run(scenario())
    return server


def test_a_model_is_shown_as_loading_until_it_is_loaded() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        gate = server.gates["generate"] = asyncio.Event()
        desk.tasks.spawn(desk.models.load("Small:1b"), name="load")
        await desk.until(lambda: desk.models.running == (LOADING,))
        assert desk.changing == {(ChangeKind.LOAD, "small:1b")}
        gate.set()
        await desk.until(lambda: not desk.models.changes)
        assert desk.models.running == (RunningModel("small:1b", size_bytes=9),)

    played(scene)


def test_a_model_that_cannot_be_loaded_says_why_and_is_not_loaded() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.refuses["generate small:1b"] = "model requires more system memory (9 GiB) than is available (2 GiB)"
        assert "memory" in await refused(desk.models.load("small:1b"), OllamaError)
        assert any(LOADING in event.running for event in desk.seen.of(ModelsChanged))
        assert desk.models.running == ()
        assert not desk.models.changes

    played(scene)


def test_unloading_a_model_that_is_being_loaded_gives_the_loading_up() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.gates["generate small:1b"] = asyncio.Event()
        first, second = (
            desk.tasks.spawn(desk.models.load("small:1b", keep_alive=text), name="load") for text in ("", "5m")
        )
        await desk.until(lambda: len(server.asked) == 2)
        server.gates.clear()
        await desk.models.unload("small:1b")
        await asyncio.wait({first, second})
        assert desk.models.running == ()
        assert not desk.models.changes
        assert desk.notices == []
        assert server.sent[-1]["keep_alive"] == 0

    played(scene)


def test_a_model_that_is_unloaded_is_gone_at_once_and_back_where_that_is_refused() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.refuses["generate small:1b"] = "no"
        await refused(desk.models.unload("small:1b"), OllamaError)
        assert any(event.running == () and event.changes for event in desk.seen.of(ModelsChanged))
        assert [each.name for each in desk.models.running] == ["small:1b"]
        server.refuses.clear()
        await desk.models.unload("small:1b")
        assert desk.models.running == ()

    played(scene, PlainServer(loaded=["small:1b"]))


def test_a_change_that_was_made_stays_where_the_list_cannot_be_had() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        for kind, name in ((ChangeKind.DELETE, "large:7b"), (ChangeKind.LOAD, "small:1b")):
            async with desk.models.showing(PendingChange(kind, name)):
                server.is_away = True
            assert not desk.models.changes
        assert desk.names == {"small:1b"}
        assert desk.models.running == ()

    played(scene)


def test_an_answer_to_an_earlier_question_does_not_undo_what_was_done_since() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        gate = server.gates["tags"] = asyncio.Event()
        asked = desk.tasks.spawn(desk.models.refresh(), name="an earlier question")
        await asyncio.sleep(0)
        deleting = desk.tasks.spawn(desk.deletions.finish("large:7b"), name="delete")
        del server.gates["tags"]
        gate.set()
        await asyncio.wait({asked, deleting})
        names = [{model.name for model in event.models} for event in desk.seen.of(ModelsChanged)]
        gone = names.index({"small:1b"}) if {"small:1b"} in names else len(names)
        assert all(each == {"small:1b"} for each in names[gone:])

    async def deleted_first(desk: ModelsDesk, server: PlainServer) -> None:
        desk.deletions.delete(["large:7b"])
        await scene(desk, server)

    played(deleted_first)


def test_a_server_that_stops_takes_what_is_loading_with_it() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.gates["generate"] = asyncio.Event()
        desk.tasks.spawn(desk.models.load("small:1b"), name="load")
        await desk.until(lambda: bool(desk.models.changes))
        server.is_away = True
        desk.server_is(ServerState.STOPPED)
        assert desk.names == set()
        server.gates["generate"].set()
        await desk.until(lambda: not desk.models.changes)
        assert desk.models.running == ()

    played(scene)

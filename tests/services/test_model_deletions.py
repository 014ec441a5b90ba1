"""What is deleted is gone from sight at once, and from the server only when nobody took it back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from ollama_desk.domain.chat import Message, MessageState, Role
from ollama_desk.domain.errors import ModelNotFoundError, PullRefusedError
from ollama_desk.domain.events import ImportFinished, ModelsChanged, PullsChanged, TurnStarted
from ollama_desk.domain.imports import ImportJob, ImportState
from ollama_desk.domain.pending import ChangeKind
from ollama_desk.domain.server import ServerAddress, ServerState
from tests.support.deadline import wait_for
from tests.support.models_desk import LIMIT_S, ModelsDesk, PlainServer, models_desk

SOON_S = 0.05
Scene = Callable[[ModelsDesk, PlainServer], Awaitable[None]]


def played(scene: Scene, server: PlainServer | None = None, *, undo_s: float = 3600.0) -> PlainServer:
    """What the server is after ``scene``."""
    server = server or PlainServer()

    async def scenario() -> None:
        async with models_desk(server, undo_s=undo_s) as desk:
            await scene(desk, server)

    asyncio.run(scenario())
    return server


async def settled(desk: ModelsDesk) -> None:
    """Until nothing is under way."""
    await desk.until(lambda: not desk.models.changes)


def answer_of(model: str) -> TurnStarted:
    at = datetime.now(UTC)
    message = Message(1, 1, None, Role.ASSISTANT, "", model=model, state=MessageState.STREAMING, created_at=at)
    return TurnStarted(1, None, message)


def test_a_deleted_model_vanishes_at_once_and_the_server_hears_of_it_later() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        desk.deletions.delete(["small:1b"])
        assert desk.names == {"large:7b"}
        assert desk.seen.of(ModelsChanged)[-1].models == desk.models.models
        assert desk.changing == {(ChangeKind.DELETE, "small:1b")}
        assert server.asked == []
        await settled(desk)
        assert server.asked == ["delete small:1b"]
        assert desk.names == {"large:7b"}

    assert set(played(scene, undo_s=SOON_S).models) == {"large:7b"}


def test_what_is_taken_back_is_there_again_and_nothing_was_sent() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        deletion = desk.deletions.delete(["small:1b", "large:7b"])
        assert [model.name for model in deletion.models] == ["small:1b", "large:7b"]
        assert desk.names == set()
        assert desk.deletions.undo(deletion.id)
        assert desk.names == {"small:1b", "large:7b"}
        assert not desk.models.changes
        await desk.models.refresh()
        assert server.asked == []

    assert len(played(scene).models) == 2


def test_several_are_one_deletion() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        deletion = desk.deletions.delete(["small:1b", "large:7b"])
        await settled(desk)
        assert server.asked == ["delete small:1b", "delete large:7b"]
        assert not desk.deletions.undo(deletion.id)
        assert desk.names == set()

    played(scene, undo_s=SOON_S)


def test_one_that_is_loaded_is_unloaded_first() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        desk.deletions.delete(["small:1b"])
        assert desk.models.running == ()
        await settled(desk)
        assert server.asked == ["generate small:1b", "delete small:1b"]
        assert server.sent[0]["keep_alive"] == 0

    played(scene, PlainServer(loaded=["small:1b"]), undo_s=SOON_S)


def test_a_server_that_cannot_unload_deletes_all_the_same() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.refuses["generate small:1b"] = "out of order"
        desk.deletions.delete(["small:1b"])
        await settled(desk)

    assert set(played(scene, PlainServer(loaded=["small:1b"]), undo_s=SOON_S).models) == {"large:7b"}


def test_what_the_server_refuses_comes_back_with_its_sentence() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.refuses["delete small:1b"] = "the file is in use"
        desk.deletions.delete(["small:1b", "large:7b"])
        await settled(desk)
        assert desk.names == {"small:1b"}
        [notice] = desk.notices
        assert notice.startswith('"small:1b" was not deleted. ')
        assert "the file is in use" in notice

    played(scene, undo_s=SOON_S)


def test_one_that_is_gone_already_is_deleted() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        desk.deletions.delete(["small:1b"])
        del server.models["small:1b"]
        await settled(desk)
        assert desk.notices == []

    played(scene, undo_s=SOON_S)


def test_another_model_of_that_name_is_not_deleted() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.models["small:1b"] = "f" * 64
        desk.deletions.delete(["small:1b"])
        await settled(desk)
        assert desk.names == {"small:1b", "large:7b"}
        assert desk.notices == ['"small:1b" was not deleted. Another model has this name by now.']

    assert "delete small:1b" not in played(scene, undo_s=SOON_S).asked


def test_what_is_downloaded_or_not_there_is_refused_and_all_stay() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        desk.pulling.add("large:7b")
        with pytest.raises(PullRefusedError, match="being downloaded"):
            desk.deletions.delete(["small:1b", "large:7b"])
        with pytest.raises(ModelNotFoundError, match="not installed"):
            desk.deletions.delete(["small:1b", "gone:1b"])
        assert desk.names == {"small:1b", "large:7b"}
        desk.deletions.delete(["small:1b"])
        with pytest.raises(ModelNotFoundError):
            desk.deletions.delete(["small:1b"])

    played(scene)


def test_a_chat_that_uses_it_keeps_it() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        deletion = desk.deletions.delete(["small:1b", "large:7b"])
        desk.bus.publish(answer_of("Small:1b"))
        assert desk.names == {"small:1b"}
        assert desk.notices == ['"Small:1b" is used, so it was not deleted.']
        assert desk.deletions.undo(deletion.id)
        assert desk.names == {"small:1b", "large:7b"}

    played(scene)


def test_loading_it_keeps_it() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        desk.deletions.delete(["small:1b"])
        await desk.models.load("small:1b")
        await desk.until(lambda: "small:1b" in desk.names)
        await settled(desk)
        shown = desk.seen.of(ModelsChanged)[-1]
        assert ({model.name for model in shown.models}, shown.changes) == (desk.names, ())

    played(scene)


def test_a_download_or_an_import_of_it_keeps_it() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        desk.deletions.delete(["small:1b", "large:7b"])
        desk.bus.publish(PullsChanged(()))
        assert desk.names == set()
        desk.pulling.add("small:1b")
        desk.bus.publish(PullsChanged(()))
        assert desk.names == {"small:1b"}
        desk.bus.publish(ImportFinished(ImportJob(1, "large:7b", ImportState.FINISHED)))
        assert desk.names == {"small:1b", "large:7b"}

    played(scene)


def test_while_the_server_is_down_the_wish_is_kept() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        desk.server_is(ServerState.BACKOFF)
        server.is_away = True
        desk.deletions.delete(["small:1b"])
        for _ in range(50):  # turns of the loop: the time to take it back is over
            await asyncio.sleep(0)
        assert desk.changing == {(ChangeKind.DELETE, "small:1b")}
        server.is_away = False
        desk.server_is(ServerState.READY)
        await settled(desk)
        assert desk.names == {"large:7b"}

    assert set(played(scene, undo_s=0).models) == {"large:7b"}


def test_a_server_that_does_not_answer_where_it_should_is_asked_again() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.is_away, looks = True, server.looks
        deletion = desk.deletions.delete(["small:1b"])
        await wait_for(server.look_count, lambda count: count > looks, LIMIT_S)
        assert desk.changing == {(ChangeKind.DELETE, "small:1b")}
        server.is_away = False
        assert desk.deletions.undo(deletion.id)
        assert desk.names == {"small:1b", "large:7b"}
        desk.deletions.delete(["small:1b"])
        await settled(desk)

    assert set(played(scene, undo_s=SOON_S).models) == {"large:7b"}


def test_a_server_at_another_address_never_hears_of_it() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        desk.deletions.delete(["small:1b"])
        desk.server_is(ServerState.READY, address=ServerAddress(port=4711))
        assert desk.names == {"small:1b", "large:7b"}
        assert desk.notices == ["What was deleted last stays on its server: this is another one."]
        assert server.asked == []

    assert len(played(scene).models) == 2


def test_who_leaves_has_it_deleted() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        desk.deletions.delete(["small:1b"])
        desk.deletions.delete(["large:7b"])

    assert played(scene).models == {}


def test_who_leaves_while_the_server_is_down_keeps_it() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        desk.deletions.delete(["small:1b"])
        server.is_away = True
        desk.server_is(ServerState.BACKOFF)

    server = played(scene)
    assert len(server.models) == 2
    assert server.asked == []


def test_a_server_that_hangs_keeps_nobody_from_leaving() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.gates["delete"] = asyncio.Event()
        desk.deletions.delete(["small:1b"])
        async with asyncio.timeout(LIMIT_S):
            await desk.deletions.aclose()
        server.gates.clear()

    played(scene)


def test_a_name_that_is_needed_is_made_free_at_once() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        deletion = desk.deletions.delete(["small:1b"])
        await desk.deletions.finish("large:7b")
        assert server.asked == []
        await desk.deletions.finish("SMALL:1b")
        assert server.asked == ["delete small:1b"]
        assert not desk.deletions.undo(deletion.id)
        deletion = desk.deletions.delete(["large:7b"])
        server.refuses["delete large:7b"] = "no"
        with pytest.raises(Exception, match="no"):
            await desk.deletions.finish("large:7b")
        assert desk.names == {"large:7b"}
        await wait_for(desk.there, {"large:7b"}.__eq__, LIMIT_S)

    played(scene)

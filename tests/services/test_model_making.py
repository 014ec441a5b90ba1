"""Models are copied, renamed and made anew; nothing that has a name is ever written over."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest

from ollama_desk.domain.errors import (
    InvalidNameError,
    ModelChangeError,
    ModelNotFoundError,
    NameTakenError,
    OllamaError,
    PullRefusedError,
    RequestFailedError,
)
from ollama_desk.domain.events import ModelRenamed, ModelsChanged
from ollama_desk.domain.model_draft import ModelDraft
from ollama_desk.domain.pending import ChangeKind
from ollama_desk.domain.settings import Settings
from tests.support.models_desk import ModelsDesk, PlainServer, models_desk, refused

Scene = Callable[[ModelsDesk, PlainServer], Awaitable[None]]
DRAFT = ModelDraft("pirate:1b", "small:1b", system="Arr.", parameters={"temperature": 0.5})


def played(scene: Scene, server: PlainServer | None = None) -> PlainServer:
    """What the server is after ``scene``."""
    server = server or PlainServer()

    async def scenario() -> None:
        async with models_desk(server) as desk:
            await scene(desk, server)

    asyncio.run(scenario())
    return server


async def create(desk: ModelsDesk, draft: ModelDraft = DRAFT) -> list[str]:
    async with aclosing(desk.making.create(draft)) as steps:
        return [step.status async for step in steps]


def test_a_copy_has_what_its_original_has() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        await desk.making.copy("SMALL:1b", " new ")
        assert server.asked == ["copy small:1b new:latest"]
        assert desk.names == {"small:1b", "large:7b", "new:latest"}
        assert not desk.models.changes

    played(scene)


def test_a_copy_is_shown_while_it_is_made() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        gate = server.gates["copy"] = asyncio.Event()
        desk.tasks.spawn(desk.making.copy("small:1b", "new"), name="copy")
        await desk.until(lambda: desk.changing == {(ChangeKind.COPY, "new:latest")})
        assert "new:latest" in desk.names
        assert (await desk.models.details("new:latest")).capabilities == {"completion"}
        gate.set()
        await desk.until(lambda: not desk.models.changes)
        assert "new:latest" in desk.names

    played(scene)


def test_a_copy_that_is_refused_is_gone_again() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.refuses["copy small:1b new:latest"] = "the disk is full"
        sentence = await refused(desk.making.copy("small:1b", "new"), OllamaError)
        assert "disk is full" in sentence
        assert any("new:latest" in {m.name for m in event.models} for event in desk.seen.of(ModelsChanged))
        assert desk.names == {"small:1b", "large:7b"}

    played(scene)


@pytest.mark.parametrize("name", ["large:7b", "LARGE:7B", "small:1b"])
def test_a_name_that_is_taken_is_refused(name: str) -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        assert "already" in await refused(desk.making.copy("small:1b", name), NameTakenError)
        assert "already" in await refused(create(desk, ModelDraft(name, "small:1b")), NameTakenError)
        if name != "small:1b":
            await refused(desk.making.rename("small:1b", name), NameTakenError)

    assert played(scene).asked == []


def test_a_name_that_another_program_took_since_is_refused() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.models["new:latest"] = "e" * 64
        await refused(desk.making.copy("small:1b", "new"), NameTakenError)

    assert played(scene).models["new:latest"] == "e" * 64


def test_what_is_no_name_or_not_there_or_coming_is_refused() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        for action in (desk.making.copy, desk.making.rename):
            await refused(action("small:1b", "no name!"), InvalidNameError)
            await refused(action("gone:1b", "new"), ModelNotFoundError)
            desk.pulling.add("coming:latest")
            await refused(action("small:1b", "coming"), PullRefusedError)
        await refused(create(desk, ModelDraft("new", "gone:1b")), ModelNotFoundError)
        desk.pulling.add("small:1b")
        await refused(desk.making.rename("small:1b", "new"), PullRefusedError)

    assert played(scene).asked == []


def test_a_renamed_model_is_copied_first_and_then_loses_its_old_name() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        await desk.making.rename("small:1b", "tiny:1b")
        assert server.asked == ["copy small:1b tiny:1b", "delete small:1b"]
        assert desk.names == {"tiny:1b", "large:7b"}
        assert desk.followed == [("small:1b", "tiny:1b")]
        assert desk.seen.of(ModelRenamed) == [ModelRenamed("small:1b", "tiny:1b")]

    played(scene)


def test_a_loaded_model_is_unloaded_before_it_loses_its_name() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        await desk.making.rename("small:1b", "tiny:1b")
        assert server.asked == ["copy small:1b tiny:1b", "generate small:1b", "delete small:1b"]
        assert desk.models.running == ()

    assert played(scene, PlainServer(loaded=["small:1b"])).loaded == []


def test_a_model_is_shown_with_its_new_name_while_it_gets_it() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        gate = server.gates["delete"] = asyncio.Event()
        desk.tasks.spawn(desk.making.rename("small:1b", "tiny:1b"), name="rename")
        await desk.until(lambda: desk.changing == {(ChangeKind.RENAME, "tiny:1b")})
        await desk.until(lambda: bool(desk.followed))
        await desk.models.refresh()  # the server has both now
        assert desk.names == {"tiny:1b", "large:7b"}
        gate.set()
        await desk.until(lambda: not desk.models.changes)

    played(scene)


def test_choices_follow_to_the_new_name() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        await desk.settings.change(
            default_model="small:1b", preload_models=("large:7b", "small:1b"), model_keep_alive=("small:1b=5m",)
        )
        await desk.making.rename("small:1b", "tiny:1b")
        assert desk.settings.settings == Settings(
            default_model="tiny:1b", preload_models=("large:7b", "tiny:1b"), model_keep_alive=("tiny:1b=5m",)
        )

    played(scene)


def test_another_models_choices_stay() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        await desk.settings.change(default_model="large:7b")
        await desk.making.rename("small:1b", "tiny:1b")
        assert desk.choices.default == "large:7b"

    played(scene)


def test_a_rename_that_is_refused_leaves_the_old_name() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.refuses["copy small:1b tiny:1b"] = "no"
        await refused(desk.making.rename("small:1b", "tiny:1b"), RequestFailedError)
        assert desk.names == {"small:1b", "large:7b"}
        assert desk.followed == []

    assert set(played(scene).models) == {"small:1b", "large:7b"}


def test_a_rename_that_stops_half_way_leaves_both_and_says_so() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.refuses["delete small:1b"] = "no"
        sentence = await refused(desk.making.rename("small:1b", "tiny:1b"), ModelChangeError)
        assert sentence.startswith("“tiny:1b” is there, but “small:1b” could not be removed. ")
        assert desk.followed == [("small:1b", "tiny:1b")]
        await desk.until(lambda: desk.names == {"small:1b", "large:7b", "tiny:1b"})

    played(scene)


def test_an_old_name_that_is_gone_already_is_no_failure() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        gate = server.gates["delete"] = asyncio.Event()
        desk.tasks.spawn(desk.making.rename("small:1b", "tiny:1b"), name="rename")
        await desk.until(lambda: bool(desk.followed))
        del server.models["small:1b"]
        gate.set()
        await desk.until(lambda: not desk.models.changes)
        assert desk.notices == []

    played(scene)


def test_what_cannot_follow_is_told_and_the_name_is_changed_all_the_same() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        desk.settings.refuses = "The disk is full."
        await desk.making.rename("small:1b", "tiny:1b")
        assert desk.notices == ["Not everything follows “tiny:1b” to its new name. The disk is full."]
        assert desk.names == {"tiny:1b", "large:7b"}

    played(scene)


def test_the_same_name_changes_nothing_and_another_spelling_of_it_is_refused() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        await desk.making.rename("small:1b", "small:1b")
        await refused(desk.making.rename("small:1b", "SMALL:1b"), NameTakenError)

    assert played(scene).asked == []


def test_a_deleted_model_that_is_copied_is_kept() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        desk.deletions.delete(["small:1b"])
        await desk.making.copy("small:1b", "new")
        assert desk.names == {"small:1b", "large:7b", "new:latest"}

    played(scene)


def test_the_name_of_a_deleted_model_can_be_had_at_once() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        desk.deletions.delete(["small:1b"])
        await desk.making.rename("large:7b", "small:1b")
        assert server.asked == ["delete small:1b", "copy large:7b small:1b", "delete large:7b"]
        assert desk.names == {"small:1b"}
        assert not desk.models.changes

    assert played(scene).models == {"small:1b": "b" * 64}


def test_a_draft_becomes_a_model_step_by_step() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        assert await create(desk) == ["writing manifest", "success"]
        sent = server.sent[-1]
        assert (sent["model"], sent["from"], sent["system"]) == ("pirate:1b", "small:1b", "Arr.")
        assert sent["parameters"] == {"temperature": 0.5}
        assert "template" not in sent
        assert "pirate:1b" in desk.names

    played(scene)


def test_a_draft_that_is_refused_says_why() -> None:
    async def scene(desk: ModelsDesk, server: PlainServer) -> None:
        server.refuses["create pirate:1b"] = "invalid parameter"
        assert "invalid parameter" in await refused(create(desk), OllamaError)
        assert not desk.models.changes

    played(scene)


def test_who_gives_up_a_draft_lets_the_next_change_begin() -> None:
    async def scene(desk: ModelsDesk, _server: PlainServer) -> None:
        async with aclosing(desk.making.create(DRAFT)) as steps:
            async for _ in steps:
                assert desk.changing == {(ChangeKind.CREATE, "pirate:1b")}
                break
        assert not desk.models.changes
        await desk.until(lambda: "pirate:1b" in desk.names)  # this server was faster
        await desk.making.copy("small:1b", "new")

    played(scene)

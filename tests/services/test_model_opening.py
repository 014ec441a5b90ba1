"""The whole Desk over its own engine: what is deleted goes with the app, a rename takes everything along."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ollama_desk.domain.events import TurnFailed, TurnFinished
from ollama_desk.domain.model_draft import ModelDraft
from ollama_desk.services.config import read_config
from ollama_desk.services.desk import Desk, open_desk
from tests.support.engine import free_port
from tests.support.events import EventRecorder

LIMIT_S = 60.0
DEMO = "demo:latest"


@asynccontextmanager
async def desk_with_demo(folder: Path) -> AsyncIterator[tuple[Desk, EventRecorder]]:
    """Its server is up and has the demonstration model, under a name of the test's."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    config = read_config(data_dir=folder / "data", host=f"127.0.0.1:{free_port()}", environment=environment)
    async with open_desk(replace(config, built_in_only=True)) as desk:
        seen = EventRecorder(desk.bus)
        desk.server.start()
        await seen.until(lambda: desk.server.status.state.answers and desk.models.known, LIMIT_S)
        if not desk.models.models:
            await desk.models.install_demo()
            await desk.changes.making.rename(desk.models.models[0].name, DEMO)
        yield desk, seen


def manifests(folder: Path) -> list[str]:
    return [path.name for path in (folder / "data" / "models" / "manifests").rglob("*") if path.is_file()]


def test_a_rename_takes_chats_and_choices_along_and_answers_keep_their_model_loaded(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_with_demo(tmp_path) as (desk, seen):
            changes = desk.changes
            chat = await desk.library.new_chat(DEMO)
            await changes.choices.set_default(DEMO)
            await changes.choices.set_preload(DEMO, wanted=True)
            await changes.choices.set_keep_alive(DEMO, "-1")
            await changes.making.rename(DEMO, "other")
            [after] = await desk.library.chats()
            assert (after.id, after.model) == (chat.id, "other:latest")
            settings = desk.settings.settings
            assert settings.default_model == "other:latest"
            assert settings.preload_models == ("other:latest",)
            assert settings.model_keep_alive == ("other:latest=-1",)
            await desk.chat.send(chat.id, "Hello", model=after.model)
            await seen.until(lambda: bool(seen.of(TurnFinished) + seen.of(TurnFailed)), LIMIT_S)
            await desk.models.refresh()
            [running] = [each for each in desk.models.running if each.name == "other:latest"]
            assert running.expires_at is not None
            assert running.expires_at - datetime.now(UTC) > timedelta(days=365)

    asyncio.run(scenario())


def test_who_leaves_has_it_deleted_and_what_is_wanted_is_loaded_at_the_next_start(tmp_path: Path) -> None:
    async def first() -> None:
        async with desk_with_demo(tmp_path) as (desk, _):
            draft = ModelDraft("second", DEMO, system="Be brief.")
            async with aclosing(desk.changes.making.create(draft)) as steps:
                assert [step.status async for step in steps][-1] == "success"
            await desk.changes.choices.set_preload("second:latest", wanted=True)
            desk.changes.deletions.delete([DEMO])
            assert [model.name for model in desk.models.models] == ["second:latest"]
            assert len(manifests(tmp_path)) == 2

    async def second() -> None:
        async with desk_with_demo(tmp_path) as (desk, seen):
            assert [model.name for model in desk.models.models] == ["second:latest"]
            await seen.until(
                lambda: any(each.name == "second:latest" and not each.is_loading for each in desk.models.running),
                LIMIT_S,
            )

    asyncio.run(first())
    assert len(manifests(tmp_path)) == 1
    asyncio.run(second())

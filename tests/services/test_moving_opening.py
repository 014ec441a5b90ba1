"""What the move of the models folder is built of, and which folder is in force after one that was cut off."""

import asyncio
from dataclasses import replace
from pathlib import Path

from ollama_desk.core.resources import resource
from ollama_desk.domain.settings import Override
from ollama_desk.registry.moving import Carrier
from ollama_desk.registry.progress import Progress
from ollama_desk.services.moving_opening import settled
from tests.support.move_folders import contents, furnish
from tests.support.moving_desk import config_in, moving_desk


def test_imports_and_exports_that_are_not_over_are_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with moving_desk(tmp_path) as moving:
            desk = moving.desk
            offer = await desk.imports.examine([resource("demo", "demo.gguf")])
            async with desk.imports.held():
                job_id = desk.imports.start(offer, name="mine")
                assert moving.moving.refusal() == "A model is being imported. Wait for its end, or cancel it."
                desk.imports.cancel(job_id)
            await moving.seen.until(lambda: all(job.state.is_over for job in desk.imports.jobs), 30)
            desk.exports.start("mine", tmp_path / "mine.gguf")
            assert moving.moving.refusal() == "A model is being exported. Wait for its end, or cancel it."
            await moving.seen.until(lambda: not moving.moving.refusal(), 30)

    asyncio.run(scenario())


def test_a_switch_that_cannot_be_written_down_leaves_both_places_whole(tmp_path: Path) -> None:
    old, new = tmp_path / "data/models", tmp_path / "new"
    furnish(old)
    held = contents(old)
    carrier = Carrier(old, new, journal_path=tmp_path / "data/moving.json", setting="")
    carrier.begin()
    carrier.fill(Progress())
    carrier.publish()
    carrier.switched()
    settings = tmp_path / "data/settings.toml"

    async def scenario() -> None:
        config = config_in(tmp_path)
        settings.mkdir()
        assert settled(config) is config
        settings.rmdir()
        assert settled(config).settings.models_folder == str(new)
        assert settled(config_in(tmp_path)).settings.models_folder == str(new)
        assert settled(replace(config, overrides={"models_folder": Override("OLLAMA_MODELS", "/x")})).settings == (
            config.settings
        )

    asyncio.run(scenario())
    assert contents(old) == contents(new) == held

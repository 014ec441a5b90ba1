"""Settings while the program runs: checked, written, taken over from the file, and given to the server."""

import asyncio
import json
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from ollama_desk.core.bus import EventBus
from ollama_desk.core.resources import resource
from ollama_desk.core.settings_file import last_good_copy, read_settings
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import SettingsError, StorageError
from ollama_desk.domain.server import ServerAddress, ServerState
from ollama_desk.domain.settings import FolderContent, Language, Override, Restart, Settings, ThemeChoice
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore
from ollama_desk.services.config import DATA_FOLDER, read_config
from ollama_desk.services.server_plan import ServerPlan
from ollama_desk.services.settings import SettingsService
from ollama_desk.sidecar.supervisor import Supervisor
from tests.support.settings_desk import fake_program, settings_desk, until
from tests.support.sidecar import QUICK, free_address

posix = pytest.mark.skipif(os.name != "posix", reason="as POSIX has it")


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 60))


def test_a_change_is_written_and_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            await desk.service.change(theme="dark", font_size_pt=12)
            assert desk.service.settings == Settings(theme=ThemeChoice.DARK, font_size_pt=12.0)
            assert [(event.old, event.new) for event in desk.changes] == [(Settings(), desk.service.settings)]
            assert read_settings(desk.path, {}).settings == desk.service.settings
            assert last_good_copy(desk.path).read_bytes() == desk.path.read_bytes()
            await desk.service.change(theme="dark")
            assert len(desk.changes) == 1
            assert desk.notices == []

    run(scenario())


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            async with asyncio.TaskGroup() as group:
                group.create_task(desk.service.change(theme="dark"))
                group.create_task(desk.service.change(keep_alive="1h"))
                group.create_task(desk.service.change(enter_sends=False))
            expected = Settings(theme=ThemeChoice.DARK, keep_alive="1h", enter_sends=False)
            assert read_settings(desk.path, {}).settings == desk.service.settings == expected

    run(scenario())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "127.0.0.1:0"),
        ("font_size_pt", 80),
        ("keep_alive", "soon"),
        ("models_folder", "$NOT_SET/models"),
        ("server_program", "/no/such/ollama"),
        ("colour", "red"),
    ],
)
def test_cf_01_a_value_that_cannot_be_used_changes_nothing(tmp_path: Path, name: str, value: str | float) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            with pytest.raises(SettingsError):
                await desk.service.change(**{name: value, "theme": "dark"})
            assert desk.service.settings == Settings()
            assert desk.changes == []
            assert not desk.path.exists()

    run(scenario())


def test_what_cannot_be_written_is_not_in_force(tmp_path: Path) -> None:
    async def scenario() -> None:
        folder = tmp_path / "data"
        async with settings_desk(folder) as desk:
            await desk.service.change(enter_sends=False)
            folder.rename(tmp_path / "gone")
            folder.write_text("a file where the folder was")
            with pytest.raises(StorageError):
                await desk.service.change(theme="dark")
            assert desk.service.settings.theme is ThemeChoice.SYSTEM

    run(scenario())


@pytest.mark.parametrize(
    "content", [b'theme = "da', b"\xff\xfe\x00", b"# x\n" * 2_500_000], ids=["half", "utf8", "10 MB"]
)
def test_st_12_a_broken_file_is_kept_aside_named_and_replaced_by_the_last_good_one(
    tmp_path: Path, content: bytes
) -> None:
    async def scenario() -> None:
        good = b'theme = "dark" # mine\n'
        path = tmp_path / "settings.toml"
        path.write_bytes(content)
        last_good_copy(path).write_bytes(good)
        async with settings_desk(tmp_path) as desk:
            assert desk.service.settings == Settings(theme=ThemeChoice.DARK)
            await until(lambda: desk.notices)
            (notice,) = desk.notices
            assert notice.startswith("settings.toml cannot be used: ")
            assert f"It is kept as {tmp_path / 'settings.toml.broken'}. The last good settings are used." in notice
            assert (tmp_path / "settings.toml.broken").read_bytes() == content
            assert path.read_bytes() == good
        async with settings_desk(tmp_path) as again:
            await again.service.change(enter_sends=False)
            assert again.service.settings == Settings(theme=ThemeChoice.DARK, enter_sends=False)
            assert again.notices == []

    run(scenario())


def test_st_12_without_a_last_good_copy_the_defaults_are_used_and_that_is_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "settings.toml").write_bytes(b"[")
        async with settings_desk(tmp_path) as desk:
            await until(lambda: desk.notices)
            assert desk.notices[0].endswith("settings.toml.broken. The defaults are used.")
            assert desk.service.settings == Settings()

    run(scenario())


def test_cf_01_a_value_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "settings.toml").write_text('theme = "dark"\nhost = "127.0.0.1:70000"\n')
        async with settings_desk(tmp_path) as desk:
            await until(lambda: desk.notices)
            assert desk.notices[0].startswith("settings.toml: host is not used. ")
            assert desk.service.settings == Settings(theme=ThemeChoice.DARK)
            await desk.service.change(host="127.0.0.1:7000")
            assert read_settings(desk.path, {}).settings == desk.service.settings

    run(scenario())


def test_cf_08_a_change_by_hand_is_taken_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            await desk.service.change(keep_alive="10m")
            desk.path.write_text('theme = "dark" # by hand\n')
            await until(lambda: len(desk.changes) == 2)
            assert desk.service.settings == Settings(theme=ThemeChoice.DARK)
            assert desk.changes[1].old == Settings(keep_alive="10m")
            await desk.service.change(enter_sends=False)
            assert "# by hand" in desk.path.read_text()
            assert desk.notices == []

    run(scenario())


@pytest.mark.parametrize("content", ['theme = "dark"\nfont_size_pt = 99\n', 'theme = "dark"\nhost = '])
def test_cf_08_a_change_by_hand_with_a_mistake_is_refused_as_a_whole(tmp_path: Path, content: str) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            await desk.service.change(keep_alive="10m")
            desk.path.write_text(content)
            await until(lambda: desk.notices)
            assert "nothing of it is used" in desk.notices[0]
            assert desk.service.settings == Settings(keep_alive="10m")
            assert desk.path.read_text() == content
            desk.path.write_text('theme = "dark"\n')
            await until(lambda: len(desk.changes) == 2)
            assert desk.service.settings == Settings(theme=ThemeChoice.DARK)
            assert len(desk.notices) == 1

    run(scenario())


def test_cf_08_a_mistake_by_hand_is_not_lost_by_a_change_in_the_window(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            await desk.service.change(keep_alive="10m")
            desk.path.write_text("half a li")
            await desk.service.change(theme="dark")
            assert desk.service.settings == Settings(theme=ThemeChoice.DARK, keep_alive="10m")
            assert read_settings(desk.path, {}).settings == desk.service.settings
            assert (tmp_path / "settings.toml.broken").read_text() == "half a li"

    run(scenario())


def test_cf_08_a_change_by_hand_just_before_one_in_the_window_is_not_lost(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            await desk.service.change(theme="dark")
            desk.path.write_text('theme = "dark"\nkeep_alive = "7m"\n')
            await desk.service.change(enter_sends=False)
            expected = Settings(theme=ThemeChoice.DARK, keep_alive="7m", enter_sends=False)
            assert desk.service.settings == read_settings(desk.path, {}).settings == expected

    run(scenario())


def test_cf_08_a_removed_file_means_the_defaults(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            await desk.service.change(theme="dark")
            desk.path.unlink()
            await until(lambda: len(desk.changes) == 2)
            assert desk.service.settings == Settings()

    run(scenario())


def test_cf_10_what_a_newer_version_wrote_outlives_an_older_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "settings.toml").write_text('future = "kept"\n[voices]\nname = "Ann"\n')
        async with settings_desk(tmp_path) as desk:
            await desk.service.change(theme="dark", host="127.0.0.1:7000")
            await desk.service.change(theme="system")
            text = desk.path.read_text()
            assert 'future = "kept"' in text
            assert '[voices]\nname = "Ann"' in text

    run(scenario())


def test_the_file_can_be_opened_before_anything_was_set(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            path = await desk.service.make_file()
            assert path.read_text().startswith("# Settings of Ollama Desk")
            assert desk.changes == []

    run(scenario())


def test_what_hides_a_setting_is_named(tmp_path: Path) -> None:
    environment = {"OLLAMA_HOST": "127.0.0.1:1111", "OLLAMA_MODELS": "/m", "OLLAMA_KEEP_ALIVE": "1h"}

    async def scenario() -> None:
        async with settings_desk(tmp_path, environment) as desk:
            assert desk.service.overrides() == {
                "host": Override("OLLAMA_HOST", "127.0.0.1:1111"),
                "models_folder": Override("OLLAMA_MODELS", "/m"),
                "keep_alive": Override("OLLAMA_KEEP_ALIVE", "1h"),
                DATA_FOLDER: Override("--data-dir", str(tmp_path)),
            }
            await desk.service.change(host="127.0.0.1:2222", models_folder="/other", keep_alive="1m")
            assert desk.plan.address.port == 1111
            assert desk.service.models_folder == Path("/m")
            assert "OLLAMA_KEEP_ALIVE" not in desk.plan.environment
        async with settings_desk(tmp_path, environment, host="127.0.0.1:3333") as desk:
            assert desk.service.overrides()["host"] == Override("--host", "127.0.0.1:3333")
            assert desk.service.overrides()["host"].is_argument

    run(scenario())


def test_the_environment_names_the_data_folder(tmp_path: Path) -> None:
    config = read_config(data_dir=None, host="", environment={"OLLAMA_DESK_DATA_DIR": str(tmp_path)})
    assert config.overrides == {DATA_FOLDER: Override("OLLAMA_DESK_DATA_DIR", str(tmp_path))}


@pytest.mark.parametrize(
    ("name", "value"),
    [("keep_alive", "1h"), ("models_folder", "~/else"), ("server_program", "built-in"), ("host", "127.0.0.1:7000")],
)
def test_what_the_server_was_started_with_needs_a_restart_until_it_is_the_same(
    tmp_path: Path, name: str, value: str
) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            await desk.service.change(**{name: value})
            assert desk.service.needs_restart(name) is Restart.NOTHING
            await desk.service.change(**{name: ""})
            desk.server.start()
            await desk.service.change(**{name: value})
            assert desk.service.needs_restart(name) is Restart.SERVER
            assert desk.service.needs_restart("theme") is Restart.NOTHING
            await desk.service.change(**{name: ""})
            assert desk.service.needs_restart(name) is Restart.NOTHING
            await desk.service.change(**{name: value})
            desk.service.restart_server()
            assert desk.server.restarts == 1
            assert desk.service.needs_restart(name) is Restart.NOTHING

    run(scenario())


def test_a_server_that_is_not_ours_does_not_go_by_our_settings(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            desk.server.start()
            desk.server.show(ServerState.EXTERNAL)
            await desk.service.change(keep_alive="1h", host="127.0.0.1:7000")
            assert desk.service.needs_restart("keep_alive") is Restart.NOTHING
            assert desk.service.needs_restart("host") is Restart.SERVER

    run(scenario())


def test_another_language_needs_the_app_to_start_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            await desk.service.change(language=Language.GERMAN)
            assert desk.service.needs_restart("language") is Restart.APP
            await desk.service.change(language=Language.SYSTEM)
            assert desk.service.needs_restart("language") is Restart.NOTHING

    run(scenario())


def test_a_stopped_server_moves_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            await desk.service.change(host="127.0.0.1:7000")
            assert desk.server.status.address == ServerAddress(port=7000)

    run(scenario())


@posix
def test_the_next_start_really_has_what_is_set(tmp_path: Path) -> None:
    """With a real supervisor and a program that a person chose: its program, address, models folder and keep_alive."""
    told = tmp_path / "told.json"
    program = fake_program(tmp_path / "bin", told=told)
    first, second = free_address(), free_address()
    (tmp_path / "settings.toml").write_text(
        f'server_program = "{program}"\nhost = "{first}"\nmodels_folder = "{tmp_path}/one/"\n'
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA")}
    config = read_config(data_dir=tmp_path, host="", environment=clean)

    def given() -> list[str | None]:
        environment = json.loads(told.read_text()) if told.exists() else {}
        return [environment.get(f"OLLAMA_{name}") for name in ("HOST", "MODELS", "KEEP_ALIVE")]

    async def scenario() -> None:
        plan, bus = ServerPlan(config), EventBus()
        async with (
            Supervisor(
                plan.choose_program,
                address=plan.address,
                folder=config.folders.server,
                environment=clean,
                extra_env=plan.environment,
                timings=QUICK,
            ) as server,
            TaskScope() as tasks,
        ):
            service = SettingsService(config, plan=plan, server=server, bus=bus, tasks=tasks)
            server.start()
            await until(lambda: server.status.state is ServerState.READY)
            assert given() == [str(first), f"{tmp_path}/one", None]
            await service.change(host=str(second), models_folder="$HOME/two", keep_alive="3m")
            for name in ("host", "models_folder", "keep_alive"):
                assert service.needs_restart(name) is Restart.SERVER
            service.restart_server()
            await until(lambda: server.status.state is ServerState.READY and server.status.address == second)
            assert given() == [str(second), str(Path(clean["HOME"]) / "two"), "3m"]
            for name in ("host", "models_folder", "keep_alive"):
                assert service.needs_restart(name) is Restart.NOTHING

    run(scenario())


@posix
def test_a_program_is_asked_for_its_version(tmp_path: Path) -> None:
    async def scenario() -> None:
        program = fake_program(tmp_path / "bin", told=tmp_path / "told")
        async with settings_desk(tmp_path) as desk:
            assert await desk.service.check_program(str(program)) == "9.8.7"
            await desk.service.change(server_program=str(program))
            assert desk.plan.choose_program().argv == (str(program), "serve")
            assert not (tmp_path / "told").exists()

    run(scenario())


def test_the_models_folder_says_what_is_in_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with settings_desk(tmp_path) as desk:
            empty = await desk.service.models_content()
            assert empty == FolderContent(tmp_path / "models", exists=False)
            store = ModelStore(tmp_path / "models")
            digest, _ = store.blobs.add(resource("demo", "demo.gguf").read_bytes())
            for name in ("one", "two"):
                assert list(store.create(parse_name(name), Recipe(files={"demo.gguf": digest})))
            content = await desk.service.models_content()
            assert (content.exists, content.model_count) == (True, 2)
            once = next(iter(store.models())).size_bytes
            assert once <= content.size_bytes < 2 * once

    run(scenario())

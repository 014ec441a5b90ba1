"""The Settings page over the real service and a real file."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.settings_file import read_settings
from ollama_desk.domain.events import ModelsChanged
from ollama_desk.domain.models import Model
from ollama_desk.domain.server import ServerState
from ollama_desk.domain.settings import Settings, ThemeChoice
from ollama_desk.ui.settings.controls import Choice, TextField
from ollama_desk.ui.settings.panel import SettingsPanel
from ollama_desk.ui.settings.presenter import SettingsPresenter
from ollama_desk.ui.theme import Theme
from tests.support.settings_desk import SettingsDesk, fake_program, settings_desk, until

Scene = Callable[[SettingsDesk], Coroutine[Any, Any, None]]


class Stage:
    """A page, what connects it, and the paths that were opened."""

    def __init__(self, panel: SettingsPanel) -> None:
        self.panel = panel
        self.opened: list[Path] = []
        self.notices: list[str] = []

    def play(self, folder: Path, scene: Scene, environment: Mapping[str, str] | None = None) -> None:
        async def scenario() -> None:
            actions = Actions(notify=self.notices.append)
            async with settings_desk(folder, environment) as desk:
                signals = Signals(desk.bus, parent=self.panel)
                presenter = SettingsPresenter(
                    desk.service,
                    panel=self.panel,
                    signals=signals,
                    actions=actions,
                    models=(Model("small:1b"),),
                    has_tray=lambda: True,
                    open_path=self.opened.append,
                )
                await scene(desk)
                signals.disconnect_bus()
                await actions.aclose()
                del presenter

        asyncio.run(asyncio.wait_for(scenario(), 30))

    def problem(self, name: str) -> str:
        return self.panel.rows[name].problem.text().replace("\u200b", "")

    def remark(self, name: str) -> str:
        return self.panel.rows[name].remark.text().replace("\u200b", "")


@pytest.fixture
def stage(theme: Theme, qtbot: QtBot) -> Stage:
    panel = SettingsPanel(theme)
    qtbot.addWidget(panel)
    return Stage(panel)


def test_what_is_set_on_the_page_is_in_the_file(stage: Stage, tmp_path: Path) -> None:
    async def scene(desk: SettingsDesk) -> None:
        stage.panel.change_requested.emit("theme", ThemeChoice.DARK)
        stage.panel.change_requested.emit("enter_sends", False)  # noqa: FBT003 - of a signal
        await until(lambda: len(desk.changes) == 2)
        assert read_settings(desk.path, {}).settings == Settings(theme=ThemeChoice.DARK, enter_sends=False)

    stage.play(tmp_path, scene)
    theme = stage.panel.rows["theme"].control
    assert isinstance(theme, Choice)
    assert theme.value is ThemeChoice.DARK
    assert stage.notices == []


def test_cf_01_bad_input_is_said_beside_its_field_and_not_saved(stage: Stage, tmp_path: Path) -> None:
    async def scene(desk: SettingsDesk) -> None:
        for name, value in (("host", "127.0.0.1:70000"), ("keep_alive", "soon"), ("server_program", "/no/such")):
            stage.panel.change_requested.emit(name, value)
            await until(lambda name=name: stage.problem(name))  # type: ignore[misc]
        assert not desk.path.exists()
        assert desk.changes == []
        stage.panel.change_requested.emit("host", "127.0.0.1:7000")
        await until(lambda: desk.changes)
        assert stage.problem("host") == ""
        assert stage.problem("keep_alive")

    stage.play(tmp_path, scene)
    assert stage.notices == []


def test_cf_08_a_change_by_hand_is_seen_on_the_page(stage: Stage, tmp_path: Path) -> None:
    async def scene(desk: SettingsDesk) -> None:
        await desk.service.make_file()
        desk.path.write_text('keep_alive = "3h"\n')
        await until(lambda: desk.changes)

    stage.play(tmp_path, scene)
    field = stage.panel.rows["keep_alive"].control
    assert isinstance(field, TextField)
    assert field.text() == "3h"
    assert not stage.panel.rows["keep_alive"].reset.isHidden()


def test_a_restart_is_offered_while_the_server_runs_with_other_settings(stage: Stage, tmp_path: Path) -> None:
    async def scene(desk: SettingsDesk) -> None:
        desk.server.start()
        stage.panel.change_requested.emit("keep_alive", "1h")
        await until(lambda: desk.changes)
        assert not stage.panel.bar.isHidden()
        assert stage.panel.rows["keep_alive"].mark.text() == "Needs restart"
        stage.panel.restart_requested.emit()
        assert desk.server.restarts == 1
        assert stage.panel.bar.isHidden()
        stage.panel.change_requested.emit("keep_alive", "2h")
        await until(lambda: len(desk.changes) == 2)
        assert not stage.panel.bar.isHidden()
        desk.server.show(ServerState.STOPPED)
        assert stage.panel.bar.isHidden()

    stage.play(tmp_path, scene)


def test_what_the_environment_hides_is_disabled(stage: Stage, tmp_path: Path) -> None:
    async def scene(_desk: SettingsDesk) -> None:
        assert not stage.panel.rows["host"].control.isEnabled()
        assert "OLLAMA_HOST" in stage.panel.rows["host"].override.text()
        assert "--data-dir" in stage.panel.places.override.text()

    stage.play(tmp_path, scene, {"OLLAMA_HOST": "127.0.0.1:7000"})


def test_the_page_looks_into_the_models_folder_when_it_is_shown(stage: Stage, tmp_path: Path) -> None:
    async def scene(desk: SettingsDesk) -> None:
        assert stage.remark("models_folder") == ""
        stage.panel.show()
        await until(lambda: stage.remark("models_folder").startswith(str(tmp_path / "models")))
        (tmp_path / "other").mkdir()
        stage.panel.change_requested.emit("models_folder", f"{tmp_path}/other/")
        await until(lambda: stage.remark("models_folder").startswith(f"{tmp_path / 'other'}\nNo models"))
        desk.bus.publish(ModelsChanged((Model("small:1b"), Model("large:7b")), ()))

    stage.play(tmp_path, scene)
    assert stage.notices == []


def test_a_chosen_program_tells_its_version_and_is_missed_when_it_is_gone(stage: Stage, tmp_path: Path) -> None:
    async def scene(desk: SettingsDesk) -> None:
        program = fake_program(tmp_path / "bin", told=tmp_path / "told")
        stage.panel.change_requested.emit("server_program", str(program))
        await until(lambda: desk.changes)
        await until(lambda: stage.remark("server_program") == "It tells version 9.8.7.")
        program.unlink()
        stage.panel.show()
        await until(lambda: stage.problem("server_program").startswith("There is no file"))

    stage.play(tmp_path, scene)


def test_the_file_and_the_folders_are_opened(stage: Stage, tmp_path: Path) -> None:
    async def scene(_desk: SettingsDesk) -> None:
        for what in ("file", "file_folder", "models", "data_folder"):
            stage.panel.open_requested.emit(what)
        await until(lambda: len(stage.opened) == 4)

    stage.play(tmp_path, scene)
    assert set(stage.opened) == {tmp_path / "settings.toml", tmp_path, tmp_path / "models"}
    assert (tmp_path / "settings.toml").exists()

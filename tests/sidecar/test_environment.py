"""Homes that are missing, odd or closed, paths as people write them, and what a child is given in spite of it."""

import json
import os
from pathlib import Path

import pytest

from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState
from ollama_desk.sidecar.launch import ServerProgram, candidates, chosen_path, find_program
from tests.support import models
from tests.support.engine import EngineProcess
from tests.support.models import tiny_model
from tests.support.sidecar import PROGRAM, run, supervised

READY = ServerState.READY
ODD = "ä 張 🦙 'quoted' $HOME"


@pytest.mark.parametrize("missing", [("HOME",), ("HOME", "PATH", "TMPDIR", "LANG", "XDG_RUNTIME_DIR")])
def test_cf06_a_server_starts_without_a_home(tmp_path: Path, missing: tuple[str, ...]) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in missing}

    async def scenario() -> None:
        fake = f"environment={tmp_path / 'seen.json'}"
        async with supervised(tmp_path / "data", fake, environment=environment) as (supervisor, watch):
            supervisor.start()
            await watch.until(READY)
        seen = json.loads((tmp_path / "seen.json").read_text())
        assert not set(missing) & set(seen)

    run(scenario())


def test_cf06_a_server_starts_in_folders_with_any_characters(tmp_path: Path) -> None:
    home = tmp_path / ODD
    home.mkdir()
    program = home / "my ollama"
    program.symlink_to("/usr/bin/env")

    async def scenario() -> None:
        choose = ServerProgram(ServerKind.OLLAMA, (str(program), *PROGRAM.argv))
        environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "none")}
        async with supervised(
            home / "data", environment=environment, choose=lambda: choose, models_folder=home / "models"
        ) as (supervisor, watch):
            supervisor.start()
            await watch.until(READY)

    run(scenario())


def test_cf06_the_engine_answers_from_folders_with_any_characters_and_without_a_home(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("e") / ODD
    folder.mkdir()
    gguf = tiny_model(folder / "tiny.gguf")
    with EngineProcess(folder / "models", {"TMPDIR": str(folder), "HOME": "/nowhere/at all"}) as engine:
        engine.create("tiny", gguf)
        question = {"model": "tiny", "messages": [{"role": "user", "content": "story"}], "stream": False}
        assert engine.ask("POST", "/api/chat", question).json["message"]["content"] == models.STORY


def test_cf06_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    async def scenario() -> None:
        async with supervised(tmp_path / "file" / "data") as (supervisor, watch):
            supervisor.start()
            failed = await watch.until(ServerState.FAILED)
            assert str(tmp_path / "file" / "data") in failed.reason
            assert "Not a directory" in failed.reason

    run(scenario())


HOME = {"HOME": "/home/me", "TOOLS": "/opt/tools", "PATH": ""}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/usr/bin/ollama", "/usr/bin/ollama"),
        ("/usr/bin/ollama/", "/usr/bin/ollama"),
        ("  /usr//bin/../bin/./ollama ", "/usr/bin/ollama"),
        ("~/bin/ollama", "/home/me/bin/ollama"),
        ("~", "/home/me"),
        ("$TOOLS/ollama", "/opt/tools/ollama"),
        ("${TOOLS}/ollama", "/opt/tools/ollama"),
        ("$UNKNOWN/ollama", "/home/me/$UNKNOWN/ollama"),
        ("'/opt/my tools/ollama'", "/opt/my tools/ollama"),
        ("bin/ollama", "/home/me/bin/ollama"),
        ("ollama", "/home/me/ollama"),
    ],
)
def test_cf09_a_path_is_read_as_a_person_means_it_wherever_we_were_started(text: str, path: str) -> None:
    assert chosen_path(text, HOME) == Path(path)
    assert find_program(setting=text, environment=HOME).argv == (path, "serve")


def test_cf09_a_name_alone_is_looked_for_on_the_path(tmp_path: Path) -> None:
    program = tmp_path / "my-ollama"
    program.touch(mode=0o755)
    assert chosen_path("my-ollama", {"PATH": str(tmp_path), "HOME": "/home/me"}) == program


def test_cf09_links_are_kept_so_that_an_update_behind_them_is_followed(tmp_path: Path) -> None:
    (tmp_path / "ollama").symlink_to("/usr/bin/env")
    assert chosen_path(str(tmp_path / "ollama"), {}) == tmp_path / "ollama"


def test_cf06_without_a_home_there_is_a_path_all_the_same() -> None:
    assert chosen_path("~/ollama", {}).is_absolute()
    assert Path("/usr/bin/ollama") in candidates({}, "linux")


def test_po16_a_server_elsewhere_is_never_given_a_child(tmp_path: Path) -> None:
    async def scenario() -> None:
        for host in ("https://127.0.0.1:1", "http://192.0.2.1:9"):
            async with supervised(tmp_path / "data", address=ServerAddress.parse(host)) as (supervisor, watch):
                supervisor.start()
                elsewhere = await watch.until(ServerState.DEGRADED)
                assert (elsewhere.pid, elsewhere.is_ours) == (None, False)
                assert "does not answer" in elsewhere.reason

    run(scenario())

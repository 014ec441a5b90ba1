"""Which program becomes the server, and what it gets to see of the app's environment."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from ollama_desk.core.selfrun import self_argv
from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState
from ollama_desk.sidecar.launch import MARKER, ServerProgram, candidates, find_program, server_environment, slots_for
from tests.support.sidecar import run, supervised

ADDRESS = ServerAddress(port=4711)


def child(environment: dict[str, str], extra: dict[str, str] | None = None) -> dict[str, str]:
    return server_environment(environment, address=ADDRESS, owner="me", models_folder=None, extra=extra or {})


def make_program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_chosen_program_is_taken_even_if_it_is_missing() -> None:
    program = find_program(setting="/nowhere/ollama", environment={})
    assert program == ServerProgram(ServerKind.OLLAMA, ("/nowhere/ollama", "serve"))


def test_an_ollama_on_the_path_comes_before_the_usual_places(tmp_path: Path) -> None:
    home = make_program(tmp_path / "home/.local/bin/ollama")
    on_path = make_program(tmp_path / "bin/ollama")
    environment = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home")}
    assert find_program(setting="", environment=environment).argv[0] == str(on_path)
    on_path.chmod(0o644)
    assert find_program(setting="", environment=environment).argv[0] == str(home)


def test_without_an_ollama_it_is_the_built_in_engine(tmp_path: Path) -> None:
    built_in = ServerProgram(ServerKind.BUILT_IN, tuple(self_argv("engine", "serve")))
    assert find_program(setting="", environment={"PATH": str(tmp_path)}) == built_in
    make_program(tmp_path / "ollama")
    environment = {"PATH": str(tmp_path)}
    assert find_program(setting="", environment=environment, built_in_only=True) == built_in


def test_a_relative_path_entry_is_nobodys_place_for_a_server() -> None:
    assert Path("bin/ollama") not in candidates({"PATH": "bin:.:"}, "linux")


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", "/home/me/.local/bin/ollama"),
        ("darwin", "/opt/homebrew/bin/ollama"),
        ("darwin", "/Applications/Ollama.app/Contents/Resources/ollama"),
        ("win32", "C:/Users/me/AppData/Local/Programs/Ollama/ollama.exe"),
    ],
)
def test_the_usual_places_of_three_systems_are_known(platform: str, expected: str) -> None:
    environment = {"HOME": "/home/me", "LOCALAPPDATA": "C:/Users/me/AppData/Local"}
    assert Path(expected) in candidates(environment, platform)


def test_the_server_is_told_where_to_listen_and_whose_it_is() -> None:
    told = server_environment({}, address=ADDRESS, owner="me", models_folder=Path("/models"), extra={})
    assert told["OLLAMA_HOST"] == "127.0.0.1:4711"
    assert told["OLLAMA_MODELS"] == "/models"
    assert told[MARKER] == "me"


def test_cf02_nothing_of_a_bundle_python_or_qt_reaches_the_server() -> None:
    told = child(
        {
            "LD_LIBRARY_PATH": "/bundle/_MEI1",
            "LD_LIBRARY_PATH_ORIG": "/opt/cuda/lib",
            "_MEIPASS2": "x",
            "PYTHONPATH": "x",
            "PYTHONHOME": "x",
            "QT_PLUGIN_PATH": "x",
            "QT_QPA_PLATFORM": "offscreen",
            "APPDIR": "x",
            "LD_PRELOAD": "x",
        }
    )
    assert told["LD_LIBRARY_PATH"] == "/opt/cuda/lib"
    assert set(told) == {"LD_LIBRARY_PATH", "OLLAMA_HOST", "NO_PROXY", "no_proxy", MARKER}


@pytest.mark.parametrize(
    "name",
    [
        *("OLLAMA_ORIGINS", "OLLAMA_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "XDG_PASSWORD", "GGML_TOKEN"),
        *("OLLAMA_DEBUG_LOG_REQUESTS", "OLLAMA_DESK_DATA_DIR", "SSH_AUTH_SOCK"),
    ],
)
def test_cf04_what_opens_doors_is_never_taken_over_from_the_apps_own_environment(name: str) -> None:
    assert name not in child({name: "x"})
    assert child({}, {name: "x"})[name] == "x"


def test_cf04_a_wildcard_in_the_environment_does_not_open_the_server() -> None:
    assert child({"OLLAMA_HOST": "0.0.0.0"}, {"OLLAMA_HOST": "0.0.0.0"})["OLLAMA_HOST"] == "127.0.0.1:4711"  # noqa: S104


def test_what_tunes_the_server_is_taken_over() -> None:
    tuned = {"OLLAMA_KEEP_ALIVE": "1h", "CUDA_VISIBLE_DEVICES": "0", "HOME": "/h", "LC_ALL": "C", "HTTPS_PROXY": "p"}
    assert child(tuned).items() >= tuned.items()
    assert child(tuned, {"OLLAMA_KEEP_ALIVE": "2h"})["OLLAMA_KEEP_ALIVE"] == "2h"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "a.example, b.example"}, "a.example,b.example,127.0.0.1,localhost,::1"),
        ({"no_proxy": "a.example"}, "a.example,127.0.0.1,localhost,::1"),
        ({"no_proxy": "::1", "NO_PROXY": "b"}, "b,::1,127.0.0.1,localhost"),
    ],
)
def test_cf05_loopback_never_goes_through_a_proxy(given: dict[str, str], expected: str) -> None:
    told = child({"HTTP_PROXY": "http://proxy", **given})
    assert (told["NO_PROXY"], told["no_proxy"]) == (expected, expected)


def test_cf02_cf04_the_process_gets_exactly_this_environment(tmp_path: Path) -> None:
    async def scenario() -> None:
        extra = {"HF_TOKEN": "given on purpose"}
        async with supervised(tmp_path, f"environment={tmp_path / 'seen.json'}", extra_env=extra) as (
            supervisor,
            watch,
        ):
            supervisor.start()
            await watch.until(ServerState.READY)
            seen = json.loads(await asyncio.to_thread((tmp_path / "seen.json").read_text))
            assert seen["HF_TOKEN"] == "given on purpose"
            assert seen[MARKER]
            assert not [name for name in seen if name.startswith(("PYTHON", "QT_", "PYTEST"))]

    run(scenario())


def test_the_engine_is_this_program() -> None:
    assert find_program(setting="", environment={}, built_in_only=True).argv[0] == sys.executable


def test_our_own_engine_answers_two_chats_at_once_unless_somebody_said_how_many() -> None:
    assert slots_for(ServerKind.BUILT_IN, {}) == {"OLLAMA_NUM_PARALLEL": "2"}
    assert slots_for(ServerKind.BUILT_IN, {"OLLAMA_NUM_PARALLEL": "1"}) == {}
    assert slots_for(ServerKind.OLLAMA, {}) == {}

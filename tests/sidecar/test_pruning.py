"""When a server may remove what no model needs, seen in the environment that it is given."""

import json
import os
import sys
from pathlib import Path

import pytest

from ollama_desk.domain.server import ServerKind, ServerState
from ollama_desk.sidecar.launch import ServerProgram
from ollama_desk.sidecar.pruning import VARIABLE, folder_of, has_partials, pruning
from tests.support.sidecar import FAKE, run, supervised

HEX = "ab" * 32
OLLAMA, BUILT_IN = ServerKind.OLLAMA, ServerKind.BUILT_IN


@pytest.mark.parametrize(
    ("kind", "told", "has_partials", "is_shared", "expected"),
    [
        (OLLAMA, "", False, False, None),
        (OLLAMA, "", True, False, "1"),
        (OLLAMA, "", False, True, "1"),
        (BUILT_IN, "", False, False, None),
        (BUILT_IN, "", True, False, None),
        (BUILT_IN, "", False, True, "1"),
        (OLLAMA, "0", True, True, "0"),
        (OLLAMA, "1", False, False, "1"),
        (BUILT_IN, "true", False, False, "true"),
        (OLLAMA, "  ", True, False, "1"),
    ],
)
def test_what_a_server_may_remove(
    kind: ServerKind, *, told: str, has_partials: bool, is_shared: bool, expected: str | None
) -> None:
    given = pruning(kind, told=told, has_partials=has_partials, is_shared=is_shared)
    assert given.get(VARIABLE) == expected


def test_unfinished_downloads_are_seen_in_the_folder(tmp_path: Path) -> None:
    assert not has_partials(tmp_path)
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / f"sha256-{HEX}").touch()
    assert not has_partials(tmp_path)
    (tmp_path / "blobs" / f"sha256-{HEX}-partial-0").touch()
    assert has_partials(tmp_path)


def test_a_folder_that_cannot_be_read_is_taken_to_have_some(tmp_path: Path) -> None:
    (tmp_path / "blobs").touch()
    assert has_partials(tmp_path)


def test_the_folder_of_a_server_is_told_or_below_its_home() -> None:
    assert folder_of({"OLLAMA_MODELS": ' "/a b" ', "HOME": "/h"}) == Path("/a b")
    assert folder_of({"HOME": "/h"}) == Path("/h/.ollama/models")


def given(
    folder: Path, *, kind: ServerKind = OLLAMA, partial: bool = False, told: str = "", shared: str = ""
) -> str | None:
    """The variable as a server gets it that is started over a folder."""
    blobs = folder / "models" / "blobs"
    blobs.mkdir(parents=True)
    if partial:
        (blobs / f"sha256-{HEX}-partial").touch()
    seen = folder / "seen.json"

    async def sharing(models_folder: Path) -> str:
        assert models_folder == folder / "models"
        return shared

    async def scenario() -> None:
        async with supervised(
            folder / "data",
            f"environment={seen}",
            choose=lambda: ServerProgram(kind, (sys.executable, str(FAKE))),
            models_folder=folder / "models",
            environment={**os.environ, VARIABLE: told},
            sharing=sharing,
        ) as (supervisor, watch):
            supervisor.start()
            await watch.until(ServerState.READY)

    run(scenario())
    value: str | None = json.loads(seen.read_text()).get(VARIABLE)
    return value


def test_a_real_ollama_keeps_everything_only_while_downloads_are_unfinished(tmp_path: Path) -> None:
    assert not given(tmp_path / "none")
    assert given(tmp_path / "some", partial=True) == "1"


def test_the_built_in_engine_may_always_tidy_up_after_an_update(tmp_path: Path) -> None:
    assert not given(tmp_path, kind=BUILT_IN, partial=True)


@pytest.mark.parametrize("kind", [OLLAMA, BUILT_IN])
def test_pl20_nothing_is_removed_from_a_folder_of_two(tmp_path: Path, kind: ServerKind) -> None:
    assert given(tmp_path, kind=kind, shared="another Ollama (process 7)") == "1"


@pytest.mark.parametrize("told", ["0", "1"])
def test_what_the_person_has_set_goes_first(tmp_path: Path, told: str) -> None:
    assert given(tmp_path, partial=True, told=told, shared="another Ollama (process 7)") == told

"""The whole app is killed on its way from one models folder to another, again and again, and nothing is ever lost."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from ollama_desk.domain.events import NoticeRaised
from tests.support.move_folders import contents, furnish, put_model
from tests.support.moving_desk import another_disk, moving_desk

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("OLLAMA_DESK_MOVE_KILLS", "6"))  # by each test
STEPS = 45  # that a move has here, at the most
LIMIT_S = 60.0


def killed_on_the_way(folder: Path, target: Path, step: int, *, may_link: bool) -> bool:
    """Let the app move until this step; whether it got that far."""
    command = [
        sys.executable,
        "-m",
        "tests.support.move_driver",
        str(folder),
        str(target),
        str(step),
        str(int(may_link)),
    ]
    keep = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA")}
    done = subprocess.run(command, cwd=ROOT, env=keep, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


@pytest.mark.parametrize("may_link", [True, False], ids=["linked", "copied"])
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_step_every_model_is_where_the_next_start_looks(
    tmp_path: Path,
    seed: int,
    may_link: bool,  # noqa: FBT001 - of a table
) -> None:
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets

    async def settled(places: tuple[Path, Path]) -> Path:
        """Where the models are after the next start, once nothing is left to do."""
        async with moving_desk(tmp_path) as moving:
            place = moving.desk.settings.models_folder
            if (tmp_path / "data/moving.json").exists():
                await moving.seen.wait_for(NoticeRaised, timeout_s=LIMIT_S)
            assert contents(place) == held
            (other,) = (each for each in places if each != place)
            assert not other.exists() or not list(other.iterdir())
            return place

    with another_disk(tmp_path) as disk:
        places = (tmp_path / "data/models", (tmp_path if may_link else disk) / "new")
        furnish(places[0])
        put_model(places[0], "four", b"weights of four" * 9000)
        held = contents(places[0])
        place, killed = places[0], 0
        for _ in range(KILLS):
            target = places[1] if place == places[0] else places[0]
            killed += killed_on_the_way(tmp_path, target, chance.randint(1, STEPS), may_link=may_link)
            place = asyncio.run(settled(places))
        assert killed >= KILLS // 2

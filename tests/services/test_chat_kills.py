"""The program is killed at random points while it chats: what was acknowledged is there, and nearly all of the rest."""

import os
from pathlib import Path

import pytest

from tests.support.kills import kill_once

KILLS = int(os.environ.get("OLLAMA_DESK_KILLS", "25"))


@pytest.mark.parametrize("seed", range(KILLS))
def test_st01_a_kill_loses_nothing_acknowledged_and_at_most_300_ms_of_an_answer(tmp_path: Path, seed: int) -> None:
    kill_once(tmp_path, seed)

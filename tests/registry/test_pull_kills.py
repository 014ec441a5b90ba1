"""PL-01, PL-02: whatever is killed in the middle of a pull, it goes on from there, and ends right."""

from pathlib import Path

import pytest

from tests.support.blob_contents import MIB, Large
from tests.support.pull_kills import PullTally, Victim, kill_pull

KILLS = 2  # many more are a command of their own: ./packaging/soak


@pytest.mark.parametrize("victim", list(Victim))
def test_a_pull_survives_kills_and_fetches_next_to_nothing_twice(tmp_path: Path, victim: Victim) -> None:
    tally = kill_pull(tmp_path / "data", victim, Large(24 * MIB), kills=KILLS)
    assert tally.is_clean, tally
    assert tally.kills == KILLS


def test_a_pull_that_is_not_right_at_the_end_is_told() -> None:
    assert not PullTally(Victim.APP, 1, is_right=False).is_clean
    assert not PullTally(Victim.APP, 1, is_right=True, left=["x-partial"]).is_clean
    assert not PullTally(Victim.APP, 1, is_right=True, lost_bytes=[33 * MIB]).is_clean
    assert PullTally(Victim.APP, 1, is_right=True, lost_bytes=[MIB], sent_bytes=MIB).is_clean

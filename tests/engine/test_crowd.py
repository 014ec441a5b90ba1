"""Clients that do everything at once, load and unload what others use, and leave: nothing is lost of it."""

import pytest

from tests.soak.clients import soak


@pytest.mark.timeout(300)
def test_a_crowd_leaves_no_runner_slot_or_descriptor_behind(tmp_path_factory: pytest.TempPathFactory) -> None:
    told = soak(tmp_path_factory.mktemp("c"), seconds=2.0, max_loaded=3).told
    assert told["left"] > 0
    assert sum(count for kind, count in told.items() if kind.endswith(" 200")) > 0

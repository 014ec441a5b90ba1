"""A move of a models folder that is stopped after any of its steps: the next start finishes it, or it never was."""

from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.move_folders import Crash, Moving, Steps, contents, furnish, put_model

WAYS = pytest.mark.parametrize("way", ["linked", "copied", "renamed"])


@WAYS
@pytest.mark.parametrize("has_models", [False, True], ids=["new", "merged"])
def test_stopped_after_any_step_it_is_finished_or_undone_by_the_next_start(
    tmp_path: Path,
    way: str,
    has_models: bool,  # noqa: FBT001 - of a table
) -> None:
    def prepared(root: Path, step: Steps) -> tuple[Moving, dict[str, bytes], dict[str, bytes]]:
        moving = Moving(root, way, step)
        furnish(moving.source)
        if has_models:
            put_model(moving.target, "their", b"their weights" * 99)
            put_model(moving.target, "two", b"weights of two" * 3000, b"a layer that two models have" * 400)
        else:
            root.joinpath("disk").mkdir()
        return moving, contents(moving.source), contents(moving.target)

    counting = Steps()
    prepared(tmp_path / "whole", counting)[0].go()
    assert len(counting.names) > 25
    for last in range(1, len(counting.names) + 1):
        moving, old, new = prepared(tmp_path / str(last), Steps(last))
        with pytest.raises(Crash):
            moving.go()
        if moving.setting == "old" and moving.journal is not None and moving.journal.step != "switched":
            assert contents(moving.source) == old, counting.names[last - 1]
        expect_recovered(moving, old, new, at=counting.names[last - 1])


@WAYS
def test_a_recovery_may_be_cut_off_again_and_again(tmp_path: Path, way: str) -> None:
    counting = Steps()
    whole = Moving(tmp_path / "whole", way, counting)
    furnish(whole.source)
    whole.go()
    for last in range(len(counting.names) // 2, len(counting.names) + 1):
        moving = Moving(tmp_path / str(last), way, Steps(last))
        furnish(moving.source)
        (moving.root / "disk").mkdir()
        old = contents(moving.source)
        with pytest.raises(Crash):
            moving.go()
        for attempt in range(1, 99):  # each time a step further
            moving.step = Steps(attempt)
            with suppress(Crash):
                moving.recover()
            if moving.journal is None:
                break
        expect_recovered(moving, old, {}, at=counting.names[last - 1])


def expect_recovered(moving: Moving, old: dict[str, bytes], new: dict[str, bytes], *, at: str) -> None:
    """Everything is in the place that is in force, and the other one has what it had, or nothing."""
    moving.step = Steps()
    moving.recover()
    assert moving.journal is None, at
    if moving.setting == "new":
        assert contents(moving.target) == old | new, at
        assert not moving.source.exists(), at
    else:
        assert contents(moving.source) == old, at
        assert contents(moving.target) == new, at
        assert moving.target.exists() == bool(new), at

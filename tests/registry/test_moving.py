"""A models folder is moved whole, or not at all; wherever it is cut off, the place in force has every model."""

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest

from ollama_desk.domain.errors import MoveRefusedError, StorageError, WorkStoppedError
from ollama_desk.registry.move_endings import is_in_reach, undo
from ollama_desk.registry.moving import trouble
from ollama_desk.registry.progress import Progress
from tests.support.move_folders import (
    LIBRARY,
    Crash,
    Moving,
    Steps,
    contents,
    digest,
    folders,
    furnish,
    put,
    put_model,
    put_part,
)

WAYS = pytest.mark.parametrize("may_link", [True, False], ids=["linked", "copied"])


@WAYS
def test_everything_arrives_as_it_was_and_nothing_stays_behind(tmp_path: Path, may_link: bool) -> None:  # noqa: FBT001 - of a table
    moving = Moving(tmp_path, may_link)
    furnish(moving.source)
    before = contents(moving.source)
    times = {path: (moving.source / path).stat().st_mtime_ns for path in before}
    left = moving.go()
    assert contents(moving.target) == before
    assert {path: (moving.target / path).stat().st_mtime_ns for path in before} == times
    assert (left.files, left.others) == ((), ())
    assert not moving.source.exists()
    assert moving.journal is None
    assert [path.name for path in moving.target.iterdir() if path.name.startswith(".")] == []


def test_a_copied_download_keeps_its_holes(tmp_path: Path) -> None:
    moving = Moving(tmp_path, may_link=False)
    name = put_part(moving.source, "coming", size=50_000_000)
    moving.go()
    facts = (moving.target / "blobs" / f"{name}-partial").stat()
    assert (facts.st_size, facts.st_blocks * 512 < 10_000_000) == (50_000_000, True)


@WAYS
@pytest.mark.parametrize("has_models", [False, True], ids=["new", "merged"])
def test_stopped_after_any_step_it_is_finished_or_undone_by_the_next_start(
    tmp_path: Path,
    may_link: bool,  # noqa: FBT001 - of a table
    has_models: bool,  # noqa: FBT001 - of a table
) -> None:
    def prepared(root: Path, step: Steps) -> tuple[Moving, dict[str, bytes], dict[str, bytes]]:
        moving = Moving(root, may_link, step)
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
def test_a_recovery_may_be_cut_off_again_and_again(tmp_path: Path, may_link: bool) -> None:  # noqa: FBT001 - of a table
    counting = Steps()
    whole = Moving(tmp_path / "whole", may_link, counting)
    furnish(whole.source)
    whole.go()
    for last in range(len(counting.names) // 2, len(counting.names) + 1):
        moving = Moving(tmp_path / str(last), may_link, Steps(last))
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


def test_what_came_meanwhile_is_brought_along_and_what_went_is_not(tmp_path: Path) -> None:
    moving = Moving(tmp_path, may_link=False)
    furnish(moving.source)

    def meanwhile() -> None:
        put_model(moving.source, "late", b"late weights" * 10)
        put_model(moving.source, "one", b"new weights" * 10)
        (moving.source / "blobs" / f"sha256-{digest(b'weights of one' * 5000)}").unlink()
        (moving.source / LIBRARY / "two/latest").unlink()
        put(moving.source, f"blobs/sha256-{digest(b'coming')}-partial-0", b'{"N":0,"Offset":0,"Size":1,"Completed":1}')

    moving.go(meanwhile=meanwhile)
    there = contents(moving.target)
    assert there[f"blobs/sha256-{digest(b'coming')}-partial-0"].endswith(b'"Completed":1}')
    assert f"{LIBRARY}/late/latest" in there
    assert f"{LIBRARY}/two/latest" not in there
    assert f"blobs/sha256-{digest(b'weights of one' * 5000)}" not in there
    assert not moving.source.exists()


def test_files_of_others_stay_and_are_named(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    put(moving.source, "notes.txt", b"mine")
    put(moving.source, "blobs/README", b"mine, too")
    left = moving.go()
    assert contents(moving.source) == {"notes.txt": b"mine", "blobs/README": b"mine, too"}
    assert left.others == ("blobs", "notes.txt")


def test_what_is_written_to_the_old_place_after_the_switch_stays_there(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    moving.step = lambda name: (
        put_model(moving.source, "one", b"newer weights") if name == "wrote the setting" else None
    )
    left = moving.go()
    assert left.files == (f"{LIBRARY}/one/latest",)
    assert (moving.source / "blobs" / f"sha256-{digest(b'newer weights')}").exists()


def test_a_model_of_the_same_name_with_other_content_is_no_ones_to_overwrite(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    put_model(moving.target, "one", b"other weights")
    before = contents(moving.target)
    with pytest.raises(MoveRefusedError, match="Both folders have a model called one:latest"):
        moving.go()
    moving.recover()
    assert contents(moving.target) == before


def test_a_damaged_file_ends_a_copy(tmp_path: Path) -> None:
    moving = Moving(tmp_path, may_link=False)
    furnish(moving.source)
    blob = moving.source / "blobs" / f"sha256-{digest(b'weights of one' * 5000)}"
    blob.write_bytes(b"rotten")
    with pytest.raises(MoveRefusedError, match=r"is damaged: its content is not what its name says\. Get its model"):
        moving.go()
    moving.recover()
    assert not moving.target.exists()


def test_a_damaged_file_in_the_new_place_is_not_taken_for_the_same(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    put(moving.target, f"blobs/sha256-{digest(b'weights of one' * 5000)}", b"rotten")
    with pytest.raises(MoveRefusedError, match=r"is damaged: its content is not what its name says\. Remove it"):
        moving.go()


def test_a_download_that_both_have_begun_stays_apart(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    name = put_part(moving.target, "coming", size=10)
    moving.go()
    assert (moving.target / "blobs" / f"{name}-partial").stat().st_size == 10
    assert {Path(path).name for path in contents(moving.source)} == {f"{name}-partial", f"{name}-partial-0"}


def test_another_program_that_writes_a_name_meanwhile_keeps_it(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    theirs = f"{LIBRARY}/one/latest"
    with pytest.raises(MoveRefusedError, match="another program wrote"):
        _with_rival(moving, theirs)
    moving.recover()
    assert contents(moving.target) == {theirs: b"theirs"}


def _with_rival(moving: Moving, path: str) -> None:
    carrier = moving.carrier()
    carrier.begin()
    carrier.fill(Progress())
    put(moving.target, path, b"theirs")
    carrier.publish()


def test_what_links_lead_to_is_copied(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    blob = moving.source / "blobs" / f"sha256-{digest(b'weights of one' * 5000)}"
    mine = tmp_path / "mine.gguf"
    blob.rename(mine)
    blob.symlink_to(mine)
    moving.go()
    there = moving.target / "blobs" / blob.name
    assert there.read_bytes() == mine.read_bytes()
    assert not there.is_symlink()
    assert not there.samefile(mine)


def test_folders_that_were_there_stay_when_a_move_is_undone(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    (moving.target / "blobs").mkdir(parents=True)
    carrier = moving.carrier()
    carrier.begin()
    carrier.fill(Progress())
    carrier.publish()
    undo(carrier.journal, moving.journal_path, Progress())
    assert folders(tmp_path / "disk") == {"new", "new/blobs"}


def test_it_stops_when_it_is_told(tmp_path: Path) -> None:
    moving = Moving(tmp_path, may_link=False)
    furnish(moving.source)
    progress = Progress()
    progress.stop()
    carrier = moving.carrier()
    carrier.begin()
    with pytest.raises(WorkStoppedError):
        carrier.fill(progress)


def test_a_disk_for_small_files_is_named_as_such() -> None:
    error = trouble(OSError(errno.EFBIG, os.strerror(errno.EFBIG)), Path("/stick/blobs/x"))
    assert isinstance(error, StorageError)
    assert str(error).startswith("The disk that holds /stick/blobs cannot hold files larger than 4 GB.")


def test_what_may_not_be_removed_from_the_old_place_is_told(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    kept = f"{LIBRARY}/one/latest"

    def step(name: str) -> None:
        if name == "wrote the setting":  # as a folder it cannot be unlinked
            (moving.source / kept).unlink()
            (moving.source / kept).mkdir()

    moving.step = step
    left = moving.go()
    assert left.files == (kept,)


def test_a_disk_that_is_not_there_makes_the_end_wait(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    moving.target.mkdir(parents=True)
    carrier = moving.carrier()
    carrier.begin()
    assert is_in_reach(carrier.journal)
    moving.target.rename(tmp_path / "unplugged")
    assert not is_in_reach(carrier.journal)

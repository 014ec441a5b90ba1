"""A models folder is moved whole, or not at all; wherever it is cut off, the place in force has every model."""

from pathlib import Path

import pytest

from ollama_desk.domain.errors import MoveRefusedError, StorageError, WorkStoppedError
from ollama_desk.registry.move_endings import tidy, undo
from ollama_desk.registry.move_journal import Entry, Journal, Step
from ollama_desk.registry.move_layout import survey
from ollama_desk.registry.progress import Progress
from tests.support.move_folders import (
    LIBRARY,
    SHARED,
    Moving,
    contents,
    digest,
    folders,
    furnish,
    put,
    put_model,
    put_part,
)

WAYS = pytest.mark.parametrize("way", ["linked", "copied", "renamed"])


@WAYS
def test_everything_arrives_as_it_was_and_nothing_stays_behind(tmp_path: Path, way: str) -> None:
    moving = Moving(tmp_path, way)
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
    moving = Moving(tmp_path, "copied")
    name = put_part(moving.source, "coming", size=50_000_000)
    moving.go()
    facts = (moving.target / "blobs" / f"{name}-partial").stat()
    assert (facts.st_size, facts.st_blocks * 512 < 10_000_000) == (50_000_000, True)


def test_what_came_meanwhile_is_brought_along_and_what_went_is_not(tmp_path: Path) -> None:
    moving = Moving(tmp_path, "copied")
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
    moving = Moving(tmp_path, "copied")
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


def test_what_the_new_place_had_and_lost_meanwhile_ends_the_move(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    put_model(moving.target, "two", b"weights of two" * 3000, SHARED)
    carrier = moving.carrier()
    carrier.begin()
    carrier.fill(Progress())
    (moving.target / "blobs" / f"sha256-{digest(SHARED)}").unlink()
    with pytest.raises(MoveRefusedError, match=r"was removed\. Try again"):
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
    moving = Moving(tmp_path, "copied")
    furnish(moving.source)
    progress = Progress()
    progress.stop()
    carrier = moving.carrier()
    carrier.begin()
    with pytest.raises(WorkStoppedError):
        carrier.fill(progress)


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


def test_what_the_system_refuses_is_told_in_a_sentence(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    with pytest.raises(StorageError, match="cannot be used"):
        moving.carrier().can_link()
    put(tmp_path, "disk", b"a file where a folder should be")
    with pytest.raises(StorageError, match="Not a directory"):
        moving.carrier().begin()


def test_a_disk_that_gives_no_second_names_is_known_as_such(tmp_path: Path) -> None:
    for way in ("linked", "renamed"):
        carrier = Moving(tmp_path / way, way).carrier()
        (tmp_path / way).mkdir()
        carrier.begin()
        assert carrier.can_link() is (way == "linked")


def test_a_name_that_is_taken_on_a_disk_without_second_names_stays_who_took_it(tmp_path: Path) -> None:
    moving = Moving(tmp_path, "renamed")
    furnish(moving.source)
    with pytest.raises(MoveRefusedError, match="another program wrote"):
        _with_rival(moving, f"{LIBRARY}/one/latest")
    moving.recover()
    assert contents(moving.target) == {f"{LIBRARY}/one/latest": b"theirs"}


def test_whether_all_has_come_is_seen(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    put_part(moving.target, "coming", size=10)
    carrier = moving.carrier()
    carrier.begin()
    assert not carrier.is_complete()
    carrier.fill(Progress())
    assert carrier.is_complete()  # but for the parts that stay where they are
    put_model(moving.source, "late", b"late")
    assert not carrier.is_complete()


def test_a_file_that_goes_while_it_is_copied_is_left_out(tmp_path: Path) -> None:
    moving = Moving(tmp_path, "copied")
    furnish(moving.source)
    late = moving.source / f"{LIBRARY}/two/latest"
    moving.step = lambda name: late.unlink(missing_ok=True) if name.endswith("one/latest") else None
    moving.go()
    assert f"{LIBRARY}/two/latest" not in contents(moving.target)


def test_what_was_set_aside_in_both_places_stays_apart(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    aside = f"set-aside/20261121/sha256-{'0' * 64}-partial-0"
    put(moving.target, aside, b"other damage")
    moving.go()
    assert contents(moving.source) == {aside: b"damaged"}
    assert contents(moving.target)[aside] == b"other damage"


def test_two_names_of_one_folder_are_never_tidied(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    held = contents(moving.source)
    entries = tuple(Entry(each.path, *each.stamp) for each in survey(moving.source))
    moving.target.parent.mkdir()
    moving.target.symlink_to(moving.source)
    journal = Journal(
        step=Step.SWITCHED, source=str(moving.source), target=str(moving.target),
        stage=".ollama-desk-move-1", setting="", entries=entries,
    )  # fmt: skip
    left = tidy(journal, moving.journal_path, Progress())
    assert contents(moving.source) == held
    assert left.others == ("blobs", "manifests", "set-aside")

"""What nobody needs is found and goes; what a manifest names stays, whatever happens meanwhile."""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.upkeep import LeftoverKind
from ollama_desk.registry.arrivals import arrive
from ollama_desk.registry.leftovers import find_leftovers, put_back, remove_leftovers
from ollama_desk.registry.parts import Partial
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore

HOUR_S = 3600.0
GHOST = "0" * 63 + "1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def store(folder: Path) -> ModelStore:
    """With one model, "demo"."""
    store = ModelStore(folder)
    weights, _ = store.blobs.add(resource("demo", "demo.gguf").read_bytes())
    list(store.create(parse_name("demo"), Recipe(files={"demo.gguf": weights}, system="Be brief.")))
    return store


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "blobs").iterdir()}


def later() -> float:
    return time.time() + HOUR_S


def clean(folder: Path, *, keep: frozenset[str] = frozenset()) -> int:
    return remove_leftovers(folder, find_leftovers(folder, keep=keep, now=later()), keep=keep, settle_s=0)


def test_a_folder_that_is_not_there_has_no_leftovers(folder: Path) -> None:
    assert find_leftovers(folder, min_age_s=0) == ()
    assert remove_leftovers(folder, (), settle_s=0) == 0


def test_a_blob_that_no_manifest_names_goes_and_gives_its_bytes_back(store: ModelStore, folder: Path) -> None:
    before = names(folder)
    digest, _ = store.blobs.add(b"x" * 5000)
    (found,) = find_leftovers(folder, now=later())
    assert (found.kind, found.digest, found.size_bytes) == (LeftoverKind.UNUSED, digest, 5000)
    assert clean(folder) == 5000
    assert names(folder) == before
    assert store.resolve(parse_name("demo")).system == "Be brief."


def test_unused_weights_tell_what_they_call_themselves(folder: Path) -> None:
    ModelStore(folder).blobs.add(resource("demo", "demo.gguf").read_bytes())
    (found,) = find_leftovers(folder, now=later())
    assert "Q4_0" in found.belonged_to


def test_what_is_young_is_left_alone_unless_asked(store: ModelStore, folder: Path) -> None:
    store.blobs.add(b"young")
    assert find_leftovers(folder) == ()
    assert len(find_leftovers(folder, min_age_s=0)) == 1


def test_a_second_name_of_an_old_file_is_young_because_it_was_just_given(folder: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.gguf"
    old.write_bytes(b"old")
    os.utime(old, (1, 1))
    (folder / "blobs").mkdir(parents=True)
    os.link(old, folder / "blobs" / f"sha256-{hashlib.sha256(b'old').hexdigest()}")
    assert find_leftovers(folder) == ()
    (found,) = find_leftovers(folder, min_age_s=0)
    assert found.size_bytes == 0  # the person's own name for it stays


def test_what_a_download_of_the_list_has_brought_is_kept(store: ModelStore, folder: Path) -> None:
    whole, _ = store.blobs.add(b"first layer")
    coming = f"sha256:{GHOST}"
    Partial(store.blobs.path(coming), 1000).close()
    keep = frozenset({whole, coming})
    assert find_leftovers(folder, keep=keep, now=later()) == ()
    found = find_leftovers(folder, now=later())
    assert {each.kind for each in found} == {LeftoverKind.UNUSED, LeftoverKind.PARTIAL}
    assert remove_leftovers(folder, found, keep=keep, settle_s=0) == 0
    assert store.blobs.has(whole)


def test_an_abandoned_download_goes_with_all_its_parts(store: ModelStore, folder: Path) -> None:
    before = names(folder)
    with Partial(store.blobs.path(f"sha256:{GHOST}"), 100_000) as partial:
        partial.write(partial.parts[0], b"x" * 50_000)
    (found,) = find_leftovers(folder, now=later())
    assert (found.kind, len(found.files)) == (LeftoverKind.PARTIAL, 2)
    assert found.files[-1].path.endswith("-partial")  # how far it is goes first
    assert 50_000 <= clean(folder) < 100_000  # it is sparse
    assert names(folder) == before


def test_while_something_unknown_arrives_whole_blobs_stay(store: ModelStore, folder: Path) -> None:
    store.blobs.add(b"a layer that came an hour ago")
    Partial(store.blobs.path(f"sha256:{GHOST}"), 1000).close()
    young = folder / "blobs" / f"sha256-{GHOST}-partial"
    ahead = later()
    os.utime(young, (ahead, ahead))
    assert find_leftovers(folder, now=ahead) == ()


def test_what_was_touched_since_it_was_found_stays(store: ModelStore, folder: Path) -> None:
    digest, _ = store.blobs.add(b"x")
    found = find_leftovers(folder, now=later())
    os.utime(store.blobs.path(digest))
    assert remove_leftovers(folder, found, settle_s=0) == 0
    assert store.blobs.has(digest)


def test_what_was_named_since_it_was_found_stays(store: ModelStore, folder: Path) -> None:
    list(store.create(parse_name("two"), Recipe(base=parse_name("demo"), system="New.")))
    store.delete(parse_name("two"))
    digest, _ = store.blobs.add(b"New.")
    found = find_leftovers(folder, now=later())
    list(store.create(parse_name("two"), Recipe(base=parse_name("demo"), system="New.")))
    assert remove_leftovers(folder, found, settle_s=0) == 0
    assert store.blobs.has(digest)


def test_a_manifest_that_is_written_while_blobs_are_on_their_way_out_gets_them_back(
    store: ModelStore, folder: Path
) -> None:
    needed, _ = store.blobs.add(b"needed")
    store.blobs.add(b"not needed")
    manifest = folder / "manifests" / "registry.ollama.ai" / "library" / "late" / "latest"

    def meanwhile(_seconds: float) -> None:
        assert not store.blobs.has(needed)
        manifest.parent.mkdir()
        manifest.write_text(f'{{"layers": ["{needed}"]}}')

    found = find_leftovers(folder, now=later())
    assert remove_leftovers(folder, found, rest=meanwhile) == len(b"not needed")
    assert store.blobs.path(needed).read_bytes() == b"needed"


def test_a_blob_that_is_brought_anew_while_the_old_is_on_its_way_out_stays(store: ModelStore, folder: Path) -> None:
    digest, _ = store.blobs.add(b"again")
    before = names(folder)

    def meanwhile(_seconds: float) -> None:
        store.blobs.add(b"again")

    found = find_leftovers(folder, now=later())
    assert remove_leftovers(folder, found, rest=meanwhile) == len(b"again")
    assert names(folder) == before
    assert store.blobs.has(digest)


def test_what_is_needed_after_the_rest_is_back(store: ModelStore, folder: Path) -> None:
    digest, _ = store.blobs.add(b"x")
    needed = iter((frozenset[str](), frozenset({digest})))
    found = find_leftovers(folder, now=later())
    assert remove_leftovers(folder, found, settle_s=0, needed=lambda: next(needed)) == 0
    assert store.blobs.has(digest)


def test_what_cannot_be_moved_stays(store: ModelStore, folder: Path) -> None:
    digest, _ = store.blobs.add(b"x")
    blocked = store.blobs.path(digest).with_suffix(".aside")
    blocked.mkdir()
    (blocked / "file").touch()
    assert clean(folder) == 0
    assert store.blobs.has(digest)


def test_what_fails_in_between_puts_everything_back(store: ModelStore, folder: Path) -> None:
    digest, _ = store.blobs.add(b"x")

    def fail(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remove_leftovers(folder, find_leftovers(folder, now=later()), rest=fail)
    assert store.blobs.has(digest)


def test_what_killed_programs_left_goes_but_not_what_is_being_written(store: ModelStore, folder: Path) -> None:
    before = names(folder)
    blobs = folder / "blobs"
    (blobs / "sha256-123456789").write_bytes(b"of a real server")
    (blobs / "sha256-unnamed.abc.part").write_bytes(b"ours")
    (blobs / f"sha256-{GHOST}.damaged").write_bytes(b"fetched again since")
    (blobs / "README").write_bytes(b"of a person")
    aside = folder / "set-aside" / "20260101"
    aside.mkdir(parents=True)
    (aside / f"sha256-{GHOST}-partial-0").write_bytes(b"{}")
    descriptor, path = arrive(blobs, f"sha256-{GHOST}")
    try:
        assert {each.kind for each in find_leftovers(folder, now=later())} == {LeftoverKind.STRAY}
        assert clean(folder) > 0
        assert names(folder) == before | {path.name, "README"}
        assert not list(aside.iterdir())
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        clean(folder)
        assert not path.exists()
    finally:
        os.close(descriptor)


def test_no_leftover_leads_out_of_the_folder(store: ModelStore, folder: Path, tmp_path: Path) -> None:
    store.blobs.add(b"x")
    outside = tmp_path / "outside"
    outside.write_bytes(b"x")
    (found,) = find_leftovers(folder, now=later())
    for path in ("blobs/../../outside", "../outside", str(outside), "manifests/registry.ollama.ai"):
        evil = replace(found, files=(replace(found.files[0], path=path, changed_ns=outside.stat().st_ctime_ns),))
        assert remove_leftovers(folder, (evil,), settle_s=0) == 0
    assert outside.exists()


CLEANING = """
import sys, time
from pathlib import Path
from ollama_desk.registry.leftovers import find_leftovers, remove_leftovers
folder = Path(sys.argv[1])
remove_leftovers(folder, find_leftovers(folder, min_age_s=0), settle_s=600)
"""


def test_a_kill_in_the_middle_of_cleaning_loses_nothing_that_is_named_by_then(store: ModelStore, folder: Path) -> None:
    needed, _ = store.blobs.add(b"needed")
    unused, _ = store.blobs.add(b"unused")
    cleaning = subprocess.Popen([sys.executable, "-c", CLEANING, str(folder)])
    try:
        deadline = time.monotonic() + 60
        while store.blobs.has(needed) or store.blobs.has(unused):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        cleaning.send_signal(signal.SIGKILL)
        cleaning.wait(20)
    manifest = folder / "manifests" / "registry.ollama.ai" / "library" / "late" / "latest"
    manifest.parent.mkdir()
    manifest.write_text(f'{{"layers": ["{needed}"]}}')
    assert store.resolve(parse_name("demo")).system == "Be brief."
    assert put_back(folder) == 1
    assert store.blobs.path(needed).read_bytes() == b"needed"
    assert clean(folder) == len(b"unused")
    assert not [name for name in names(folder) if name.endswith(".aside")]

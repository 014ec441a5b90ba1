"""A file gets into the models folder as a clone, a link or a copy; in every other case nothing of it is there."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DiskFullError, FileChangedError, StorageError, WorkStoppedError
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.placing import Clone, copy, device_of, free_bytes, link, reflink, require_room
from ollama_desk.registry.progress import Progress
from ollama_desk.registry.stretches import Source, Stamp
from tests.support.cramped import can_mount, on_small_disk

DATA = os.urandom(5_000_000)
DIGEST = f"sha256:{hashlib.sha256(DATA).hexdigest()}"


def source_of(path: Path, data: bytes = DATA) -> Source:
    path.write_bytes(data)
    return Source.of_file(Stamp.of(path))


def share(source: int, target: int) -> bool:
    """What a disk that can share does, done by copying."""
    os.write(target, os.pread(source, len(DATA), 0))
    return True


def names(folder: BlobFolder) -> list[str]:
    return sorted(path.name for path in folder.folder.iterdir()) if folder.folder.is_dir() else []


def stopped_at(count: int) -> Progress:
    """Progress that is told to stop once ``count`` bytes are done."""

    class Stopping(Progress):
        def advance(self, more: int) -> None:
            super().advance(more)
            if self.done_bytes >= count:
                self.stop()

    return Stopping()


def test_a_clone_is_hashed_and_named(tmp_path: Path) -> None:
    blobs = BlobFolder(tmp_path / "blobs")
    with Clone.of(source_of(tmp_path / "a"), blobs, share=share) or pytest.fail("no clone") as clone:
        assert clone.source.digest(Progress()) == DIGEST
        clone.finish(DIGEST, blobs)
    assert names(blobs) == [DIGEST.replace(":", "-")]
    assert blobs.path(DIGEST).read_bytes() == DATA


def test_a_clone_that_is_not_wanted_goes(tmp_path: Path) -> None:
    blobs = BlobFolder(tmp_path / "blobs")
    with Clone.of(source_of(tmp_path / "a"), blobs, share=share) or pytest.fail("no clone"):
        assert len(names(blobs)) == 1
    assert names(blobs) == []


def test_a_disk_that_cannot_share_leaves_nothing(tmp_path: Path) -> None:
    blobs = BlobFolder(tmp_path / "blobs")
    source = source_of(tmp_path / "a")
    assert Clone.of(source, blobs, share=lambda *_: False) is None
    assert names(blobs) == []
    parts = Source((b"head", *source.parts), source.stamps)
    assert Clone.of(parts, blobs, share=share) is None


def test_a_disk_is_asked_whether_it_can_share(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    with (tmp_path / "a").open("rb") as source, (tmp_path / "b").open("wb") as target:
        shared = reflink(source.fileno(), target.fileno())
        assert not reflink(-1, target.fileno())
    assert (tmp_path / "b").read_bytes() == (DATA if shared else b"")


def test_a_file_that_changes_while_it_is_cloned_is_noticed(tmp_path: Path) -> None:
    blobs, path = BlobFolder(tmp_path / "blobs"), tmp_path / "a"
    source = source_of(path)

    def change(_source: int, _target: int) -> bool:
        path.write_bytes(b"other")
        return True

    with pytest.raises(FileChangedError):
        Clone.of(source, blobs, share=change)
    assert names(blobs) == []


def test_a_copy_is_checked(tmp_path: Path) -> None:
    blobs, progress = BlobFolder(tmp_path / "blobs"), Progress()
    source = source_of(tmp_path / "a")
    copy(source, DIGEST, blobs, progress=progress)
    assert progress.done_bytes == len(DATA)
    assert blobs.path(DIGEST).read_bytes() == DATA
    with pytest.raises(FileChangedError, match="gave other bytes"):
        copy(source, f"sha256:{'0' * 64}", blobs, progress=Progress())
    assert len(names(blobs)) == 1


def test_a_copy_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    blobs = BlobFolder(tmp_path / "blobs")
    with pytest.raises(WorkStoppedError):
        copy(source_of(tmp_path / "a"), DIGEST, blobs, progress=stopped_at(2_000_000))
    assert names(blobs) == []


@pytest.mark.parametrize("change", [lambda path: path.write_bytes(b"short"), os.utime, lambda path: path.unlink()])
def test_a_copy_of_a_changing_file_leaves_nothing(tmp_path: Path, change: Callable[[Path], object]) -> None:
    blobs, path = BlobFolder(tmp_path / "blobs"), tmp_path / "a"
    source = source_of(path)
    os.utime(path, (1, 1))
    source = Source.of_file(Stamp.of(path))
    change(path)
    with pytest.raises((FileChangedError, StorageError)):
        copy(source, DIGEST, blobs, progress=Progress())
    assert names(blobs) == []


def test_a_link_is_the_file_itself(tmp_path: Path) -> None:
    blobs, path, alias = BlobFolder(tmp_path / "blobs"), tmp_path / "a", tmp_path / "alias"
    path.write_bytes(DATA)
    alias.symlink_to(path)
    source = Source.of_file(Stamp.of(alias))
    link(source, DIGEST, blobs)
    assert blobs.path(DIGEST).samefile(path)
    assert not blobs.path(DIGEST).is_symlink()
    link(source, DIGEST, blobs)
    assert len(names(blobs)) == 1


def test_a_link_to_what_changed_is_taken_back(tmp_path: Path) -> None:
    blobs, path = BlobFolder(tmp_path / "blobs"), tmp_path / "a"
    source = source_of(path)
    path.write_bytes(b"other")
    with pytest.raises(FileChangedError):
        link(source, DIGEST, blobs)
    assert names(blobs) == []
    assert path.read_bytes() == b"other"


def test_what_cannot_be_linked_is_said(tmp_path: Path) -> None:
    blobs = BlobFolder(tmp_path / "blobs")
    source = source_of(tmp_path / "a")
    with pytest.raises(StorageError, match="Parts of a model"):
        link(Source((b"x", *source.parts), source.stamps), DIGEST, blobs)
    (tmp_path / "a").unlink()
    with pytest.raises(
        StorageError, match=r"cannot be used where it is: No such file or directory\. Import it as a copy"
    ):
        link(source, DIGEST, blobs)
    elsewhere = BlobFolder(Path("/dev/null/blobs"))
    with pytest.raises(StorageError):
        Clone.of(source_of(tmp_path / "b"), elsewhere, share=share)


def test_room_is_asked_of_the_disk_that_the_folder_will_be_on(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    free = free_bytes(folder)
    assert free
    assert device_of(folder) == tmp_path.stat().st_dev
    require_room(folder, 1)
    with pytest.raises(DiskFullError, match=r"The import needs \d+\.\d GB, and the disk of .* has .* left"):
        require_room(folder, free * 1000)
    assert not folder.exists()


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    source = source_of(tmp_path / "a")
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    with pytest.raises(FileChangedError):
        source.digest(Progress())
    with pytest.raises(StorageError, match="There is no file"):
        Stamp.of(tmp_path / "gone")


@pytest.mark.skipif(not can_mount(), reason="a small disk of our own needs the right to mount one")
@pytest.mark.parametrize("scenario", ["copy_on_a_full_disk", "import_without_room", "link_between_disks"])
def test_on_a_small_disk(tmp_path: Path, scenario: str) -> None:
    on_small_disk("tests.support.cramped_imports", scenario, tmp_path, size="24m")

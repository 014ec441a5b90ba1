"""A file goes out of the models folder: shared where the disk can, refused where it cannot, whole or not there."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from ollama_desk.domain.errors import FileChangedError, ModelFileError, StorageError, WorkStoppedError
from ollama_desk.registry.exporting import write
from ollama_desk.registry.progress import Progress
from ollama_desk.registry.stretches import Source, Stamp

DATA = bytes(range(256)) * 9000
DIGEST = f"sha256:{hashlib.sha256(DATA).hexdigest()}"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "blob"
    path.write_bytes(DATA)
    return Source.of_file(Stamp.of(path))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "model.gguf"


def sharing(source: int, target: int) -> bool:
    """A disk that shares bytes."""
    os.write(target, os.pread(source, len(DATA), 0))
    return True


def other_bytes(_source: int, target: int) -> bool:
    os.write(target, b"other")
    return True


def too_large(_source: int, _target: int) -> bool:
    raise OSError(errno.EFBIG, "File too large")


def copying(_source: int, _target: int) -> bool:
    return False


def test_a_disk_that_shares_bytes_copies_none_and_they_are_checked(source: Source, target: Path) -> None:
    progress = Progress()
    write(source, target, digest=DIGEST, replace=False, progress=progress, share=sharing)
    assert target.read_bytes() == DATA
    assert progress.done_bytes == len(DATA)
    assert target.stat().st_mode & 0o777 == 0o644
    with pytest.raises(ModelFileError, match="damaged"):
        write(source, target, digest=DIGEST, replace=True, progress=Progress(), share=other_bytes)
    assert target.read_bytes() == DATA
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_file_that_a_disk_cannot_hold_is_said(source: Source, target: Path) -> None:
    with pytest.raises(StorageError, match=r"takes no file of 2\.3 MB"):
        write(source, target, digest=DIGEST, replace=False, progress=Progress(), share=too_large)
    assert not list(target.parent.iterdir())


def test_one_that_is_stopped_leaves_nothing(source: Source, target: Path) -> None:
    progress = Progress()
    progress.stop()
    with pytest.raises(WorkStoppedError):
        write(source, target, digest=DIGEST, replace=False, progress=progress, share=copying)
    assert not list(target.parent.iterdir())


def test_a_blob_that_changes_meanwhile_is_not_written(source: Source, target: Path) -> None:
    source.stamps[0].path.write_bytes(b"shorter")
    with pytest.raises(FileChangedError, match="Export it again"):
        write(source, target, digest=DIGEST, replace=False, progress=Progress(), share=copying)
    assert not list(target.parent.iterdir())


class Deleting(Progress):
    """Somebody deletes the blob as soon as some of it was read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def advance(self, count: int) -> None:
        super().advance(count)
        self._path.unlink(missing_ok=True)


def test_a_blob_that_is_deleted_meanwhile_is_not_written(source: Source, target: Path) -> None:
    for _ in range(2):  # in the middle, and before
        deleting = Deleting(source.stamps[0].path)
        with pytest.raises(FileChangedError, match="deleted"):
            write(source, target, digest=DIGEST, replace=False, progress=deleting, share=copying)
    assert not list(target.parent.iterdir())


def test_a_folder_that_may_not_be_written_is_said(source: Source, target: Path) -> None:
    folder = target.parent / ("long" * 1000)
    with pytest.raises(StorageError):
        write(source, folder / "x.gguf", digest=DIGEST, replace=False, progress=Progress(), share=copying)
    with pytest.raises(StorageError):
        write(source, Path("/proc/self/x.gguf"), digest=DIGEST, replace=False, progress=Progress(), share=copying)
    target.mkdir()
    with pytest.raises(StorageError, match="cannot be used"):
        write(source, target, digest=DIGEST, replace=True, progress=Progress(), share=copying)
    assert [path.name for path in target.parent.iterdir()] == [target.name]

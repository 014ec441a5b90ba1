"""Imports on a disk that is full: scenarios for ``tests.support.cramped``."""

import hashlib
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ollama_desk.domain.errors import DiskFullError, StorageError
from ollama_desk.domain.imports import ImportState, Placing
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.placing import copy, link
from ollama_desk.registry.progress import Progress
from ollama_desk.registry.stretches import Source, Stamp
from tests.support.cramped import fill
from tests.support.importing import big_file, import_desk, tiny_file

DATA = os.urandom(4_000_000)
DIGEST = f"sha256:{hashlib.sha256(DATA).hexdigest()}"


def parts(folder: Path) -> list[str]:
    return [path.name for path in (folder / "blobs").iterdir()] if (folder / "blobs").is_dir() else []


async def copy_on_a_full_disk(folder: Path) -> None:
    """The disk fills up while a file is copied."""
    (folder / "a").write_bytes(DATA)
    source, blobs = Source.of_file(Stamp.of(folder / "a")), BlobFolder(folder / "blobs")
    blobs.folder.mkdir()
    ballast = fill(folder)
    with pytest.raises(DiskFullError):
        copy(source, DIGEST, blobs, progress=Progress())
    assert parts(folder) == []
    ballast.unlink()
    copy(source, DIGEST, blobs, progress=Progress())


async def link_between_disks(folder: Path) -> None:
    """There are no links between two disks."""
    with TemporaryDirectory(dir="/var/tmp") as elsewhere:
        path = Path(elsewhere) / "a"
        path.write_bytes(DATA)
        with pytest.raises(StorageError, match="Import it as a copy"):
            link(Source.of_file(Stamp.of(path)), DIGEST, BlobFolder(folder / "blobs"))
    assert parts(folder) == []


async def import_without_room(folder: Path) -> None:
    """What has no room is said before anything is read, and again if it is tried; a link needs none."""
    async with import_desk(folder) as scene:
        with TemporaryDirectory(dir="/var/tmp") as elsewhere:
            file = big_file(Path(elsewhere) / "big.gguf", 40_000_000)
            offer = await scene.desk.imports.examine([file])
            assert not offer.fits
            assert not offer.can_link
            job = await scene.end(scene.desk.imports.start(offer, name="big"))
            assert job.state is ImportState.FAILED
            assert job.reason.startswith("The import needs 40.0 MB, and the disk of ")
            assert not scene.blobs()
        tiny = tiny_file(folder / "tiny.gguf")
        room = shutil.disk_usage(folder).free
        with (folder / "ballast").open("wb") as ballast:
            ballast.write(bytes(room - 200_000))
        offer = await scene.desk.imports.examine([tiny])
        assert not offer.fits
        assert offer.can_link
        done = await scene.bring(tiny, placing=Placing.LINK)
        assert (done.state, done.reason) == (ImportState.FINISHED, "")

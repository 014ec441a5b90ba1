"""A models folder on a bad disk, or with odd things in it: a sentence each, and nothing half done."""

import hashlib
from pathlib import Path

import pytest

from ollama_desk.domain.errors import ModelFileError, StorageError
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.manifests import Layer, Manifest, ManifestFolder
from ollama_desk.registry.reference import parse_name
from tests.support.cramped import can_mount, on_small_disk

needs_disk = pytest.mark.skipif(not can_mount(), reason="a small disk of our own needs the right to mount one")
DIGEST = f"sha256:{hashlib.sha256(b'x').hexdigest()}"
ONE, OTHER = parse_name("one"), parse_name("other")


@pytest.fixture
def blobs(tmp_path: Path) -> BlobFolder:
    return BlobFolder(tmp_path / "blobs")


@pytest.fixture
def manifests(tmp_path: Path) -> ManifestFolder:
    folder = ManifestFolder(tmp_path / "manifests")
    layer = Layer("application/vnd.ollama.image.model", DIGEST, 1)
    folder.write(ONE, Manifest(config=layer, listed=(layer,)))
    return folder


def test_a_blob_that_is_not_there_has_no_size_and_no_content(blobs: BlobFolder) -> None:
    with pytest.raises(ModelFileError, match="no such file"):
        blobs.size(DIGEST)
    with pytest.raises(ModelFileError, match="no such file"):
        blobs.read(DIGEST, limit=10)


def test_what_cannot_be_removed_is_named(blobs: BlobFolder) -> None:
    blobs.path(DIGEST).mkdir(parents=True)
    with pytest.raises(StorageError, match=r"sha256-.* cannot be used"):
        blobs.remove(DIGEST)


def test_a_blob_whose_name_is_taken_by_a_folder_is_not_written_and_leaves_no_part(blobs: BlobFolder) -> None:
    blobs.path(DIGEST).mkdir(parents=True)
    with blobs.writer(DIGEST) as writer:
        writer.write(b"x")
        with pytest.raises(StorageError):
            writer.finish()
    assert [path.name for path in blobs.path(DIGEST).parent.iterdir()] == [blobs.path(DIGEST).name]


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "blobs").touch()
    (tmp_path / "manifests").touch()
    with pytest.raises(StorageError, match="blobs"):
        BlobFolder(tmp_path / "blobs").add(b"x")
    layer = Layer("application/vnd.ollama.image.model", DIGEST, 1)
    with pytest.raises(StorageError, match="manifests"):
        ManifestFolder(tmp_path / "manifests").write(ONE, Manifest(config=layer, listed=(layer,)))


def test_a_manifest_that_has_gone_meanwhile_is_neither_copied_nor_removed(manifests: ManifestFolder) -> None:
    stored = manifests.read(ONE)
    manifests.remove(ONE)
    with pytest.raises(StorageError):
        manifests.copy(stored, OTHER)
    with pytest.raises(StorageError):
        manifests.remove(ONE)
    assert manifests.all() == []


def test_a_link_to_nowhere_among_the_manifests_is_left_out(manifests: ManifestFolder, tmp_path: Path) -> None:
    folder = tmp_path / "manifests" / "registry.ollama.ai" / "library"
    (folder / "gone").mkdir()
    (folder / "gone" / "latest").symlink_to("nowhere")
    assert [stored.name for stored in manifests.all()] == [ONE]
    assert manifests.references() == {DIGEST}


@needs_disk
@pytest.mark.parametrize("scenario", ["blob_on_a_full_disk", "manifest_on_a_full_disk", "read_only_models"])
def test_a_models_folder_on_a_bad_disk(tmp_path: Path, scenario: str) -> None:
    on_small_disk("tests.support.cramped_models", scenario, tmp_path, size="1m")

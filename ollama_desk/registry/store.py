"""The models folder, in Ollama's own layout: what one program installs, the other can run."""

import logging
from collections.abc import Generator
from pathlib import Path
from threading import Lock

from ollama_desk.domain.errors import ModelFileError, ModelNotFoundError
from ollama_desk.registry.blobs import BlobFolder, checked_digest
from ollama_desk.registry.gguf import GgufHeader, read_gguf
from ollama_desk.registry.layers import ModelFiles, read_layers, refuse_wrong_sizes
from ollama_desk.registry.manifests import Manifest, ManifestFolder, StoredManifest
from ollama_desk.registry.recipe import Ingredients, Recipe, cook, gather
from ollama_desk.registry.reference import ModelName

log = logging.getLogger(__name__)

NOT_FOUND = 404


class ModelStore:
    """Installed models. Every method blocks and may be called from any thread.

    Args:
        folder: the models folder; it need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.blobs = BlobFolder(folder / "blobs")
        self._manifests = ManifestFolder(folder / "manifests")
        self._changing = Lock()  # between writing a layer and naming it, nobody may tidy up
        self._headers: dict[Path, tuple[tuple[int, int], GgufHeader]] = {}  # with size and time of the file

    def models(self) -> list[ModelFiles]:
        """All models that can be used, the newest first. Damaged ones are logged once and left out."""
        found: list[ModelFiles] = []
        for stored in self._manifests.all():
            try:
                found.append(read_layers(stored, self.blobs))
            except ModelFileError as error:
                log.info("%s is left out: %s", stored.name.short, error)
        return sorted(found, key=lambda files: files.modified_at, reverse=True)

    def resolve(self, name: ModelName) -> ModelFiles:
        """The files of ``name``, spelt as it is installed.

        Raises:
            ModelNotFoundError: it is not installed.
            ModelFileError: it is damaged.
        """
        return read_layers(self._read(name), self.blobs)

    def refuse_wrong_sizes(self, name: ModelName) -> None:
        """Refuse ``name`` where one of its files is longer or shorter than it should be; raises as ``resolve``."""
        refuse_wrong_sizes(self._read(name), self.blobs)

    def header(self, path: Path) -> GgufHeader:
        """What the GGUF file at ``path`` says; remembered as long as nobody touches the file.

        Raises:
            ModelFileError: it is damaged.
        """
        try:
            facts = path.stat()
        except OSError as error:
            raise ModelFileError(f"open {path}: {(error.strerror or str(error)).lower()}") from error
        stamp = (facts.st_size, facts.st_mtime_ns)
        known, header = self._headers.get(path, (None, None))
        if header is None or known != stamp:
            header = read_gguf(path)
            self._headers[path] = (stamp, header)
        return header

    def create(self, name: ModelName, recipe: Recipe) -> Generator[str, None, None]:
        """Make ``name`` of ``recipe``; yields the lines in which Ollama tells it, the last is "success".

        Raises:
            ModelNotFoundError: the base is not installed.
            ModelFileError: neither base nor files; a blob is missing or cannot be used.
            StorageError: it cannot be written; ``name`` means what it meant before.
        """
        if recipe.base is None and not recipe.files:
            raise ModelFileError("neither 'from' or 'files' was specified")  # as Ollama says it
        found = Ingredients()
        for told in gather(recipe, self.blobs):
            if isinstance(told, str):
                yield told
            else:
                found = told
        with self._changing:
            base = None if recipe.base is None else self._read(recipe.base)
            product = cook(recipe, found, base, self.blobs)
            installed = self._manifests.find(name) or name
            old = self._digests(installed)
            self._manifests.write(installed, product.manifest)
            self._remove_unreferenced(old | found.spent)
        yield from product.statuses
        yield "writing manifest"
        yield "success"

    def copy(self, source: ModelName, destination: ModelName) -> None:
        """Let ``destination`` mean what ``source`` means; no bytes of the model are copied.

        Raises:
            ModelNotFoundError: there is no ``source``.
            StorageError: it cannot be written.
        """
        with self._changing:
            stored = self._read(source)
            installed = self._manifests.find(destination) or destination
            old = self._digests(installed)
            self._manifests.copy(stored, installed)
            self._remove_unreferenced(old)

    def install(self, name: ModelName, manifest: Manifest, data: bytes) -> frozenset[str]:
        """Let ``name`` mean ``manifest``, whose layers are there, as it came from a registry: byte for byte ``data``.

        Returns:
            The digests that it meant before and does not mean now.

        Raises:
            ModelFileError: a layer is not there; ``name`` means what it meant before.
            StorageError: it cannot be written; ``name`` means what it meant before.
        """
        with self._changing:
            digests = {checked_digest(layer.digest) for layer in (manifest.config, *manifest.layers)}
            for digest in digests:
                self.blobs.size(digest)
            installed = self._manifests.find(name) or name
            old = self._digests(installed)
            self._manifests.write_as_it_is(installed, data)
        return frozenset(map(checked_digest, old)) - digests

    def remove_unused(self, digests: frozenset[str]) -> None:
        """Remove those of ``digests`` that no model has.

        Raises:
            StorageError: one cannot be removed.
        """
        with self._changing:
            self._remove_unreferenced(digests)

    def delete(self, name: ModelName) -> None:
        """Remove ``name`` and the layers that no other model has. A damaged model can be removed too.

        Raises:
            ModelNotFoundError: it is not installed.
            StorageError: it cannot be removed.
        """
        with self._changing:
            installed = self._installed(name)
            old = self._digests(installed)
            self._manifests.remove(installed)
            self._remove_unreferenced(old)

    def _installed(self, name: ModelName) -> ModelName:
        installed = self._manifests.find(name)
        if installed is None:
            raise ModelNotFoundError(f"model '{name.short}' not found", status=NOT_FOUND)  # as Ollama says it
        return installed

    def _read(self, name: ModelName) -> StoredManifest:
        return self._manifests.read(self._installed(name))

    def _digests(self, name: ModelName) -> frozenset[str]:
        """What ``name`` refers to; nothing where it is not installed or damaged."""
        try:
            manifest = self._manifests.read(name).manifest
        except ModelFileError:
            return frozenset()
        return frozenset(layer.digest for layer in (manifest.config, *manifest.layers))

    def _remove_unreferenced(self, digests: frozenset[str]) -> None:
        if not digests:
            return
        for digest in digests - self._manifests.references():
            self._headers.pop(self.blobs.path(digest), None)
            self.blobs.remove(digest)

"""Which layers a model name stands for: ``manifests/<host>/<namespace>/<model>/<tag>``, as in a Docker registry."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ollama_desk.core.files import storage_error, write_atomically
from ollama_desk.domain.errors import InvalidNameError, ModelFileError
from ollama_desk.registry.blobs import DIGESTS_IN_BYTES, MODE, checked_digest
from ollama_desk.registry.reference import ModelName, parse_name

log = logging.getLogger(__name__)

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
LIMIT_BYTES = 4 << 20
DEPTH = 4  # host, namespace, model, tag


class Layer(msgspec.Struct, frozen=True, rename={"media_type": "mediaType", "source": "from"}, omit_defaults=True):
    """A blob and what it is for."""

    media_type: str
    digest: str  # "sha256:<hex>"
    size: int = 0  # bytes
    source: str = ""  # the model that it was taken from

    def __post_init__(self) -> None:
        checked_digest(self.digest)


class Manifest(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"schema_version": "schemaVersion", "media_type": "mediaType", "listed": "layers"},
):
    """A model as a list of layers; the configuration is one more."""

    schema_version: int = 2
    media_type: str = MANIFEST_TYPE
    config: Layer
    listed: tuple[Layer, ...] | None  # null in models that run elsewhere

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self.listed or ()

    @property
    def size_bytes(self) -> int:
        return self.config.size + sum(layer.size for layer in self.layers)

    def of_type(self, media_type: str) -> list[Layer]:
        return [layer for layer in self.layers if layer.media_type == media_type]


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """A manifest as it lies in the folder."""

    name: ModelName
    manifest: Manifest
    digest: str  # 64 hex digits: of the bytes of the file, as tags and ps show it
    modified_at: datetime  # aware, UTC


class ManifestFolder:
    """The manifests of all installed models."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: set[Path] = set()  # damaged ones that were logged

    def all(self) -> list[StoredManifest]:
        """All usable ones. A damaged one is logged once and left out."""
        return [stored for path, name in self._files() if (stored := self._usable(path, name)) is not None]

    def find(self, name: ModelName) -> ModelName | None:
        """The installed name that means the same as ``name``; case does not count."""
        if self._path(name).is_file():
            return name
        return next((installed for _, installed in self._files() if installed.key == name.key), None)

    def read(self, name: ModelName) -> StoredManifest:
        """The manifest of ``name``, spelt as it is installed.

        Raises:
            ModelFileError: it is missing or damaged.
        """
        path = self._path(name)
        try:
            with path.open("rb") as file:
                data = file.read(LIMIT_BYTES)  # a longer one breaks off, and is damaged
            modified_at = path.stat().st_mtime
            manifest = msgspec.json.decode(data, type=Manifest)
        except OSError as error:
            raise ModelFileError(f"open {path}: {(error.strerror or str(error)).lower()}") from error
        except (msgspec.MsgspecError, ValueError, ModelFileError) as error:
            raise ModelFileError(f"The manifest {path} is damaged. Get the model again.") from error
        digest = hashlib.sha256(data).hexdigest()
        return StoredManifest(name, manifest, digest, datetime.fromtimestamp(modified_at, UTC))

    def write(self, name: ModelName, manifest: Manifest) -> None:
        """Let ``name`` stand for ``manifest``; raises as ``copy`` does."""
        self._write(name, msgspec.json.encode(manifest) + b"\n")  # Go's encoder ends with one

    def write_as_it_is(self, name: ModelName, data: bytes) -> None:
        """Let ``name`` stand for what ``data`` says, and keep its digest; raises as ``copy`` does."""
        self._write(name, data)

    def copy(self, source: StoredManifest, destination: ModelName) -> None:
        """Let ``destination`` stand for the same, byte for byte: so it has the same digest.

        Raises:
            StorageError: it cannot be written; the name means what it meant before.
        """
        try:
            data = self._path(source.name).read_bytes()
        except OSError as error:
            raise storage_error(error, self._path(source.name)) from error
        self._write(destination, data)

    def remove(self, name: ModelName) -> None:
        """Forget ``name``, and the folders that are empty without it.

        Raises:
            StorageError: it cannot be removed.
        """
        path = self._path(name)
        try:
            path.unlink()
        except OSError as error:
            raise storage_error(error, path) from error
        for folder in path.parents[:3]:
            try:
                folder.rmdir()
            except OSError:  # not empty
                return

    def references(self) -> frozenset[str]:
        """Every digest that any manifest names, damaged ones too.

        Raises:
            StorageError: one cannot be read.
        """
        return frozenset().union(*self.uses().values())

    def uses(self) -> dict[ModelName, frozenset[str]]:
        """The digests that each manifest names, damaged ones too; raises as ``references``."""
        found: dict[ModelName, frozenset[str]] = {}
        for path, name in self._files(strictly=True):
            try:
                named = DIGESTS_IN_BYTES.findall(path.read_bytes())
            except FileNotFoundError:  # deleted meanwhile, by another program
                continue
            except OSError as error:
                raise storage_error(error, path) from error
            found[name] = frozenset(f"sha256:{digest.decode().lower()}" for digest in named)
        return found

    def _path(self, name: ModelName) -> Path:
        return self._folder.joinpath(*name.parts)

    def _write(self, name: ModelName, data: bytes) -> None:
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(error, path) from error
        write_atomically(path, data, mode=MODE)

    def _files(self, *, strictly: bool = False) -> Iterator[tuple[Path, ModelName]]:
        """Every manifest and its name.

        Raises:
            StorageError: ``strictly`` all are wanted, and a folder cannot be read.
        """
        for path in _below(self._folder, DEPTH, strictly=strictly):
            host, namespace, model, tag = path.parts[-4:]
            try:
                name = parse_name(f"{host}/{namespace}/{model}:{tag}")
            except InvalidNameError:  # somebody else's file
                continue
            if path.is_file():
                yield path, name

    def _usable(self, path: Path, name: ModelName) -> StoredManifest | None:
        try:
            return self.read(name)
        except ModelFileError as error:
            has_gone = isinstance(error.__cause__, FileNotFoundError)  # deleted since we looked
            if path not in self._told and not has_gone:
                self._told.add(path)
                log.warning("A model is left out: %s", error)
            return None


def _below(folder: Path, depth: int, *, strictly: bool) -> Iterator[Path]:
    """What lies ``depth`` levels below ``folder``, in order; what vanishes meanwhile is left out."""
    if not depth:
        yield folder
        return
    try:
        entries = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        if strictly:
            raise storage_error(error, folder) from error
        return
    for entry in entries:
        yield from _below(entry, depth - 1, strictly=strictly)

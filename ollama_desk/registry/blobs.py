"""The content-addressed files of the models folder: ``blobs/sha256-<hex>``, whole and checked or not there."""

import contextlib
import hashlib
import os
import re
from pathlib import Path
from types import TracebackType
from typing import Self

from ollama_desk.core.files import storage_error
from ollama_desk.domain.errors import ModelFileError
from ollama_desk.registry.arrivals import arrive

DIGEST = re.compile(r"sha256[:-]([0-9a-fA-F]{64})")
DIGESTS_IN_BYTES = re.compile(rb"sha256[:-]([0-9a-fA-F]{64})")
UNNAMED = "sha256-unnamed"
MODE = 0o644  # a server that runs as another user may share the folder


def checked_digest(text: str) -> str:
    """``text`` as ``sha256:<hex>``.

    Raises:
        ModelFileError: it is no digest.
    """
    match = DIGEST.fullmatch(text)
    if match is None:
        raise ModelFileError("invalid digest format")  # as Ollama says it
    return f"sha256:{match[1].lower()}"


class BlobFolder:
    """Files named by the SHA-256 of what they hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where they are; it need not exist yet."""
        return self._folder

    def path(self, digest: str) -> Path:
        """Where the blob is or would be.

        Raises:
            ModelFileError: ``digest`` is none.
        """
        return self._folder / checked_digest(digest).replace(":", "-")

    def has(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def size(self, digest: str) -> int:
        """In bytes.

        Raises:
            ModelFileError: there is no such blob.
        """
        path = self.path(digest)
        try:
            return path.stat().st_size
        except OSError as error:
            raise ModelFileError(f"open {path}: {(error.strerror or str(error)).lower()}") from error

    def read(self, digest: str, *, limit: int) -> bytes:
        """The content of a small blob.

        Raises:
            ModelFileError: it is not there, or longer than ``limit`` bytes.
        """
        path = self.path(digest)
        try:
            with path.open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise ModelFileError(f"open {path}: {(error.strerror or str(error)).lower()}") from error
        if len(data) > limit:
            msg = f"{path} is too large for what the manifest says it is. Get the model again."
            raise ModelFileError(msg)
        return data

    def add(self, data: bytes) -> tuple[str, bool]:
        """Keep ``data``: its digest, and whether it is new here.

        Raises:
            StorageError: it cannot be written.
        """
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if self.has(digest):
            return digest, False
        with self.writer(digest) as writer:
            writer.write(data)
            writer.finish()
        return digest, True

    def writer(self, digest: str) -> "BlobWriter":
        """Takes the content of a blob piece by piece."""
        return BlobWriter(self.path(digest))

    def gatherer(self) -> "BlobWriter":
        """Takes the content of a blob whose digest is not known before its end."""
        return BlobWriter(self._folder / UNNAMED)

    def start(self, digest: str, count: int) -> bytes:
        """The first bytes of a blob, at most ``count``.

        Raises:
            ModelFileError: it is not there.
        """
        path = self.path(digest)
        try:
            with path.open("rb") as file:
                return file.read(count)
        except OSError as error:
            raise ModelFileError(f"open {path}: {(error.strerror or str(error)).lower()}") from error

    def remove(self, digest: str) -> None:
        """Remove the blob, if it is there.

        Raises:
            StorageError: it cannot be removed.
        """
        path = self.path(digest)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, path) from error


class BlobWriter:
    """A blob that arrives: ``write`` the pieces, then ``finish``; left without that, nothing remains.

    Each method may run in another thread than the one before, not at the same time. All raise ``StorageError`` (or its
    ``DiskFullError``) where the disk does not do what it should.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        try:
            descriptor, self._temporary = arrive(path.parent, path.name)
        except OSError as error:
            raise storage_error(error, path) from error
        self._file = os.fdopen(descriptor, "wb")

    def write(self, piece: bytes) -> None:
        self._hash.update(piece)
        try:
            self._file.write(piece)
        except OSError as error:
            raise storage_error(error, self._path) from error

    def finish(self) -> str:
        """Check the content and give the blob its name; the digest.

        Raises:
            ModelFileError: the content is not what the digest says.
        """
        wanted, got = self._path.name.replace("-", ":"), f"sha256:{self._hash.hexdigest()}"
        if self._path.name == UNNAMED:
            self._path = self._path.with_name(got.replace(":", "-"))
        elif wanted != got:
            msg = f'digest mismatch, expected "{wanted}", got "{got}"'  # as Ollama says it
            raise ModelFileError(msg)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.chmod(MODE)
            self._temporary.replace(self._path)
        except OSError as error:
            raise storage_error(error, self._path) from error
        return got

    def close(self) -> None:
        """Forget what came unless it was finished. Idempotent, never raises."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self.close()

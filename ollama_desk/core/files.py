"""Files that are whole or not there: private folders, atomic replacement."""

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from ollama_desk.domain.errors import DiskFullError, StorageError


def private_folder(path: Path) -> Path:
    """Make ``path`` (and its parents) for this user alone, whatever the umask.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise storage_error(error, path) from error
    return path


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace ``path`` by ``data``: after a crash the old or the new content is there, never a part.

    Raises:
        DiskFullError: no space.
        StorageError: any other reason.
    """
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
        temporary = None
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def sync_folder(folder: Path) -> None:
    """Let what was made, renamed and removed in ``folder`` survive a power cut. Raises ``OSError``."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage_error(error: OSError, path: Path) -> StorageError:
    """The error of ours, with a sentence, for an ``OSError`` at ``path``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"The disk that holds {path.parent} is full. Free some space and try again.")
    return StorageError(f"{path} cannot be used: {error.strerror or error}.")

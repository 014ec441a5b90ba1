"""What a disk refuses while a models folder is moved, as errors of ours."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ollama_desk.core.files import storage_error
from ollama_desk.domain.errors import StorageError

LIMITS = (errno.EFBIG, errno.EOVERFLOW)


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Raise ``StorageError`` with a sentence for an ``OSError`` at ``path``."""
    try:
        yield
    except OSError as error:
        raise trouble(error, path) from error


def trouble(error: OSError, path: Path) -> StorageError:
    """The error of ours for an ``OSError`` at ``path``."""
    if error.errno in LIMITS:
        return StorageError(
            f"The disk that holds {path.parent} cannot hold files larger than 4 GB. Choose a folder on another disk."
        )
    return storage_error(error, path)

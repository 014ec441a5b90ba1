"""Reads blobs from start to end and compares what they hold with their names; it never changes anything."""

import hashlib
import os
from collections.abc import Generator, Iterable
from pathlib import Path

from ollama_desk.domain.upkeep import BlobVerdict, Damage, VerifyStep
from ollama_desk.registry.contents import BLOBS, named_digests, stamp_of

PIECE_BYTES = 1 << 20
STEP_BYTES = 16 << 20  # between two chances to stop or to rest


def verify_blobs(store_folder: Path, digests: Iterable[str] | None = None) -> Generator[VerifyStep, None, None]:
    """Verify blobs, one after the other; each step blocks for some milliseconds, and leaving is closing.

    A blob that somebody writes to meanwhile is left out: nothing is known of it.

    Args:
        store_folder: the models folder.
        digests: of what is to be read; None: of all that any manifest names.

    Raises:
        StorageError: it is to be all, and a manifest cannot be read.
    """
    wanted = sorted(named_digests(store_folder) if digests is None else frozenset(digests))
    paths = {digest: store_folder / BLOBS / digest.replace(":", "-") for digest in wanted}
    stamps = {digest: stamp_of(path) for digest, path in paths.items()}
    total = sum(stamp.size_bytes for stamp in stamps.values() if stamp is not None)
    done = 0
    for digest, path in paths.items():
        stamp = stamps[digest]
        if stamp is None:
            yield VerifyStep(done, total, BlobVerdict(digest, None, Damage.MISSING))
            continue
        before = done
        verdict: BlobVerdict | None = None
        for read, found in _read(digest, path):
            done, verdict = min(before + read, before + stamp.size_bytes), found
            if found is None:
                yield VerifyStep(done, total)
        done = before + stamp.size_bytes
        yield VerifyStep(done, total, verdict)


def _read(digest: str, path: Path) -> Generator[tuple[int, BlobVerdict | None], None, None]:
    """Bytes that were read, and at the end what came of it; None at the end too where the file was changed."""
    before, count, last = stamp_of(path), 0, 0
    found = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while piece := file.read(PIECE_BYTES):
                found.update(piece)
                count += len(piece)
                if count - last >= STEP_BYTES:
                    _forget(file.fileno(), last, count)
                    last = count
                    yield count, None
            _forget(file.fileno(), last, count)
    except FileNotFoundError:
        yield count, BlobVerdict(digest, None, Damage.MISSING)
        return
    except OSError:  # bad sectors, or no right to read
        yield count, BlobVerdict(digest, before, Damage.UNREADABLE)
        return
    if stamp_of(path) == before and before is not None:
        is_sound = f"sha256:{found.hexdigest()}" == digest
        yield count, BlobVerdict(digest, before, None if is_sound else Damage.CONTENT)


def _forget(descriptor: int, start: int, end: int) -> None:
    """Tell the system that these pages are not needed: what models in use have read stays in memory instead."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, start, end - start, os.POSIX_FADV_DONTNEED)

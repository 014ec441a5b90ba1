"""Brings everything that a models folder holds to another place, without touching the old one."""

import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from ollama_desk.core.files import sync_folder
from ollama_desk.domain.errors import MoveRefusedError, StorageError
from ollama_desk.registry.move_journal import STAGE, Entry, Journal, Step, write_journal
from ollama_desk.registry.move_layout import Item, Kind, blob_of, look, survey
from ollama_desk.registry.move_places import compare, missing_folders
from ollama_desk.registry.move_trouble import in_words
from ollama_desk.registry.placing import reflink
from ollama_desk.registry.progress import Progress

CHUNK_BYTES = 4 << 20
SYNC_BYTES = 32 << 20  # then the disk is waited for: what is said to be done is done, and a wish to stop is heard


def no_step(_name: str) -> None:
    """What happens between two steps: nothing."""


class Carrier:
    """Moves a folder once. Every method blocks; one at a time.

    Files get a second name where the disk can do that, which costs nothing and cannot go wrong; otherwise they share
    their bytes, or are copied, and each blob is checked by its digest meanwhile.

    Args:
        source: the models folder.
        target: the new one, which may hold models already.
        journal_path: where the journal is kept.
        setting: the models folder in the settings.
        may_link: whether files of the old place may get second names.
        link: gives a file a second name.
        step: is told after each change of a disk.
    """

    def __init__(
        self,
        source: Path,
        target: Path,
        *,
        journal_path: Path,
        setting: str,
        may_link: bool = True,
        link: Callable[[Path, Path], None] = os.link,
        step: Callable[[str], None] = no_step,
    ) -> None:
        self._source = source
        self._target = target
        self._journal_path = journal_path
        self._may_link = may_link
        self._link = link
        self._step = step
        self._entries: dict[str, Entry] = {}
        self.journal = Journal(
            step=Step.COPYING,
            source=str(source),
            target=str(target),
            stage=f"{STAGE}{secrets.token_hex(4)}",
            setting=setting,
        )

    def begin(self) -> None:
        """Make the passing folder. Raises ``StorageError``."""
        stage = self.journal.stage_folder
        self._note(Step.COPYING, made=missing_folders(self._target))
        with in_words(stage):
            stage.mkdir(parents=True)
        self._step("made the passing folder")

    def can_link(self) -> bool:
        """Whether the disk of the new place gives files second names. Raises ``StorageError``."""
        probe, second = (self.journal.stage_folder / name for name in ("probe", "second"))
        with in_words(probe):
            probe.touch()
            try:
                self._link(probe, second)
            except OSError:
                return False
            finally:
                probe.unlink()
            second.unlink()
        return self._may_link

    def fill(self, progress: Progress) -> None:
        """Bring the passing folder up to date with the old place; to be called as often as that changes.

        Raises:
            MoveRefusedError: the new place has other content under the same name; a file is damaged.
            StorageError: a disk does not do what it should, or is full.
            WorkStoppedError: it was told to stop.
        """
        items = survey(self._source)
        wanted = {item.path for item in items}
        for path in [path for path in self._entries if path not in wanted]:
            self._forget(path)
        for item in items:
            progress.advance(0)
            known = self._entries.get(item.path)
            if known is None or (known.size_bytes, known.mtime_ns) != item.stamp:
                self._forget(item.path)
                self._bring(item, progress)
            else:
                progress.advance(item.size_bytes)

    def publish(self) -> None:
        """Give everything its name in the new place.

        Raises:
            MoveRefusedError: something came there meanwhile.
            StorageError: the disk does not do what it should.
        """
        entries = tuple(sorted(self._entries.values(), key=lambda entry: (entry.kind, entry.path)))
        places = [self._target / entry.path for entry in entries]
        made = (*self.journal.made, *missing_folders(*(place.parent for place in places)))
        self._note(Step.PUBLISHING, made=tuple(dict.fromkeys(made)), entries=entries)
        for entry, place in zip(entries, places, strict=True):
            if not entry.kept:
                self._settle(self.journal.stage_folder / entry.path, place)
            elif not place.is_file():
                raise MoveRefusedError(f"While the models were being moved, {place} was removed. Try again.")
        below = {folder for place in places for folder in place.parents if folder.is_relative_to(self._target)}
        for folder in sorted({self._target.parent, self._target, *below}):
            with in_words(folder):
                sync_folder(folder)

    def switched(self) -> None:
        """From now on the new place is the one. Raises ``StorageError``."""
        self._note(Step.SWITCHED)

    def switched_back(self) -> None:
        """It is not after all. Raises ``StorageError``."""
        self._note(Step.PUBLISHING)

    def is_complete(self) -> bool:
        """Whether the old place has nothing that is not in the new one, as it is now. Raises ``StorageError``."""
        known = {path: (entry.size_bytes, entry.mtime_ns) for path, entry in self._entries.items()}
        return all(known.get(item.path) == item.stamp or self._stays(item) for item in survey(self._source))

    def _bring(self, item: Item, progress: Progress) -> None:
        entry = Entry(item.path, *item.stamp)
        if self._stays(item):
            progress.advance(item.size_bytes)
            return
        if os.path.lexists(self._target / item.path):
            if compare(self._source / item.path, self._target / item.path, item, progress):
                self._entries[item.path] = msgspec.structs.replace(entry, kept=True)
            return
        place = self.journal.stage_folder / item.path
        with in_words(place):
            place.parent.mkdir(parents=True, exist_ok=True)
        if self._linked(item, place):
            progress.advance(item.size_bytes)
        elif not self._copied(item, place, progress):
            return
        self._entries[item.path] = entry
        self._step(f"brought {item.path}")

    def _stays(self, item: Item) -> bool:
        """Whether it is part of a download that the new place has, or has begun, by itself."""
        if item.kind is not Kind.PART:
            return False
        blob = self._target / blob_of(item.path)
        return blob.exists() or any(blob.parent.glob(f"{blob.name}-partial*"))

    def _linked(self, item: Item, place: Path) -> bool:
        """Give it a second name; whether that can be done. Of a link, what it leads to is copied."""
        if not self._may_link or item.is_link:
            return False
        try:
            self._link(self._source / item.path, place)
        except OSError:  # another disk, or one without second names
            return False
        return True

    def _copied(self, item: Item, place: Path, progress: Progress) -> bool:
        """Copy it; False where it is gone meanwhile."""
        original = self._source / item.path
        try:
            with in_words(original):
                source = original.open("rb", buffering=0)
        except StorageError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return False
            raise
        with source, in_words(place):
            with place.open("xb", buffering=0) as file:
                if reflink(source.fileno(), file.fileno()):
                    progress.advance(item.size_bytes)
                else:
                    self._pour(item, source, file, progress)
                os.fsync(file.fileno())
                mode = os.fstat(source.fileno()).st_mode
            with suppress(OSError):  # a disk that keeps neither, such as a stick
                place.chmod(mode & 0o777 | 0o600)
                os.utime(place, ns=(item.mtime_ns, item.mtime_ns))
        now = look(self._source, item.path)
        if now is None or now.stamp != item.stamp:  # the next round has it
            self._forget_file(place)
            return False
        return True

    def _pour(self, item: Item, source: BinaryIO, file: BinaryIO, progress: Progress) -> None:
        """Copy the bytes, but not those of holes; check a blob by its digest. Raises ``OSError`` too."""
        digest, since_sync = hashlib.sha256(), 0
        while chunk := source.read(CHUNK_BYTES):
            progress.advance(len(chunk))
            if item.kind is Kind.BLOB:
                digest.update(chunk)
            if item.kind is Kind.PART and chunk.count(0) == len(chunk):
                file.seek(len(chunk), os.SEEK_CUR)
                continue
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]
            since_sync += len(chunk)
            if since_sync >= SYNC_BYTES:
                os.fsync(file.fileno())
                since_sync = 0
        file.truncate(file.tell())
        if item.kind is Kind.BLOB and digest.hexdigest() != item.path[-64:].lower():
            raise MoveRefusedError(
                f"{self._source / item.path} is damaged: its content is not what its name says. Get its model again or "
                "delete it, then move the models."
            )

    def _forget(self, path: str) -> None:
        if self._entries.pop(path, None) is not None:
            self._forget_file(self.journal.stage_folder / path)

    def _forget_file(self, place: Path) -> None:
        with in_words(place):
            place.unlink(missing_ok=True)

    def _settle(self, staged: Path, place: Path) -> None:
        """Give a staged file its name; never over another one."""
        taken = MoveRefusedError(
            f"While the models were being moved, another program wrote {place}. Nothing was changed. Try again."
        )
        with in_words(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._link(staged, place)
            except FileExistsError as error:
                raise taken from error
            except OSError:  # a disk without second names
                if os.path.lexists(place):
                    raise taken from None
                staged.rename(place)
            else:
                self._step(f"named {place.name}")
                staged.unlink()
        self._step(f"settled {place.name}")

    def _note(self, step: Step, **facts: tuple[str, ...] | tuple[Entry, ...]) -> None:
        self.journal = msgspec.structs.replace(self.journal, step=step, **facts)
        write_journal(self._journal_path, self.journal)
        self._step(f"noted {step}")

"""Models folders with everything that a move meets, and what a move must leave of them."""

import errno
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ollama_desk.registry.move_endings import Left, tidy, undo
from ollama_desk.registry.move_journal import Journal, Step, read_journal
from ollama_desk.registry.moving import Carrier, no_step
from ollama_desk.registry.progress import Progress

LIBRARY = "manifests/registry.ollama.ai/library"
SHARED = b"a layer that two models have" * 400


class Crash(BaseException):
    """The program is gone from one step to the next."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(folder: Path, path: str, data: bytes) -> Path:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return place


def put_model(folder: Path, name: str, *layers: bytes, at: str = LIBRARY) -> None:
    """A model of these layers, with a manifest as servers write it."""
    for layer in layers:
        put(folder, f"blobs/sha256-{digest(layer)}", layer)
    config, *rest = ({"mediaType": "m", "digest": f"sha256:{digest(layer)}", "size": len(layer)} for layer in layers)
    put(folder, f"{at}/{name}/latest", json.dumps({"schemaVersion": 2, "config": config, "layers": rest}).encode())


def put_part(folder: Path, seed: str, *, size: int = 300_000) -> str:
    """A download that is half done, with a hole where nothing has come; the name of its blob."""
    name = f"sha256-{digest(seed.encode())}"
    place = put(folder, f"blobs/{name}-partial", seed.encode() * 100)
    os.truncate(place, size)
    record = {"N": 0, "Offset": 0, "Size": size, "Completed": len(seed) * 100}
    put(folder, f"blobs/{name}-partial-0", json.dumps(record).encode())
    return name


def furnish(folder: Path) -> None:
    """Three models, a download that is half done, and what was set aside."""
    put_model(folder, "one", b"weights of one" * 5000, SHARED)
    put_model(folder, "two", b"weights of two" * 3000, SHARED)
    put_model(folder, "three", b"", b"x", at="manifests/hf.co/someone")
    put_part(folder, "coming")
    put(folder, f"set-aside/20261121/sha256-{'0' * 64}-partial-0", b"damaged")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` with what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def folders(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_dir()}


def no_link(_source: Path, target: Path) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(target))


@dataclass(slots=True)
class Moving:
    """One move, in the order in which the service does it; ``step`` may raise ``Crash``."""

    root: Path
    way: str = "linked"  # or "copied", or "renamed": on a disk without second names
    step: Callable[[str], None] = no_step
    setting: str = field(default="old", init=False)  # which folder the settings name

    @property
    def source(self) -> Path:
        return self.root / "old"

    @property
    def target(self) -> Path:
        return self.root / "disk" / "new"

    @property
    def journal_path(self) -> Path:
        return self.root / "moving.json"

    @property
    def journal(self) -> Journal | None:
        return read_journal(self.journal_path)

    def carrier(self) -> Carrier:
        return Carrier(
            self.source,
            self.target,
            journal_path=self.journal_path,
            setting="old",
            may_link=self.way != "copied",
            link=no_link if self.way == "renamed" else os.link,
            step=self.step,
        )

    def go(self, *, meanwhile: Callable[[], None] = lambda: None) -> Left:
        """All of it. ``meanwhile`` is called between the first round and the last."""
        carrier = self.carrier()
        carrier.begin()
        carrier.fill(Progress())
        meanwhile()
        carrier.fill(Progress())
        carrier.publish()
        carrier.switched()
        self.setting = "new"
        self.step("wrote the setting")
        return tidy(carrier.journal, self.journal_path, Progress(), step=self.step)

    def recover(self) -> None:
        """What the next start does."""
        journal = self.journal
        if journal is None:
            return
        if journal.step is Step.SWITCHED:
            self.setting = "new"
            tidy(journal, self.journal_path, Progress(), step=self.step)
        else:
            undo(journal, self.journal_path, Progress(), step=self.step)

    @property
    def in_force(self) -> Path:
        return self.target if self.setting == "new" else self.source


class Steps:
    """Counts the steps, and crashes at one of them."""

    def __init__(self, last: int | None = None) -> None:
        self.names: list[str] = []
        self._last = last

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self._last:
            raise Crash(name)

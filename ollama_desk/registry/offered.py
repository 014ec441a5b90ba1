"""What model files of the person's own are: weights, parts of weights, a projector; and what they can be called."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.files import storage_error
from ollama_desk.domain.errors import InvalidNameError, ModelFileError, StorageError
from ollama_desk.registry.gguf import MAGIC, GgufHeader, read_gguf
from ollama_desk.registry.gguf_types import UNKNOWN_FILE_TYPE
from ollama_desk.registry.merging import merged
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.stretches import Source, Stamp, open_plain

PART_NAME = re.compile(r"(?P<stem>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})(?P<end>\.gguf)", re.IGNORECASE | re.DOTALL)
MOST_PARTS = 512
MOST_NAME = 60  # characters of a proposed name, so that a number finds room behind it
FEWEST_NAME = 2
FEWEST_PARTS = 2
UNFIT = re.compile(r"[^a-z0-9._]+")
QUANTIZATION = re.compile(r"[-._]((iq|q|tq)\d\w*|b?f(16|32)|mxfp4\w*|nvfp4\w*)$", re.IGNORECASE)
TRIES = 1000


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A file with its header."""

    stamp: Stamp
    header: GgufHeader

    @property
    def path(self) -> Path:
        return self.stamp.path


@dataclass(frozen=True, slots=True)
class Offered:
    """A model that can be made: its weights, in parts where they are split, and what sees for it."""

    weights: tuple[GgufFile, ...]
    projector: GgufFile | None = None

    @property
    def header(self) -> GgufHeader:
        """Of the first part, which has the settings."""
        return self.weights[0].header

    @property
    def size_bytes(self) -> int:
        files = self.weights if self.projector is None else (*self.weights, self.projector)
        return sum(file.stamp.size_bytes for file in files)

    def sources(self) -> tuple[Source, ...]:
        """The blobs that the model needs: weights, and projector where there is one. Blocks.

        Raises:
            ModelFileError: parts that cannot be put together.
            StorageError: a file cannot be read.
        """
        files = () if self.projector is None else (self.projector,)
        if len(self.weights) == 1:
            return tuple(Source.of_file(file.stamp) for file in (*self.weights, *files))
        try:
            whole = merged([(part.stamp, part.header) for part in self.weights])
        except OSError as error:
            raise storage_error(error, self.weights[0].path) from error
        return whole, *(Source.of_file(file.stamp) for file in files)


def examine(paths: Sequence[Path], *, beside: bool = True) -> Offered:
    """What the files stand for; the other parts of a split model are looked for beside the one that was given. Blocks.

    Args:
        paths: the files.
        beside: whether to look for a projector beside a model that came without one.

    Raises:
        ModelFileError: they are no model, or more than one, or damaged.
        StorageError: one cannot be read.
    """
    files = [_read(path) for path in dict.fromkeys(path.absolute() for path in paths)]
    projectors = [file for file in files if file.header.is_projector]
    weights = [file for file in files if not file.header.is_projector]
    if not weights:
        raise ModelFileError(_no_weights(projectors))
    for file in weights:
        _refuse_odd(file)
    if any(_part_count(file.header) > 1 for file in weights):
        weights = _all_parts(weights)
    if len(weights) > 1 and _part_count(weights[0].header) != len(weights):
        msg = f"These are {len(weights)} models. Import them one after the other."
        raise ModelFileError(msg)
    if len(projectors) > 1:
        raise ModelFileError("A model takes one projector. Choose the model and the one file that belongs to it.")
    sees = projectors[0] if projectors else _projector_beside(weights[0]) if beside else None
    return Offered(tuple(weights), sees)


def proposed_name(offered: Offered, taken: Collection[str]) -> str:
    """A valid name that no model of ``taken`` (keys of names) has, from what the file says of itself."""
    stem = offered.weights[0].path.stem
    part = PART_NAME.fullmatch(offered.weights[0].path.name)
    stem = QUANTIZATION.sub("", part["stem"] if part else stem)
    base = next((name for name in map(_slug, (offered.header.text("general.name"), stem)) if name), "model")
    base = QUANTIZATION.sub("", base)
    kind = offered.header.quantization
    tag = "" if kind == UNKNOWN_FILE_TYPE else f":{kind.lower()}"
    for number in range(1, TRIES):
        name = f"{base}{'' if number == 1 else f'-{number}'}{tag}"
        if _is_free(name, taken):
            return name
    return ""


def _is_free(name: str, taken: Collection[str]) -> bool:
    try:
        return parse_name(name).key not in taken
    except InvalidNameError:
        return False


def _slug(text: str) -> str:
    """Letters, digits, dots and dashes of ``text``; empty where that says nothing."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = UNFIT.sub("-", plain)[:MOST_NAME].strip("-._")
    return slug if len(slug) >= FEWEST_NAME else ""


def _read(path: Path) -> GgufFile:
    stamp = Stamp.of(path)
    try:
        with open_plain(path) as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise storage_error(error, path) from error
    if not stamp.size_bytes:
        raise ModelFileError(f"{path.name} is empty. Get it again.")
    if start != MAGIC:
        raise ModelFileError(f"{path.name} is not a GGUF file. Choose a model in the GGUF format.")
    try:
        return GgufFile(stamp, read_gguf(path))
    except ModelFileError as error:
        if "exceeds file size" not in str(error):
            raise
        msg = f"{path.name} ends too early: it is damaged, or its download is not complete. Get it again."
        raise ModelFileError(msg) from error


def _refuse_odd(file: GgufFile) -> None:
    """Raises ``ModelFileError`` for what is no model of its own."""
    if file.header.is_adapter:
        msg = f"{file.path.name} is an adapter, not a whole model. Choose the GGUF file of a model."
        raise ModelFileError(msg)
    if not file.header.tensors and _part_count(file.header) < FEWEST_PARTS:
        msg = f"{file.path.name} has no weights in it. Choose the GGUF file of a whole model."
        raise ModelFileError(msg)


def _no_weights(projectors: Sequence[GgufFile]) -> str:
    if not projectors:
        return "No file was chosen. Choose a GGUF file."
    return (
        f"{projectors[0].path.name} is the part of a model that sees or hears. "
        "Choose it together with the GGUF file of the model."
    )


def _part_count(header: GgufHeader) -> int:
    return header.number("split.count")


def _all_parts(given: Sequence[GgufFile]) -> list[GgufFile]:
    """Every part, in order."""
    count = _part_count(given[0].header)
    if not FEWEST_PARTS <= count <= MOST_PARTS or any(_part_count(file.header) != count for file in given):
        raise ModelFileError("These files are not parts of one model. Choose the parts of one model.")
    by_number = {file.header.number("split.no"): file for file in given}
    name = PART_NAME.fullmatch(given[0].path.name)
    for number in range(count):
        if number in by_number:
            continue
        wanted = f"{name['stem']}-{number + 1:05}-of-{count:05}{name['end']}" if name else ""
        path = given[0].path.with_name(wanted) if wanted else None
        if path is None or not path.is_file():
            missing = wanted or f"number {number + 1}"
            msg = f"A part of this model is missing: {missing}. Put all {count} parts into one folder."
            raise ModelFileError(msg)
        file = _read(path)
        by_number[file.header.number("split.no")] = file
    if len(by_number) != count or len(given) > count:
        raise ModelFileError("These files are not parts of one model. Choose the parts of one model.")
    return [by_number[number] for number in range(count)]


def _projector_beside(weights: GgufFile) -> GgufFile | None:
    """The one projector in the same folder that fits the model, if there is one."""
    width = weights.header.embedding_length
    found = []
    for path in sorted(weights.path.parent.glob("*mmproj*.gguf"))[:MOST_PARTS]:
        try:
            file = _read(path)
        except (ModelFileError, StorageError):
            continue
        if file.header.is_projector and width and file.header.number("clip.vision.projection_dim") == width:
            found.append(file)
    return found[0] if len(found) == 1 else None

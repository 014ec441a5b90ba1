"""What the view of the disk says: parts of the picture, damage, progress and what a clean-up brings."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale

from ollama_desk.domain.pulls import LayerProgress
from ollama_desk.domain.upkeep import (
    CleanedUp,
    Damage,
    DiskUse,
    Health,
    LayerDamage,
    Leftover,
    LeftoverKind,
    ModelHealth,
    VerifyProgress,
)
from ollama_desk.ui.models.disk_map import Part, PartKind
from ollama_desk.ui.models.download_columns import layer_kind
from ollama_desk.ui.text import one_line, size_text, span_text

NAME_LIMIT = 120


def part_name(part: Part) -> str:
    """What a part is called."""
    match part.kind:
        case PartKind.MODEL:
            return one_line(part.name, NAME_LIMIT)
        case PartKind.OTHERS:
            return _tr("%n other models", part.count)
        case PartKind.SHARED:
            return _tr("Shared by several models")
        case PartKind.UNUSED:
            return _tr("Unused")
        case PartKind.PARTIAL:
            return _tr("Unfinished downloads")


def part_text(part: Part, total_bytes: int) -> str:
    """A part in one sentence, for tooltips and screen readers."""
    percent = 100 * part.size_bytes / total_bytes if total_bytes else 0.0
    share = QLocale().toString(percent, "f", 0 if percent >= 1 else 1)
    words = _tr("%1: %2, %3 % of the models folder").replace("%2", size_text(part.size_bytes)).replace("%3", share)
    return words.replace("%1", part_name(part))


def folder_text(use: DiskUse) -> str:
    """What the folder holds, in a line."""
    count = len(use.models)
    if not count and not use.used_bytes:
        return _tr("No models")
    models = use.used_bytes - use.unused_bytes - use.partial_bytes
    parts = [_tr("%n models, %1", count).replace("%1", bytes_text(models))]
    if use.unused_bytes:
        parts.append(_tr("%1 unused").replace("%1", bytes_text(use.unused_bytes)))
    if use.partial_bytes:
        parts.append(_tr("%1 of unfinished downloads").replace("%1", bytes_text(use.partial_bytes)))
    return " · ".join(parts)


def disk_text(use: DiskUse) -> str:
    """The disk of the folder, in a line; empty where nobody knows."""
    if use.free_bytes is None or use.disk_bytes is None:
        return ""
    other = max(use.disk_bytes - use.free_bytes - use.used_bytes, 0)
    words = _tr("Of %1 on this disk: models %2, other files %3, free %4")
    for hole, size in (("%1", use.disk_bytes), ("%2", use.used_bytes), ("%3", other), ("%4", use.free_bytes)):
        words = words.replace(hole, bytes_text(size))
    return words


def health_text(health: Health) -> str:
    """A model's state in a word or two."""
    match health:
        case Health.UNKNOWN:
            return _tr("not verified")
        case Health.SOUND:
            return _tr("whole")
        case Health.DAMAGED:
            return _tr("damaged")


def damage_text(damage: LayerDamage) -> str:
    """What is wrong with a file, in a sentence."""
    match damage.damage:
        case Damage.MANIFEST:
            return _tr("The list of its files is damaged.")
        case Damage.CONTENT:
            words = _tr("%1: the file holds other bytes than it should.")
        case Damage.SIZE:
            words = _tr("%1: the file has %2 instead of %3.")
        case Damage.MISSING:
            words = _tr("%1: the file is missing.")
        case Damage.UNREADABLE:
            words = _tr("%1: the disk does not let the file be read.")
    words = words.replace("%2", bytes_text(damage.found_bytes)).replace("%3", bytes_text(damage.wanted_bytes))
    return words.replace("%1", layer_kind(LayerProgress(damage.digest, 0, media_type=damage.media_type)))


def damages_text(health: ModelHealth) -> str:
    """What is wrong with a model."""
    return " ".join(map(damage_text, health.damages))


def verify_text(progress: VerifyProgress) -> str:
    """How far the reading is."""
    done, total = bytes_text(progress.done_bytes), bytes_text(progress.total_bytes)
    if progress.is_paused:
        return _tr("Verifying files: paused at %1 of %2").replace("%1", done).replace("%2", total)
    words = _tr("Verifying files: %1 of %2").replace("%1", done).replace("%2", total)
    if progress.left_s is None:
        return words
    return _tr("%1, %2 left").replace("%1", words).replace("%2", span_text(progress.left_s))


def verified_text(healths: Sequence[ModelHealth]) -> str:
    """How a verification ended."""
    damaged = sum(each.health is Health.DAMAGED for each in healths)
    if damaged:
        return _tr("Files of %n models are damaged.", damaged)
    unknown = sum(each.health is Health.UNKNOWN for each in healths)
    if unknown:
        return _tr("No damage was found. %n models were not read to the end.", unknown)
    return _tr("Every file of every model is as it should be.")


def leftover_text(leftover: Leftover) -> str:
    """What a leftover is."""
    match leftover.kind:
        case LeftoverKind.UNUSED:
            return _tr("File of no model")
        case LeftoverKind.PARTIAL:
            return _tr("Unfinished download")
        case LeftoverKind.STRAY:
            return _tr("Interrupted file")


def cleaned_text(done: CleanedUp) -> str:
    """What a clean-up did."""
    words = _tr("%1 freed.").replace("%1", bytes_text(done.freed_bytes))
    if done.kept:
        words += " " + _tr("%n entries stay: they are needed by now, or cannot be removed.", done.kept)
    return words


def bytes_text(count: int) -> str:
    """Nothing is ``0 B`` here."""
    return size_text(count) or "0 B"


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Disk", text, "", number)

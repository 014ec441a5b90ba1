"""What moving the models folder to a place would mean, and why it cannot be done."""

from collections.abc import Mapping
from pathlib import Path

from ollama_desk.core.folders import chosen_folder
from ollama_desk.domain.errors import MoveRefusedError, SettingsError
from ollama_desk.domain.moving import MoveOffer
from ollama_desk.registry.move_layout import Item, Kind, survey
from ollama_desk.registry.move_places import (
    compare,
    copied_bytes,
    file_system,
    refuse_files,
    refuse_place,
    require_room,
    target_in,
)
from ollama_desk.registry.placing import free_bytes
from ollama_desk.registry.progress import Progress


def offer_of(source: Path, chosen: Path, environment: Mapping[str, str], *, stops_server: bool) -> MoveOffer:
    """Look at both places. Blocks.

    Raises:
        MoveRefusedError: it cannot be moved there; the sentence says why.
        StorageError: a place cannot be read, or has no room (``DiskFullError``).
    """
    if not source.is_dir():
        raise MoveRefusedError(f"There is nothing in {source} to move. Choose the folder for models in the settings.")
    target = target_in(chosen)
    refuse_place(source, target)
    _refuse_text(target, environment)
    items = survey(source)
    refuse_files(items, target, system=file_system(target))
    _refuse_rivals(source, target, items)
    needed, free = copied_bytes(items, target), free_bytes(target)
    require_room(needed, free, target)
    return MoveOffer(
        source,
        target,
        model_count=_models(items),
        file_count=len(items),
        size_bytes=sum(item.size_bytes for item in items),
        copied_bytes=needed,
        free_bytes=free,
        target_models=_models(survey(target)),
        stops_server=stops_server,
    )


def setting_text(folder: Path, default: Path) -> str:
    """How the settings name a folder; the default needs no name."""
    return "" if folder == default else str(folder).replace("$", "$$")


def _models(items: list[Item]) -> int:
    return sum(item.kind is Kind.MANIFEST for item in items)


def _refuse_rivals(source: Path, target: Path, items: list[Item]) -> None:
    """Raises ``MoveRefusedError`` where both have a model of one name."""
    for item in items:
        if item.kind is Kind.MANIFEST and (target / item.path).exists():
            compare(source / item.path, target / item.path, item, Progress())


def _refuse_text(target: Path, environment: Mapping[str, str]) -> None:
    """Raises ``MoveRefusedError`` where the settings cannot name it."""
    text = setting_text(target, target / "default")
    try:
        named = chosen_folder(text, environment)
    except SettingsError as error:
        raise MoveRefusedError(str(error)) from error
    if named != target:
        raise MoveRefusedError(f"The name of {target} begins or ends with what settings leave out. Choose another one.")

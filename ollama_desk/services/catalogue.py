"""Reads the catalogue of models from its file, once, when somebody first wants to see it."""

import asyncio
import tomllib
from pathlib import Path

import msgspec

from ollama_desk.domain.catalogue import Catalogue, CatalogueEntry, CatalogueSize, Task
from ollama_desk.domain.errors import CatalogueError, InvalidNameError
from ollama_desk.registry.reference import parse_name


class _Size(msgspec.Struct, forbid_unknown_fields=True):
    """A size as it stands in the file; what it leaves out it has from its family."""

    label: str
    ollama: str = ""
    gguf: str = ""
    parameters: int = 0
    context: int = 0
    size_mb: int = 0
    capabilities: list[str] | None = None
    licence: str = ""
    layers: int = 0
    cache: int = 0


class _Family(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    publisher: str
    about: dict[str, str]
    tasks: list[Task]
    licence: str
    source: str
    size: list[_Size]
    context: int = 0
    capabilities: list[str] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    family: list[_Family]


class CatalogueService:
    """The catalogue as it was shipped.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._catalogue: Catalogue | None = None

    async def catalogue(self) -> Catalogue:
        """All entries; the file is read in a thread and only once.

        Raises:
            CatalogueError: the file is missing or not what it should be.
        """
        if self._catalogue is None:
            self._catalogue = await asyncio.to_thread(read_catalogue, self._path)
        return self._catalogue


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue in a file.

    Raises:
        CatalogueError: it is missing or not what it should be.
    """
    try:
        with path.open("rb") as file:
            content = msgspec.convert(tomllib.load(file), _File)
        entries = tuple(_entry(family) for family in content.family)
        _check_names(entries)
    except (OSError, ValueError, InvalidNameError) as error:  # TOML, UTF-8 and msgspec raise kinds of ValueError
        raise CatalogueError(f"The catalogue of models cannot be read: {error}") from error
    return Catalogue(entries)


def _entry(family: _Family) -> CatalogueEntry:
    if not family.size or not family.about.get("en"):
        raise ValueError(f'"{family.name}" has no size or no line about it')
    return CatalogueEntry(
        family.name,
        family.publisher,
        family.about,
        frozenset(family.tasks),
        tuple(_size(size, family) for size in family.size),
        family.source,
    )


def _size(size: _Size, family: _Family) -> CatalogueSize:
    capabilities = family.capabilities if size.capabilities is None else size.capabilities
    return CatalogueSize(
        size.label,
        size.ollama,
        size.gguf,
        size.parameters * 1_000_000,
        size.context or family.context,
        size.size_mb * 1_000_000,
        frozenset(capabilities),
        size.licence or family.licence,
        size.layers,
        size.cache,
    )


def _check_names(entries: tuple[CatalogueEntry, ...]) -> None:
    """Every size has a name that can be looked up, and no two have the same one."""
    seen = set[str]()
    for entry in entries:
        for size in entry.sizes:
            if not size.names:
                raise ValueError(f'"{entry.name}" has a size without a name')
            for name in size.names:
                key = parse_name(name).key
                if key in seen:
                    raise ValueError(f'"{name}" stands in it twice')
                seen.add(key)

"""Which names mean the same model, however they are spelt."""

from collections.abc import Iterable

DEFAULT_PREFIXES = ("https://", "http://", "registry.ollama.ai/", "library/")
DEFAULT_TAG = "latest"


def key_of(name: str) -> str:
    """What two spellings of a name have in common: case does not count, nor what may be left out."""
    rest = name.strip().lower()
    for prefix in DEFAULT_PREFIXES:
        rest = rest.removeprefix(prefix)
    return rest if ":" in rest.rpartition("/")[2] else f"{rest}:{DEFAULT_TAG}"


def is_named(names: Iterable[str], name: str) -> bool:
    """Whether ``name`` is one of ``names``."""
    return key_of(name) in map(key_of, names)


def without(names: Iterable[str], name: str) -> tuple[str, ...]:
    """``names`` but this one."""
    return tuple(each for each in names if key_of(each) != key_of(name))


def renamed(names: Iterable[str], name: str, new_name: str) -> tuple[str, ...]:
    """``names`` where ``name`` is ``new_name``."""
    return tuple(new_name if key_of(each) == key_of(name) else each for each in names)

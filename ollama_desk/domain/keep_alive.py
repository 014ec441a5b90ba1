"""How long a model stays in memory after its last use: chosen for some models, the server's own for the others."""

from collections.abc import Iterable

from ollama_desk.domain.model_names import key_of


def keep_alive_in(choices: Iterable[str], name: str) -> str:
    """What is chosen for a model in ``choices`` ("name=5m"); empty where the server decides."""
    return next((text for owner, text in map(_parts, choices) if key_of(owner) == key_of(name)), "")


def with_keep_alive(choices: Iterable[str], name: str, text: str) -> tuple[str, ...]:
    """``choices`` with this one; an empty text leaves it to the server."""
    others = tuple(choice for choice in choices if key_of(_parts(choice)[0]) != key_of(name))
    return (*others, f"{name}={text}") if text else others


def renamed_in(choices: Iterable[str], name: str, new_name: str) -> tuple[str, ...]:
    """``choices`` where ``name`` is ``new_name``."""
    parts = map(_parts, choices)
    return tuple(f"{new_name if key_of(owner) == key_of(name) else owner}={text}" for owner, text in parts)


def to_wire(text: str) -> float | str | None:
    """As a request says it: seconds without a unit are a number there. None: the server decides."""
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        return text


def unloads(text: str) -> bool:
    """Whether it means: not a moment longer."""
    return bool(text) and not text.strip("0.+-nuµμmsh")


def _parts(choice: str) -> tuple[str, str]:
    name, _, text = choice.rpartition("=")
    return name, text

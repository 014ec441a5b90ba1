"""A model's own parameters, as ``show`` prints them, read into the options of a chat. Pure."""

import json

from ollama_desk.domain.chat import ChatOptions
from ollama_desk.domain.models import ModelDetails


def defaults_of(details: ModelDetails) -> ChatOptions:
    """What holds for this model where a chat changes nothing; None where the model leaves it to the server."""
    values = written_values(details)
    return ChatOptions(
        system=details.system or None,
        temperature=_number(values.get("temperature")),
        context_length=_whole(values.get("num_ctx")),
        seed=_whole(values.get("seed")),
        stop=tuple(values["stop"]) if "stop" in values else None,
        max_tokens=_whole(values.get("num_predict")),
    )


def written_values(details: ModelDetails) -> dict[str, list[str]]:
    """The values of each parameter in their order, texts without quotes and escapes; only ``stop`` has several."""
    values: dict[str, list[str]] = {}
    for line in details.parameters.splitlines():
        name, _, value = line.strip().partition(" ")
        if value.strip():
            values.setdefault(name, []).append(_text(value.strip()))
    return values


def _text(value: str) -> str:
    """A text without its quotes, its escapes undone."""
    if not value.startswith('"'):
        return value
    try:
        text = json.loads(value)
    except ValueError:
        return value.strip('"')
    return text if isinstance(text, str) else value


def _number(values: list[str] | None) -> float | None:
    try:
        return float(values[-1]) if values else None
    except ValueError:
        return None


def _whole(values: list[str] | None) -> int | None:
    number = _number(values)
    return int(number) if number is not None and abs(number) < 2**63 else None

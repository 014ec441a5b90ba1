"""What a model can do, from its templates, its header and the projector beside it: the rules of a real server."""

from dataclasses import dataclass
from functools import lru_cache

from ollama_desk.registry.gguf import GgufHeader
from ollama_desk.registry.go_template import GoTemplateError, fields_of

THINKING_MARKS = ("enable_thinking", "<think>", "reasoning_content", "reasoning_effort")
THINKING_FAMILIES = ("gptoss", "gpt-oss")  # whatever their templates say
HEARING = "has_audio_encoder"
USES = ("Tools", "Suffix", "Thinking")


@dataclass(frozen=True, slots=True)
class Senses:
    """What a projector takes in besides text."""

    sees: bool = False
    hears: bool = False

    @classmethod
    def of(cls, projector: GgufHeader) -> "Senses":
        """From the header of a projector."""
        hears = any(key.rpartition(".")[2] == HEARING and value is True for key, value in projector.metadata.items())
        return cls(sees=True, hears=hears)


def capabilities_of(header: GgufHeader, template: str, senses: Senses, listed: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What a model can do: its Go template says so, or else the chat template in its header.

    Args:
        header: of the weights.
        template: the Go template; "" where there is none.
        senses: of its projector.
        listed: what its configuration says that it can do besides.
    """
    if header.pooling_type is not None:
        return tuple(dict.fromkeys(("embedding", *listed)))
    uses = _uses(template)
    jinja = "" if template else header.chat_template
    found = {
        "completion": True,
        "vision": senses.sees,
        "audio": senses.hears,
        "tools": "Tools" in uses or "tools" in jinja,
        "insert": "Suffix" in uses,
        "thinking": "Thinking" in uses
        or any(mark in jinja for mark in THINKING_MARKS)
        or header.architecture in THINKING_FAMILIES,
    }
    return tuple(dict.fromkeys((*(name for name, can in found.items() if can), *listed)))


@lru_cache(maxsize=64)  # asked with every request; reading a long template takes half a millisecond
def _uses(template: str) -> frozenset[str]:
    try:
        return fields_of(template)
    except GoTemplateError:  # a newer Go than ours: then whatever is in it
        return frozenset(name for name in USES if f".{name}" in template)

"""The environment of the engine, read once: Ollama's variables with Ollama's meanings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from urllib.parse import urlsplit

from ollama_desk.domain.server import DEFAULT_HOST, ServerAddress
from ollama_desk.engine.duration import seconds_of_variable
from ollama_desk.engine.loading import Launch
from ollama_desk.engine.memory import CACHE_BYTES, PLAIN_CACHE

DEFAULT_CONTEXT = 4096
MAX_SLOTS = 64  # llama.cpp takes 256; each has a cache of its own
WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - only where the user wrote it


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How this engine runs."""

    address: ServerAddress = field(default_factory=ServerAddress)
    bind_host: str = DEFAULT_HOST  # a wildcard only where OLLAMA_HOST says one
    models: Path = Path()
    keep_alive_s: float = 300.0
    load_timeout_s: float | None = 300.0  # None: without limit
    context_length: int = DEFAULT_CONTEXT
    max_loaded: int = 3
    max_queue: int = 512
    launch: Launch = field(default_factory=Launch)
    origins: tuple[str, ...] = ()  # of pages that may ask, besides those of this machine

    @property
    def on_loopback(self) -> bool:
        return self.address.is_local and self.bind_host not in WILDCARDS


def read_options(environment: Mapping[str, str], *, home: Path) -> EngineOptions:
    """The options that ``environment`` asks for; what cannot be read keeps its default, as in Ollama."""
    host = _value(environment, "OLLAMA_HOST")
    address = ServerAddress.parse(host)
    models = _value(environment, "OLLAMA_MODELS")
    load_s = seconds_of_variable(environment.get("OLLAMA_LOAD_TIMEOUT", ""), 300.0)
    return EngineOptions(
        address=address,
        bind_host=_wildcard(host) or address.host,
        models=Path(models).expanduser() if models else home / ".ollama" / "models",
        keep_alive_s=seconds_of_variable(environment.get("OLLAMA_KEEP_ALIVE", ""), 300.0),
        load_timeout_s=load_s if 0 < load_s < inf else None,
        context_length=_count(environment, "OLLAMA_CONTEXT_LENGTH", DEFAULT_CONTEXT),
        max_loaded=_count(environment, "OLLAMA_MAX_LOADED_MODELS", 3),
        max_queue=_count(environment, "OLLAMA_MAX_QUEUE", 512),
        launch=_launch(environment),
        origins=tuple(filter(None, (text.strip() for text in _value(environment, "OLLAMA_ORIGINS").split(",")))),
    )


def _launch(environment: Mapping[str, str]) -> Launch:
    """How runners are started. Keys and values can be packed only where flash attention may be used."""
    flash = _flag(environment, "OLLAMA_FLASH_ATTENTION")
    cache = _value(environment, "OLLAMA_KV_CACHE_TYPE").lower()
    packed = cache in CACHE_BYTES and flash is not False
    slots = _count(environment, "OLLAMA_NUM_PARALLEL", 1)
    return Launch(min(slots, MAX_SLOTS), cache if packed else PLAIN_CACHE, flash)


def _flag(environment: Mapping[str, str], name: str) -> bool | None:
    """As Go reads it; what is no boolean counts as true, nothing as nothing."""
    text = _value(environment, name)
    return text not in ("0", "f", "F", "false", "FALSE", "False") if text else None


def _wildcard(host: str) -> str:
    """The wildcard that ``OLLAMA_HOST`` names, if it does."""
    try:
        name = urlsplit(f"//{host.partition('://')[2] or host}").hostname or ""
    except ValueError:
        return ""
    return name if name in WILDCARDS else ""


def _value(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "").strip().strip("\"'").strip()


def _count(environment: Mapping[str, str], name: str, default: int) -> int:
    text = _value(environment, name)
    return int(text) if text.isdecimal() and int(text) > 0 else default

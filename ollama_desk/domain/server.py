"""The server: where it is, how it fares, whose it is, what it uses."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 11434
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - recognised, never bound


class ServerState(StrEnum):
    """The one state of the supervised server."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"  # alive, but it does not answer
    STOPPING = "stopping"
    BACKOFF = "backoff"  # it fell; it will be started again
    FAILED = "failed"  # it fell too often, or cannot be started
    EXTERNAL = "external"  # a server that is not ours answers on the port
    CONFLICT = "conflict"  # something that is no Ollama holds the port

    @property
    def answers(self) -> bool:
        """Whether requests can be sent."""
        return self in (ServerState.READY, ServerState.EXTERNAL)

    @property
    def is_passing(self) -> bool:
        """Whether it will change by itself, so that what is on screen may stay for now."""
        return self in (ServerState.STARTING, ServerState.DEGRADED, ServerState.STOPPING, ServerState.BACKOFF)


class ServerKind(StrEnum):
    """Which program the server is."""

    OLLAMA = "ollama"
    BUILT_IN = "built-in engine"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Host and port of a server; ``str()`` gives ``127.0.0.1:11434``, ``url`` the base URL."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self}"

    @property
    def is_local(self) -> bool:
        """Whether a server of ours could listen there."""
        return self.scheme == "http" and self.host in LOOPBACK_NAMES

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> "ServerAddress":
        """Read ``OLLAMA_HOST`` as Ollama does (``[scheme://]host[:port][/path]``), a wildcard becoming loopback.

        ``http://host`` without a port means 80, ``https://`` 443, no scheme 11434; a port that is none
        falls back to the default. Never raises. Source: envconfig of Ollama 0.33.
        """
        text = text.strip().strip("\"'").strip()
        scheme, found, rest = text.partition("://")
        if not found:
            scheme, rest = "http", text
        default_port = {"https": 443, "http": 80}.get(scheme, DEFAULT_PORT) if found else DEFAULT_PORT
        try:
            parts = urlsplit(f"//{rest}")
            host = parts.hostname or ""
        except ValueError:
            return cls()
        try:
            port = default_port if parts.port is None else parts.port
        except ValueError:
            port = default_port
        return cls(DEFAULT_HOST if host in WILDCARDS else host, port, "https" if scheme == "https" else "http")


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """Everything that the dock says about the server, as one value."""

    state: ServerState
    reason: str = ""  # a sentence: why it is in this state
    kind: ServerKind = ServerKind.UNKNOWN
    address: ServerAddress = ServerAddress()
    pid: int | None = None  # only where it is ours
    version: str = ""
    started_at: datetime | None = None  # aware, UTC; only where it is ours
    log_tail: tuple[str, ...] = ()  # the last lines, where it failed
    free_address: ServerAddress | None = None  # where else a server of ours could be, where others hold this place

    @property
    def is_ours(self) -> bool:
        """Whether it is for us to start and to stop: a server elsewhere is not, however it fares."""
        return self.address.is_local and self.state not in (ServerState.EXTERNAL, ServerState.CONFLICT)


@dataclass(frozen=True, slots=True)
class ResourceSample:
    """CPU and memory of the server's whole process tree."""

    at: datetime  # aware, UTC
    cpu_percent: float  # of one core: 250.0 is two and a half
    rss_bytes: int
    process_count: int

"""The base URL of a server: by number on this machine, and without what is nobody's business in sentences."""

from ollama_desk.domain.server import DEFAULT_HOST, LOOPBACK_NAMES


def literal(base_url: str) -> str:
    """The URL with the number for ``localhost``: the name may lead to ::1, where another program may listen."""
    scheme, found, rest = base_url.rstrip("/").partition("://")
    user, at, place = rest.rpartition("@")
    host, colon, port = place.partition(":")
    return f"{scheme}{found}{user}{at}{DEFAULT_HOST if host.lower() == 'localhost' else host}{colon}{port}"


def shown(base_url: str) -> str:
    """Where the server is, in the words for a person: ``127.0.0.1:11434``, without a password."""
    return base_url.rpartition("://")[2].rpartition("@")[2]


def is_loopback(host: str) -> bool:
    return host in LOOPBACK_NAMES or host.startswith("127.") or host.endswith(".localhost")

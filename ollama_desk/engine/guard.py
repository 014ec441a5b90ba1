"""Who may ask: the Host and Origin rules that keep foreign web pages out of a server on loopback."""

import ipaddress
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "0.0.0.0"})  # noqa: S104 - recognised, never bound
LOCAL_SUFFIXES = (".localhost", ".local", ".internal")
APP_SCHEMES = frozenset({"app", "file", "tauri", "vscode-webview", "vscode-file"})


def host_is_allowed(header: str, *, machine: str) -> bool:
    """Whether a request with this Host may be answered by a server that listens on loopback.

    A page whose name was rebound to 127.0.0.1 still sends its own name. Rules as in Ollama.

    Args:
        header: the Host header; empty where there is none.
        machine: this machine's host name.
    """
    try:
        host = (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return False
    if host in ("", "localhost", machine.lower()) or host.endswith(LOCAL_SUFFIXES):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private or address.is_unspecified


def origin_is_allowed(origin: str, more: tuple[str, ...] = ()) -> bool:
    """Whether a page of this origin may ask: only pages of this machine and desktop shells.

    Args:
        origin: the Origin header.
        more: further ones, as OLLAMA_ORIGINS names them; ``*`` in one stands for any text.
    """
    if any(fnmatchcase(origin, pattern) for pattern in more if "[" not in pattern):
        return True
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme in APP_SCHEMES:
        return True
    return parts.scheme in ("http", "https") and host in LOCAL_NAMES

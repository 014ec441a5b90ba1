"""Where else a server could listen when somebody has its port."""

import contextlib
import os
import socket
from dataclasses import replace

from ollama_desk.domain.server import DEFAULT_HOST, ServerAddress

FIRST_UNPRIVILEGED = 1024
NEIGHBOURS = 50  # ports above the taken one that are tried before the kernel is asked for any


def literal(address: ServerAddress) -> ServerAddress:
    """The address by its number: ``localhost`` may lead to ::1, where somebody else may hold the same port."""
    return replace(address, host=DEFAULT_HOST) if address.host == "localhost" else address


def free_address(taken: ServerAddress) -> ServerAddress | None:
    """The nearest free port above, else any free one, on the same host; None where there is none.

    It is free at this moment only. Takes a few system calls, no waiting.
    """
    first = max(taken.port + 1, FIRST_UNPRIVILEGED)
    for port in (*range(first, min(first + NEIGHBOURS, 65_536)), 0):
        with contextlib.suppress(OSError):
            return replace(taken, port=_listened_on(taken.host, port))
    return None


def _listened_on(host: str, port: int) -> int:
    """Listen for a moment, as a server would, and say on which port that was.

    Raises:
        OSError: the port cannot be had.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        if os.name == "posix":  # as servers do; on Windows it would take a port that is in use
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1)
        return int(listener.getsockname()[1])

"""One instance for each data folder: the first one owns it, a second start rings its bell, which raises its window."""

import asyncio
import contextlib
import logging
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from enum import Enum, auto
from pathlib import Path
from typing import cast

from ollama_desk.core.lock import FolderLock
from ollama_desk.domain.errors import AlreadyRunningError

log = logging.getLogger(__name__)

REQUEST = b"ollama-desk: show your window\n"
ANSWER = b"ollama-desk: shown\n"
ANSWER_S = 3.0  # a first instance that hangs is given this long
ABSENT_S = 10.0  # one without a bell is about to have it, or is leaving, which takes at most 8 s
RETRY_S = 0.02
IDLE_S = 2.0  # a caller that says nothing is hung up on
PATH_LIMIT = 100  # bytes that fit into a socket's address everywhere
WAITING = 16


class Ring(Enum):
    """What came of ringing."""

    ANSWERED = auto()  # the window is shown
    SILENT = auto()  # somebody is there but does not answer
    ABSENT = auto()  # nobody is there


def own_or_ring(folder: Path, *, answer_s: float = ANSWER_S, absent_s: float = ABSENT_S) -> FolderLock | None:
    """The lock of ``folder``, held; None where another instance has it and has shown its window.

    Blocks, so it is for the time before there is a loop. An instance that is leaving is waited for.

    Raises:
        AlreadyRunningError: another instance has the folder and does not answer.
        StorageError: the folder cannot be used.
    """
    lock = FolderLock(folder)
    deadline = time.monotonic() + absent_s
    while True:
        try:
            lock.acquire()
        except AlreadyRunningError as error:
            match ring(folder, timeout_s=answer_s):
                case Ring.ANSWERED:
                    return None
                case Ring.SILENT:
                    msg = (
                        f"Ollama Desk is already running with the data in {folder}, but it does not answer. "
                        "Wait until it does, or end its process."
                    )
                    raise AlreadyRunningError(msg) from error
                case Ring.ABSENT:
                    if time.monotonic() > deadline:
                        raise
            time.sleep(RETRY_S)
        else:
            return lock


def ring(folder: Path, *, timeout_s: float = ANSWER_S) -> Ring:
    """Ask the instance that owns ``folder`` to show its window; blocks for at most ``timeout_s``."""
    if not hasattr(socket, "AF_UNIX"):  # Windows: not tried yet
        return Ring.ABSENT
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(timeout_s)
        try:
            with _address(folder) as address:
                caller.connect(address)
            caller.sendall(REQUEST)
            answer = caller.recv(len(ANSWER))
        except (TimeoutError, BlockingIOError):  # the latter: too many are waiting already
            return Ring.SILENT
        except OSError:
            return Ring.ABSENT
    return Ring.ANSWERED if answer == ANSWER else Ring.ABSENT


class Bell:
    """The owner's end: hung up once the lock is held, so that whoever rings before the loop runs is queued.

    Args:
        folder: the data folder, which this user alone can enter.
        user_id: who may ring; None: the user that we are.
    """

    def __init__(self, folder: Path, *, user_id: int | None = None) -> None:
        self._folder = folder
        self._user_id = os.getuid() if user_id is None and os.name == "posix" else user_id
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None

    def hang(self) -> None:
        """Listen. Without sockets in this folder there is no bell, and a second start only says that we run."""
        if not hasattr(socket, "AF_UNIX"):
            return
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _address(self._folder) as address:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(address)  # noqa: PTH108 - of an owner that was killed: the lock is ours
                listener.bind(address)
                os.chmod(address, 0o600)  # noqa: PTH101 - may be an address by descriptor
            listener.listen(WAITING)
        except OSError as error:
            listener.close()
            log.info("A second start cannot raise this window: %s", error)
            return
        listener.settimeout(0)
        self._socket = listener

    async def answer(self, on_ring: Callable[[], None]) -> None:
        """Call ``on_ring`` for each who rings, from now on and for those who wait."""
        if self._socket is not None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_unix_server(
                lambda: _Caller(on_ring, self._user_id), sock=self._socket, start_serving=False
            )
            await self._server.start_serving()  # it may be taken down meanwhile

    def take_down(self) -> None:
        """Answer no more; who rings now finds nobody and waits for the lock."""
        if self._socket is None:
            return
        with contextlib.suppress(OSError), _address(self._folder) as address:
            os.unlink(address)  # noqa: PTH108 - as above
        if self._server is not None:
            self._server.close()
        self._socket.close()
        self._socket = None


class _Caller(asyncio.Protocol):
    """One who rings: says the one thing that is understood, or is hung up on."""

    def __init__(self, on_ring: Callable[[], None], user_id: int | None) -> None:
        self._on_ring = on_ring
        self._user_id = user_id
        self._said = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._patience = asyncio.get_running_loop().call_later(IDLE_S, self._transport.abort)
        if _peer_user_id(self._transport) not in (None, self._user_id):
            log.warning("Another user of this machine asked for the window and was refused.")
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._said += data
        if self._said == REQUEST:
            self._on_ring()
            self._transport.write(ANSWER)
            self._transport.close()
        elif not REQUEST.startswith(self._said):
            self._transport.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        self._patience.cancel()


def _peer_user_id(transport: asyncio.Transport) -> int | None:
    """Who called; None where the system does not say, and the folder's mode alone protects us."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    layout = "3i"  # pid, uid, gid: struct ucred
    connection = transport.get_extra_info("socket")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(layout))
    _, user_id, _ = struct.unpack(layout, credentials)
    return int(user_id)


@contextlib.contextmanager
def _address(folder: Path) -> Iterator[str]:
    """The bell's address: its path, or on Linux a short one by descriptor where the path is too long for a socket.

    Raises:
        OSError: the folder is not there, or the path is too long elsewhere.
    """
    path = str(folder / "bell")
    if len(os.fsencode(path)) <= PATH_LIMIT or not sys.platform.startswith("linux"):
        yield path
        return
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/bell"
    finally:
        os.close(descriptor)

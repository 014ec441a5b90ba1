"""Whose server it is: our id, the record of the running one, and the sweep for what a crash left behind."""

import contextlib
import json
import logging
import os
import stat
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from ollama_desk.core.files import private_folder, write_atomically
from ollama_desk.sidecar.guardian import start_ticks
from ollama_desk.sidecar.launch import MARKER

log = logging.getLogger(__name__)

LIMIT_BYTES = 65_536
GRACE_S = 3.0
KILL_S = 3.0
LOOK_EVERY_S = 0.03


@dataclass(frozen=True, slots=True)
class Record:
    """The server that we started, or are about to start (``pid`` 0). Ticks and boot id tell a reused pid apart."""

    owner: str
    boot_id: str
    address: str
    pid: int = 0
    ticks: int = 0
    guardian_pid: int = 0


def owner_id(folder: Path) -> str:
    """The id of this data folder, made once.

    Raises:
        StorageError: it cannot be kept.
    """
    private_folder(folder)
    known = read_owner_id(folder)
    if known:
        return known
    made = uuid.uuid4().hex
    write_atomically(folder / "owner", made.encode())
    return made


def read_owner_id(folder: Path) -> str:
    """The id of this data folder; empty where it has none yet."""
    text = (_read(folder / "owner") or b"").decode("ascii", "replace").strip()
    return text if len(text) == 32 and text.isalnum() else ""  # noqa: PLR2004 - hex digits of a uuid


def boot_id() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return str(int(psutil.boot_time()))


def write_record(folder: Path, record: Record) -> None:
    write_atomically(folder / "record.json", json.dumps(asdict(record)).encode())


def read_record(folder: Path) -> Record | None:
    """The record; None where there is none that can be believed."""
    raw = _read(folder / "record.json")
    if raw is None:
        return None
    try:
        record = Record(**json.loads(raw))
        if all(type(getattr(record, name)) is kind for name, kind in Record.__annotations__.items()):
            return record
    except (ValueError, TypeError, RecursionError):
        pass
    log.info("the record of the last server is unreadable and is ignored")
    return None


def forget_record(folder: Path) -> None:
    with contextlib.suppress(OSError):
        (folder / "record.json").unlink()


def is_alive(record: Record) -> bool:
    """Whether the recorded server still runs: the same process of the same boot, with our marker."""
    return bool(
        record.pid
        and record.boot_id == boot_id()
        and start_ticks(record.pid) == record.ticks
        and _marker_of(record.pid) == record.owner
    )


def recorded_tree(record: Record) -> list[psutil.Process]:
    """The recorded server and all below it, if it is alive: that is ours too, whatever became of its environment."""
    if not is_alive(record):
        return []
    try:
        root = psutil.Process(record.pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def owned_processes(owner: str) -> list[psutil.Process]:
    """Every living process that carries our marker, but for this one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and _is_ours(process, owner):
                found.append(process)
    return found


def sweep(owner: str, *, record: Record | None = None, grace_s: float = GRACE_S) -> int:
    """End what carries our marker or is in the recorded tree: TERM, a little patience, KILL until none is left.

    Blocks. Returns how many it was.
    """
    tree = recorded_tree(record) if record is not None and record.owner == owner else []

    def look() -> list[psutil.Process]:
        return list(dict.fromkeys([*owned_processes(owner), *(process for process in tree if _lives(process))]))

    left = look()
    _signal(left, end=True)
    _end(look, grace_s)
    return len(left)


def _end(look: Callable[[], list[psutil.Process]], grace_s: float) -> None:
    """KILL what ``look`` still finds after the grace, until it finds nothing.

    Not by waiting for each process: a dead one whose parent does not reap it would be waited for in vain.
    """
    now = time.monotonic()
    while (left := look()) and time.monotonic() < now + grace_s + KILL_S:
        if time.monotonic() >= now + grace_s:
            _signal(left, end=False)
        time.sleep(LOOK_EVERY_S)


def _signal(processes: list[psutil.Process], *, end: bool) -> None:
    """TERM, which a stopped process hears only after CONT, or KILL. psutil refuses a pid that was given anew."""
    for process in processes:
        with contextlib.suppress(psutil.Error, OSError):
            if end:
                process.terminate()
                process.resume()
            else:
                process.kill()


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _is_ours(process: psutil.Process, owner: str) -> bool:
    return bool(owner) and process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARKER) == owner


def _marker_of(pid: int) -> str:
    with contextlib.suppress(psutil.Error, OSError):
        return psutil.Process(pid).environ().get(MARKER, "")
    return ""


def _read(path: Path) -> bytes | None:
    """A small file of ours; None where there is none, or a link, somebody else's, writable by others, huge."""
    try:
        # Not blocking, since a FIFO would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        log.info("%s cannot be read and is ignored: %s", path, error.strerror)
        return None
    try:
        facts = os.fstat(descriptor)
        private = os.name != "posix" or (facts.st_uid == os.getuid() and not facts.st_mode & 0o022)
        if not stat.S_ISREG(facts.st_mode) or not private or facts.st_size > LIMIT_BYTES:
            log.info("%s is not a file of ours and is ignored", path)
            return None
        return os.read(descriptor, LIMIT_BYTES)
    finally:
        os.close(descriptor)

"""How much memory a new model may take: what the system has to give, within what the container allows."""

import os
import sys
from pathlib import Path

KIB = 1024


def available_bytes(root: Path = Path("/")) -> int | None:
    """Memory and swap that programs may still take, in bytes; ``None`` where this system does not say.

    Pages of files count as available, those of mapped weights too: see ``mapped_bytes``.

    Args:
        root: of the file system that holds ``proc`` and ``sys``.
    """
    match sys.platform:
        case "win32":
            return _windows_bytes()
        case "linux":
            free = _meminfo_bytes(root)
            limit = _container_bytes(root)
            return free if limit is None or free is None else min(free, limit)
        case _:
            return _physical_bytes()


def mapped_bytes(pid: int, root: Path = Path("/")) -> int:
    """Bytes of files that the process has in memory, its weights above all; 0 where this system does not say."""
    try:
        lines = (root / "proc" / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((_kib(line) for line in lines if line.startswith("RssFile:")), 0)


def _meminfo_bytes(root: Path) -> int | None:
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    told = {line.partition(":")[0]: _kib(line) for line in lines}
    return told["MemAvailable"] + told.get("SwapFree", 0) if "MemAvailable" in told else None


def _kib(line: str) -> int:
    words = line.split()
    return int(words[1]) * KIB if len(words) > 1 and words[1].isdecimal() else 0


def _container_bytes(root: Path) -> int | None:
    """What the control groups above us still allow; ``None`` without a limit."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return None
    own = next((line[3:] for line in lines if line.startswith("0::")), "/")  # version 2 has this one line
    group = (root / "sys/fs/cgroup").joinpath(own.lstrip("/"))
    top = root / "sys/fs/cgroup"
    left = [_left_bytes(folder) for folder in (group, *group.parents) if folder.is_relative_to(top)]
    return min((count for count in left if count is not None), default=None)


def _left_bytes(group: Path) -> int | None:
    try:
        limit = (group / "memory.max").read_text().strip()
        used = int((group / "memory.current").read_text())
        stat = (group / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        return None
    if not limit.isdecimal():  # "max"
        return None
    cached = sum(int(line.split()[1]) for line in stat if line.startswith(("inactive_file ", "active_file ")))
    return max(int(limit) - used + cached, 0)


def _physical_bytes() -> int | None:
    """All memory of the machine: refuses only what could never fit."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def _windows_bytes() -> int | None:
    import ctypes  # noqa: PLC0415 - Windows only

    class Status(ctypes.Structure):
        _fields_ = (
            ("size", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "page_total", "page_free")),
            *((name, ctypes.c_ulonglong) for name in ("virtual_total", "virtual_free", "extended")),
        )

    library = getattr(ctypes, "windll", None)  # exists there only
    status = Status(size=ctypes.sizeof(Status))
    if library is None or not library.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status.page_free)  # memory and page file, as Ollama counts

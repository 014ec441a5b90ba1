"""What the kernel knows about a process: its CPU to the nanosecond, its memory."""

import re
from pathlib import Path


def cpu_s(pid: int) -> float:
    """What all living threads of a process have used; 0 where it is gone."""
    total_ns = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total_ns += int(task.read_text().split()[0])
        except OSError:  # a thread that has just ended
            continue
    return total_ns / 1e9


def memory_mb(pid: int, kind: str) -> float:
    """Megabytes: ``Rss`` counts shared pages in full, ``Pss`` by their share."""
    found = re.search(rf"^{kind}:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024 / 1e6

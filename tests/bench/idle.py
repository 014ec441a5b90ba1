"""Bench: memory and CPU of the program at rest, its server running and the resource monitor on.

Memory is the process with the window against the least PySide6 window, shared pages counted in full on both sides:
guardian and engine have budgets of their own. CPU is the same process; the detail has that of guardian and engine.

Where memory goes (of 119 MB, against 58): 11 to 13.5 MB are the source lines that PySide6 has read (see ``start``);
without them the ratio is 1.81. asyncio with OpenSSL 10 MB, httpx 9 MB, our own modules 19 MB.

What wakes a window at rest: a sample each second (a look at each process in a worker thread, three labels painted)
and the models every five seconds (two requests, a quarter of all CPU; most of that was making connections anew, which
``core.http`` and the engine now keep for longer than those five seconds).
"""

import tempfile
import time
from pathlib import Path

import psutil

from tests.bench.figures import Figure, hand_over, interleaved, median_figure
from tests.bench.processes import cpu_s, memory_mb
from tests.bench.programs import desk, hello

RSS_LIMIT, CPU_LIMIT = 1.9, 0.5
SETTLE_S = 4.0
SLICE_S, SLICES = 5.0, 6


def rss_mb_of_desk(folder: Path) -> float:
    with desk(folder) as window:
        window.read("READY")
        time.sleep(SETTLE_S)
        return memory_mb(window.pid, "Rss")


def rss_mb_of_hello() -> float:
    with hello() as window:
        window.read("PAINTED")
        time.sleep(1)
        return memory_mb(window.pid, "Rss")


def idle_cpu(folder: Path) -> Figure:
    """Percent of a core in each slice."""
    shares, others = [], []
    with desk(folder, seconds=SETTLE_S + SLICE_S * SLICES + 30) as window:
        window.read("READY")
        time.sleep(SETTLE_S)
        below = [child.pid for child in psutil.Process(window.pid).children(recursive=True)]
        for _ in range(SLICES):
            before, began = (cpu_s(window.pid), sum(map(cpu_s, below))), time.monotonic()
            time.sleep(SLICE_S)
            wall_s = time.monotonic() - began
            shares.append(100 * (cpu_s(window.pid) - before[0]) / wall_s)
            others.append(100 * (sum(map(cpu_s, below)) - before[1]) / wall_s)
    detail = f"{SLICES} slices of {SLICE_S:.0f} s; guardian and engine {sorted(others)[SLICES // 2]:.2f} %"
    return median_figure("idle CPU with the resource monitor on", CPU_LIMIT, shares, unit="%", detail=detail)


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        ratio = interleaved(lambda: rss_mb_of_desk(folder), rss_mb_of_hello)
        memory = ratio.figure(
            "idle RSS / bare hello window", RSS_LIMIT, detail=f"{ratio.first:.0f} MB against {ratio.second:.0f} MB"
        )
        return [memory, idle_cpu(folder)]


if __name__ == "__main__":
    hand_over(measure())

"""Bench: how much memory the engine takes for a pull of 5 GB, above what it has at rest.

The weights are a hole in a file, so that only the engine's side takes space on the disk; where there is not enough, a
smaller model is pulled, and the figure says so.
"""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, hand_over, median_figure
from tests.bench.pulls import forget, pull, registry
from tests.support.engine import EngineProcess

SIZE, RESERVE = 5 << 30, 4 << 30
SMALL = 1 << 30
LIMIT_MB = 40.0
ROUNDS = 3


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        size = SIZE if shutil.disk_usage(folder).free > SIZE + RESERVE else SMALL
        weights = folder / "weights"
        digest = hole(weights, size)
        rounds = []
        with registry(weights, digest) as source:
            for number in range(ROUNDS):
                models = folder / str(number) / "models"
                models.mkdir(parents=True)
                with EngineProcess(models) as engine:
                    before = told_mb(engine.pid, "VmRSS")
                    pull(engine, source)
                    rounds.append(told_mb(engine.pid, "VmHWM") - before)
                    forget(engine)
    detail = "" if size == SIZE else f"of {size >> 30} GB: there is no space for more"
    return [median_figure("engine: peak memory of a 5 GB pull, above rest", LIMIT_MB, rounds, unit="MB", detail=detail)]


def hole(path: Path, size: int) -> str:
    """A file of nothing; its digest."""
    with path.open("wb") as file:
        file.truncate(size)
    seen, block = hashlib.sha256(), bytes(1 << 20)
    for _ in range(size >> 20):
        seen.update(block)
    return f"sha256:{seen.hexdigest()}"


def told_mb(pid: int, what: str) -> float:
    """Megabytes of a process: ``VmRSS`` now, ``VmHWM`` the most until now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024 / 1e6
    sys.exit(f"the system does not tell the memory of {pid}")


if __name__ == "__main__":
    hand_over(measure())

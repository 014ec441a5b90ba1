"""Bench: how fast the engine pulls a model, beside a bare download of the same bytes, hashed and synced to the disk.

On loopback the network costs nothing, so what is compared is the work for each byte.
"""

import hashlib
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, hand_over, interleaved
from tests.bench.programs import ROOT, environment
from tests.bench.pulls import FileRegistry, forget, pull, registry
from tests.support.engine import EngineProcess

SIZE = 400 << 20
LEAST = 0.8
ROUNDS = 7


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        weights = folder / "weights"
        digest = write(weights)
        with registry(weights, digest) as source, EngineProcess(folder / "models") as engine:
            engine.models.mkdir()
            pull(engine, source)  # what is loaded once

            def ours() -> float:
                forget(engine)
                return SIZE / 1e6 / pull(engine, source)

            ratio = interleaved(ours, lambda: SIZE / 1e6 / bare(source, folder / "bare"), rounds=ROUNDS)
    detail = f"{ratio.first:.0f} and {ratio.second:.0f} MB/s"
    return [ratio.figure("pull through the engine / bare download with SHA-256", LEAST, is_floor=True, detail=detail)]


def write(path: Path) -> str:
    """Fill a file; its digest."""
    seen, source = hashlib.sha256(), random.Random(1)  # noqa: S311 - no secret
    with path.open("wb") as file:
        for _ in range(SIZE >> 20):
            block = source.randbytes(1 << 20)
            seen.update(block)
            file.write(block)
    return f"sha256:{seen.hexdigest()}"


def bare(source: FileRegistry, path: Path) -> float:
    """Seconds of the bare download."""
    path.unlink(missing_ok=True)
    command = [sys.executable, str(ROOT / "tests" / "bench" / "bare_download.py"), source.blob_url, str(path)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300, check=True)
    took_s, digest = done.stdout.split()
    assert f"sha256:{digest}" == source.digest
    return float(took_s)


if __name__ == "__main__":
    hand_over(measure())

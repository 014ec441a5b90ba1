"""Runs the benches one after another, each in a process of its own: ``python -m tests.bench [NAME …] [--json FILE]``.

Exit code 1 where a budget is missed or a bench failed. Leave the machine alone meanwhile: ratios stand some noise,
lags do not.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Figure, figure_of, table

ROOT = Path(__file__).resolve().parents[2]
BENCHES = (
    "start",
    "idle",
    "lag",
    "flush",
    "stream",
    "table",
    "engine_speed",
    "engine_cost",
    "engine_memory",
    "pull_speed",
    "pull_memory",
    "refcount",
)
LIMIT_S = 900.0


def run(name: str, bytecode: Path) -> list[Figure]:
    """The figures of one bench.

    Args:
        name: of its module.
        bytecode: a folder for what Python compiles: a machine may be set to keep none, which a person's is not.

    Raises:
        subprocess.CalledProcessError: it failed.
        subprocess.TimeoutExpired: it took too long.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": str(bytecode), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", f"tests.bench.{name}"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=LIMIT_S, check=True)
    return [figure_of(told) for told in json.loads(done.stdout.splitlines()[-1])]


def run_all(names: Sequence[str], bytecode: Path) -> tuple[list[Figure], list[str]]:
    """The figures, shown as they come, and the names of the benches that failed."""
    figures: list[Figure] = []
    failed: list[str] = []
    for name in names:
        try:
            found = run(name, bytecode)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            failed.append(name)
            sys.stdout.write(f"{name} failed: {error}\n{(error.stderr or b'').decode(errors='replace')}\n")
            continue
        sys.stdout.write(table(found) + "\n")
        sys.stdout.flush()
        figures += found
    return figures, failed


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.bench", description="Measure against the budgets.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which benches (default: all): {', '.join(BENCHES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args(argv)
    unknown = set(options.names) - set(BENCHES)
    if unknown:
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        figures, failed = run_all(options.names or BENCHES, Path(folder))
    if options.json is not None:
        told = [{**dataclasses.asdict(figure), "is_met": figure.is_met} for figure in figures]
        options.json.write_text(json.dumps({"figures": told, "failed": failed}, indent=2) + "\n")
    missed = [figure.budget for figure in figures if not figure.is_met]
    sys.stdout.write(f"{len(figures)} budgets, {len(missed)} missed, {len(failed)} benches failed\n")
    return 1 if missed or failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

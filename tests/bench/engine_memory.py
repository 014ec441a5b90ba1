"""Bench: memory of the engine and its runners above that of llama.cpp's own servers with the same models.

Counted is what the processes would free by ending (PSS: shared pages go by halves), one side at a time.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench.figures import Figure, hand_over, median_figure
from tests.bench.processes import memory_mb
from tests.bench.servers import engine, llama, small_model

ABOVE_LIMIT_MB, FURTHER_LIMIT_MB = 60.0, 25.0
ROUNDS = 5
ANSWER = 64  # tokens, so that nothing is left to be allocated


def mb_of(pids: tuple[int, ...]) -> float:
    """Megabytes of all these processes."""
    return sum(memory_mb(pid, "Pss") for pid in pids)


def ours(folder: Path, models: list[Path]) -> float:
    with engine(folder / "engine", *models, threads=1) as servers:
        for server in servers:
            server.ask(ANSWER)
        return mb_of(servers[0].pids)


def theirs(models: list[Path]) -> float:
    with ExitStack() as stack:
        servers = [stack.enter_context(llama(path, threads=1)) for path in models]
        for server in servers:
            server.ask(ANSWER)
        return sum(mb_of(server.pids) for server in servers)


def measure() -> list[Figure]:
    one, two = [], []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        models = [small_model(folder), small_model(folder, seed=2)]
        for _ in range(ROUNDS):
            one.append(ours(folder, models[:1]) - theirs(models[:1]))
            two.append(ours(folder, models) - theirs(models))
    further = [both - first for both, first in zip(two, one, strict=True)]
    return [
        median_figure("built-in engine: memory above llama.cpp's own server", ABOVE_LIMIT_MB, one, unit="MB"),
        median_figure("built-in engine: … a further model", FURTHER_LIMIT_MB, further, unit="MB"),
    ]


if __name__ == "__main__":
    hand_over(measure())

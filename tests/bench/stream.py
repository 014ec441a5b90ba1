"""Bench: CPU of 10 000 streamed tokens through the whole program, against the least async reader of the same bytes.

The server sends each token alone, at ``RATE``, so that both are woken equally often; the window flushes 30 times a
second of that. Counted is all CPU of the process from the question until the finished answer is on screen, saved.

Where it goes (of 110 to 170 µs a token, against 55, on a busy machine): h11 and httpx 20 to 30 %, rendering of
finished passages 20 %, painting and layout in Qt 25 %, decoding and the way through service, bus, signal and
coalescer 10 %, and up to 13 % in ``Reveal.eventFilter`` of ``ui/chat/shy.py``, which is called in Python for every
event of every answer, where ``enterEvent`` and ``leaveEvent`` of the answer would be called for two.
"""

import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, hand_over, interleaved
from tests.bench.programs import ROOT, child, paced_server, streamed

TOKENS = 10_000
RATE = 5_000
LIMIT = 2.0


def measure() -> list[Figure]:
    question = f"at={RATE} count={TOKENS}"
    with tempfile.TemporaryDirectory(prefix="bench-") as name, paced_server() as address:

        def ours() -> float:
            return streamed(Path(name), address, [question])[0].cpu_s

        def bare() -> float:
            command = [sys.executable, str(ROOT / "tests" / "bench" / "bare_reader.py"), address, question]
            with child(command) as process:
                return float(process.communicate()[0])

        ratio = interleaved(ours, bare)
    detail = f"{1e6 * ratio.first / TOKENS:.0f} µs against {1e6 * ratio.second / TOKENS:.0f} µs a token"
    budget = "CPU of 10k streamed tokens, whole app / bare async httpx read + json of the same bytes"
    return [ratio.figure(budget, LIMIT, detail=detail)]


if __name__ == "__main__":
    hand_over(measure())

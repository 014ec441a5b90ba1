"""Bench: CPU until the first paint of the real window, against that of the least PySide6 window.

Where it goes (of 300 ms, against 158 ms of which PySide6 alone takes 95 and its enums 35):

- asyncio and qasync 36 ms, which no program on this loop can do without: the ratio cannot fall below 1.25;
- 25 ms in ``shibokensupport.feature._mod_uses_pyside``: PySide6 reads the source of every module that is imported, to
  see whether it switches features on. It keeps the lines in ``linecache``, too: 11 MB (``idle``). A frozen bundle,
  whose modules have no source, does not pay that;
- 40 ms in about fifty frozen dataclasses with slots, 0.8 ms each: ``desktop`` imports ``domain.events``, and with it
  chat, models and settings, before the first paint, where only the errors and ``domain.server`` are needed;
- 40 ms to build and paint the window, 11 of them for 66 pixmaps of icons.

The sources are spared now (``bridge/sources.py``), the dock's details and the message box come behind the first paint.
What is left above the limit is qasync with asyncio, the settings file (``tomllib``, 15 ms) and the dataclasses.
"""

import tempfile
from pathlib import Path

from tests.bench.figures import Figure, hand_over, interleaved
from tests.bench.programs import desk, hello

LIMIT = 1.6
ROUNDS = 9


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)

        def ours() -> float:
            with desk(folder) as window:
                return float(window.read("PAINTED"))

        def bare() -> float:
            with hello() as window:
                return float(window.read("PAINTED"))

        ours(), bare()  # the first start reads files that are not in memory yet, and makes the data folder
        ratio = interleaved(ours, bare, rounds=ROUNDS)
    detail = f"{1000 * ratio.first:.0f} ms against {1000 * ratio.second:.0f} ms of CPU"
    return [ratio.figure("start to first paint / bare PySide6 hello window", LIMIT, detail=detail)]


if __name__ == "__main__":
    hand_over(measure())

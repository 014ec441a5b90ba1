"""Kills the program again and again: ``python -m tests.soak [--loops 50] [--writes 200] [--json FILE]``.

Every state × every victim, with servers of other owners running all the time; then the app alone while it writes.
Exit code 1 where a process was left, a foreign one was touched, the app ended badly, or something acknowledged is lost.
"""

import argparse
import dataclasses
import json
import os
import random
import sys
import tempfile
from itertools import product
from pathlib import Path

from tests.soak.decoys import decoys
from tests.soak.kills import State, Tally, Victim, run_once
from tests.soak.writes import Losses, kill_writers

LOOPS = 50
WRITES = 200


def kill_loops(folder: Path, loops: int, chance: random.Random) -> list[Tally]:
    tallies = [Tally(state, victim) for state, victim in product(State, Victim)]
    for tally in tallies:
        for _ in range(loops):
            run_once(folder, tally, chance)
        sys.stdout.write(line_of(tally) + "\n")
        sys.stdout.flush()
    return tallies


def line_of(tally: Tally) -> str:
    figures = f"{tally.loops:5} {tally.left:5} {tally.bad_exits:9} {tally.missed:8}"
    notes = "".join(f"\n    {note}" for note in tally.notes)
    return f"{tally.state:10} {tally.victim:9} {figures}{notes}"


def sentence_of(losses: Losses) -> str:
    cut = sorted(losses.text_lost_ms)
    text = (
        f"; text lost of {len(cut)} cut answers: {cut[len(cut) // 2]:.0f} ms, at most {cut[-1]:.0f} ms" if cut else ""
    )
    figures = f"{losses.kills} kills while writing: {losses.unreadable} databases unreadable, "
    notes = "".join(f"\n    {note}" for note in losses.notes)
    return f"{figures}{losses.lost} of {losses.acknowledged} acknowledged things lost{text}{notes}"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.soak", description="Kill and count what is left.")
    parser.add_argument("--loops", type=int, default=LOOPS, help="of each scenario")
    parser.add_argument("--writes", type=int, default=WRITES, help="kills of the app while it writes")
    parser.add_argument("--seed", type=int, default=0, help="of the moments at which is killed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args(argv)
    chance = random.Random(options.seed)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        os.environ["TMPDIR"] = str(folder / "tmp")
        with decoys(folder / "decoys") as foreign:
            sys.stdout.write("state      victim    loops  left  bad exit  too late\n")
            tallies = kill_loops(folder / "data", options.loops, chance)
            losses = kill_writers(folder / "writes", foreign[0].port, options.writes, chance)
            sys.stdout.write(sentence_of(losses) + "\n")
            harm = [sentence for decoy in foreign for sentence in decoy.harm()]
        litter = sorted(entry.name for entry in (folder / "tmp").iterdir())
    sys.stdout.write(f"foreign processes signalled: {len(harm)}; temporary folders left: {len(litter)}\n")
    if options.json is not None:
        kills = [dataclasses.asdict(tally) for tally in tallies]
        told = {"kills": kills, "writes": dataclasses.asdict(losses), "harm": harm, "litter": litter}
        options.json.write_text(json.dumps(told, indent=2) + "\n")
    return 0 if not harm and losses.is_clean and all(tally.is_clean for tally in tallies) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

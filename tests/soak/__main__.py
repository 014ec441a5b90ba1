"""Kills the program again and again: ``python -m tests.soak [--loops 50] [--writes 200] [--pulls 30] [--json FILE]``.

Every state × every victim, with servers of other owners running all the time; then the app alone while it writes; then
whoever pulls a model, in the middle of it. Exit code 1 where a process was left, a foreign one was touched, the app
ended badly, something acknowledged is lost, or a pull did not end right or fetched too much twice.
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
from tests.support.blob_contents import MIB, Large
from tests.support.pull_kills import PullTally, kill_pull
from tests.support.pull_kills import Victim as Puller

LOOPS = 50
WRITES = 200
PULLS = 30
PULLED = Large(200_000_000)
FALLS = 2  # more in a minute, and the app does not start the server again


def kill_loops(folder: Path, loops: int, chance: random.Random) -> list[Tally]:
    tallies = [Tally(state, victim) for state, victim in product(State, Victim)]
    for tally in tallies:
        for _ in range(loops):
            run_once(folder, tally, chance)
        sys.stdout.write(line_of(tally) + "\n")
        sys.stdout.flush()
    return tallies


def kill_pulls(folder: Path, kills: int, seed: int) -> list[PullTally]:
    tallies = []
    for victim in Puller if kills else ():
        times = min(kills, FALLS) if victim is Puller.SERVER else kills
        tally = kill_pull(folder / victim, victim, PULLED, kills=times, seed=seed)
        sys.stdout.write(pull_line_of(tally) + "\n")
        sys.stdout.flush()
        tallies.append(tally)
    return tallies


def pull_line_of(tally: PullTally) -> str:
    most = f", {max(tally.lost_bytes) / MIB:.1f} MiB at most by one kill" if tally.lost_bytes else ""
    verdict = "ends right" if tally.is_right else "ENDS WRONG"
    left = f"; left: {', '.join(tally.left)}" if tally.left else ""
    notes = "".join(f"\n    {note}" for note in tally.notes)
    figures = f"{tally.kills} kills of the {tally.victim} while pulling: {verdict}, {tally.sent_bytes / MIB:.1f} MiB"
    return f"{figures} fetched twice{most}{left}{notes}"


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
    parser.add_argument("--pulls", type=int, default=PULLS, help="kills in the middle of a download, of each victim")
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
            pulls = kill_pulls(folder / "pulls", options.pulls, options.seed)
            harm = [sentence for decoy in foreign for sentence in decoy.harm()]
        litter = sorted(entry.name for entry in (folder / "tmp").iterdir())
    sys.stdout.write(f"foreign processes signalled: {len(harm)}; temporary folders left: {len(litter)}\n")
    if options.json is not None:
        kills = [dataclasses.asdict(tally) for tally in tallies]
        told = {
            "kills": kills,
            "writes": dataclasses.asdict(losses),
            "pulls": [dataclasses.asdict(tally) for tally in pulls],
            "harm": harm,
            "litter": litter,
        }
        options.json.write_text(json.dumps(told, indent=2) + "\n")
    is_clean = all(tally.is_clean for tally in tallies) and all(tally.is_clean for tally in pulls)
    return 0 if is_clean and losses.is_clean and not harm else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

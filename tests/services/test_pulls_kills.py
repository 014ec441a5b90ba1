"""The whole app is killed in the middle of a download, again and again, and the model is whole in the end."""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

from tests.support.blob_contents import MIB, Large
from tests.support.engine import free_port
from tests.support.registry_server import RegistryServer

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("OLLAMA_DESK_APP_KILLS", "2"))
SIZE = max(48, 12 + 7 * KILLS) * MIB
RATE = 6.0 * MIB  # bytes a second
REFETCHED = 2 * 16 * MIB  # at most, by all kills together
LIMIT_S = 120.0


def run_app(folder: Path, port: int, name: str, *, kill_after: int | None) -> int:
    """Let the app run until so much has come since its start, then kill it; None: to its end. How far it was."""
    command = [sys.executable, "-m", "tests.support.pull_driver", str(folder), f"127.0.0.1:{port}", name]
    keep = {variable: value for variable, value in os.environ.items() if not variable.startswith("OLLAMA")}
    with (folder.parent / "app.log").open("ab") as log:
        app = subprocess.Popen(command, cwd=ROOT, env=keep, stdout=subprocess.PIPE, stderr=log, text=True)
    assert app.stdout is not None
    began, came = -1, 0
    try:
        for line in app.stdout:
            word, _, rest = line.partition(" ")
            if word == "DONE":
                break
            if word != "AT":
                continue
            came = int(rest)
            began = came if began < 0 else began
            if kill_after is not None and came >= began + kill_after:
                app.kill()
                break
        code = app.wait(LIMIT_S)
        assert kill_after is not None or code == 0, (folder.parent / "app.log").read_text()
    finally:
        app.kill()
        app.wait()
        app.stdout.close()
    return came


def test_pl01_an_app_that_is_killed_again_and_again_ends_with_the_right_model(tmp_path: Path) -> None:
    folder, port = tmp_path / "data", free_port()
    folder.mkdir()
    chance = random.Random(7)  # noqa: S311 - no secret
    with RegistryServer() as registry:
        weights = Large(SIZE)
        registry.add(weights)
        registry.faults.bytes_per_s = RATE
        reached = 0
        for _ in range(KILLS):
            came = run_app(folder, port, registry.name(), kill_after=chance.randrange(2, 10) * MIB)
            assert came >= reached - REFETCHED
            reached = came
            if reached > SIZE - 12 * MIB:
                break
        registry.faults.bytes_per_s = 0.0
        run_app(folder, port, registry.name(), kill_after=None)
        assert registry.sent <= SIZE + REFETCHED
    blobs = folder / "models" / "blobs"
    whole = blobs / weights.digest().replace(":", "-")
    with whole.open("rb") as file:
        assert f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == weights.digest()
    assert [path.name for path in blobs.iterdir() if "partial" in path.name] == []

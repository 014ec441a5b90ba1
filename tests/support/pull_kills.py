"""Kills what pulls a model, again and again in the middle of it, and counts what had to be fetched twice."""

import contextlib
import hashlib
import json
import os
import random
import signal
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.support.app import App
from tests.support.blob_contents import MIB, Content
from tests.support.engine import EngineProcess, until
from tests.support.registry_server import Faults, RegistryServer

DRIVER = Path(__file__).with_name("pull_driver.py")
LIMIT_S = 60.0
LOSS_BYTES = 2 * 16 * MIB  # what one kill may cost
SHARE = 0.5  # of the blob that is fetched between the first kill and the last
GUESS_S = 0.6  # between the first byte and a kill, on average


class Victim(StrEnum):
    ENGINE = "engine"  # with nobody to start it again
    APP = "app"
    SERVER = "server"  # the engine under the app, which starts it again and goes on


@dataclass(slots=True)
class PullTally:
    """What the kills of one pull came to."""

    victim: Victim
    kills: int = 0
    lost_bytes: list[int] = field(default_factory=list)  # by each kill: sent, and not on the disk
    sent_bytes: int = 0  # more than the model has
    is_right: bool = False  # the blobs are there and have their digests
    left: list[str] = field(default_factory=list)  # files that do not belong there at the end
    notes: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        cheap = all(lost <= LOSS_BYTES for lost in self.lost_bytes) and self.sent_bytes <= self.kills * LOSS_BYTES
        return self.is_right and not self.left and cheap


def kill_pull(folder: Path, victim: Victim, content: Content, *, kills: int, seed: int = 0) -> PullTally:
    """Pull ``content``; kill ``victim`` so often while it comes; then let it end.

    Args:
        folder: an empty one.
        victim: who is killed.
        content: of the one large layer.
        kills: how often.
        seed: of the moments.
    """
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    tally = PullTally(victim)
    with RegistryServer() as server:
        digests = server.add(content, b"a template")
        parts = max(1, min(4, content.size // 100_000_000))
        slowly = SHARE * content.size / kills / GUESS_S / parts
        server.faults.bytes_per_s = slowly
        run = _Killing(folder, server, chance, tally)
        {Victim.ENGINE: run.engine, Victim.APP: run.app, Victim.SERVER: run.server_of_app}[victim](kills)
        models = folder / "models"
        wanted = sorted(digest.replace(":", "-") for digest in digests)
        there = sorted(path.name for path in (models / "blobs").iterdir())
        tally.left = [name for name in there if name not in wanted]
        tally.is_right = set(wanted) <= set(there) and all(_fits(models / "blobs" / name) for name in wanted)
        tally.sent_bytes = server.sent - sum(server.blobs[digest].size for digest in digests)
    return tally


class _Killing:
    """One pull with its kills."""

    def __init__(self, folder: Path, server: RegistryServer, chance: random.Random, tally: PullTally) -> None:
        self._folder = folder
        self._server = server
        self._chance = chance
        self._tally = tally
        self._models = folder / "models"

    def engine(self, kills: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        engine = EngineProcess(self._models)
        for _ in range(kills):
            with engine, contextlib.closing(engine.connect()) as connection:
                before = self._server.sent
                connection.request("POST", "/api/pull", self._wish())
                self._wait_for_bytes(before)
                engine.process.kill()
                engine.process.wait(10)
                self._count()
        self._server.faults = Faults()
        with engine:
            last = engine.ask("POST", "/api/pull", json.loads(self._wish())).lines[-1]
            if last != {"status": "success"}:
                self._tally.notes.append(str(last))

    def app(self, kills: int) -> None:
        for _ in range(kills):
            with self._app() as app:
                app.wait_for("READY", LIMIT_S)
                app.wait_for("AT", LIMIT_S)
                self._wait_for_bytes(self._server.sent)
                app.process.send_signal(signal.SIGKILL)
                app.process.wait(10)
                self._count()
        self._server.faults = Faults()
        with self._app() as app:
            self._finish(app)

    def server_of_app(self, kills: int) -> None:
        with self._app() as app:
            for _ in range(kills):
                pid = int(app.wait_for("READY", LIMIT_S))
                before = self._server.sent
                self._wait_for_bytes(before)
                os.kill(pid, signal.SIGKILL)
                self._tally.kills += 1  # it is started again at once: what one kill cost cannot be told
            self._server.faults = Faults()
            self._finish(app)

    def _app(self) -> App:
        return App(self._folder, self._server.name(), driver=DRIVER)

    def _finish(self, app: App) -> None:
        try:
            app.wait_for("DONE", LIMIT_S)
            app.wait(20)
        except AssertionError as error:
            self._tally.notes.append(str(error))

    def _wish(self) -> str:
        return json.dumps({"model": self._server.name(), "insecure": True})

    def _wait_for_bytes(self, before: int) -> None:
        until(lambda: self._server.sent > before, LIMIT_S, "nothing comes")
        time.sleep(self._chance.uniform(0, 2 * GUESS_S))

    def _count(self) -> None:
        """After a kill: what was sent so far, and is neither on the disk nor was lost before."""
        self._tally.kills += 1
        until(self._is_quiet, LIMIT_S, "bytes are sent to nobody")
        kept = 0
        for path in (self._models / "blobs").glob("sha256-*"):
            if "-partial-" in path.name:
                kept += json.loads(path.read_bytes())["Completed"]
            elif "-" not in path.name.removeprefix("sha256-"):
                kept += path.stat().st_size
        self._tally.lost_bytes.append(self._server.sent - kept - sum(self._tally.lost_bytes))

    def _is_quiet(self) -> bool:
        before = self._server.sent
        time.sleep(0.1)
        return self._server.sent == before


def _fits(path: Path) -> bool:
    with path.open("rb") as file:
        return f"sha256-{hashlib.file_digest(file, 'sha256').hexdigest()}" == path.name

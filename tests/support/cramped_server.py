"""What the server's supervisor does on a disk that is full or read-only: scenarios for ``tests.support.cramped``."""

import asyncio
import os
import signal
import subprocess
from functools import partial
from pathlib import Path

from ollama_desk.domain.server import ServerState
from ollama_desk.sidecar import server_log
from ollama_desk.sidecar.ownership import read_record
from tests.support.cramped import fill, remount
from tests.support.deadline import wait_for
from tests.support.sidecar import supervised

READY, FAILED, BACKOFF, STOPPED = ServerState.READY, ServerState.FAILED, ServerState.BACKOFF, ServerState.STOPPED


async def full_at_start(folder: Path) -> None:
    ballast = fill(folder)
    async with supervised(folder / "server") as (supervisor, watch):
        supervisor.start()
        failed = await watch.until(FAILED)
        assert failed.reason.startswith("The disk that holds"), failed.reason
        assert failed.reason.endswith("is full. Free some space and try again."), failed.reason
        ballast.unlink()
        supervisor.start()
        await watch.until(READY)


async def full_at_the_next_start(folder: Path) -> None:
    async with supervised(folder / "server") as (supervisor, watch):
        supervisor.start()
        ready = await watch.until(READY)
        supervisor.stop()
        await watch.until(STOPPED, since=watch.seen.index(ready))
        ballast = fill(folder)
        supervisor.start()
        failed = await watch.until(FAILED)
        assert "could not be started: The disk that holds" in failed.reason, failed.reason
        ballast.unlink()
        supervisor.start()
        again = await watch.until(READY, since=watch.seen.index(failed))
        assert again.pid != ready.pid


async def full_while_logging(folder: Path) -> None:
    """The log fills the disk: it is cut, its newest end stays, and the server can be started again."""
    async with supervised(folder / "server", "flood-on=40000") as (supervisor, watch):
        supervisor.start()
        ready = await watch.until(READY)
        await wait_for(
            partial(asyncio.to_thread, supervisor.log_tail, 1), lambda tail: tail == ["the flood is over"], 60
        )
        size = partial(asyncio.to_thread, os.path.getsize, supervisor.log_path)
        await wait_for(size, lambda bytes_: bytes_ <= server_log.MAX_BYTES)
        assert (supervisor.status.state, supervisor.status.pid) == (READY, ready.pid)
        assert supervisor.log_tail(1) == ["the flood is over"]
        supervisor.restart()
        await watch.until(STOPPED, READY, since=watch.seen.index(ready) + 1)
        again = await watch.until(READY, since=len(watch.seen) - 1)
        assert again.pid != ready.pid


async def rotating_without_room(folder: Path) -> None:
    path = folder / "server.log"
    for number in range(1, server_log.KEPT + 1):
        path.with_name(f"server.log.{number}").write_bytes(b"old")
    path.write_bytes(b"a" * 2_000_000 + b"z" * server_log.PIECE_BYTES)
    fill(folder)
    server_log.rotate(path, max_bytes=2_500_000)
    assert path.read_bytes() == b"z" * server_log.PIECE_BYTES
    assert [name for name in os.listdir(folder) if name.startswith("server.log.")] == []  # noqa: PTH208
    server_log.rotate(path, max_bytes=2_500_000)
    assert path.stat().st_size == server_log.PIECE_BYTES


async def read_only_at_start(folder: Path) -> None:
    (folder / "server").mkdir(mode=0o700)
    remount(folder, "ro")
    async with supervised(folder / "server") as (supervisor, watch):
        supervisor.start()
        failed = await watch.until(FAILED)
        assert failed.reason.endswith("cannot be used: Read-only file system."), failed.reason
        assert str(folder) in failed.reason
        remount(folder, "rw")
        supervisor.start()
        await watch.until(READY)


async def read_only_while_running(folder: Path) -> None:
    async with supervised(folder / "server") as (supervisor, watch):
        supervisor.start()
        ready = await watch.until(READY)
        assert ready.pid is not None
        make_read_only_under_a_writer(folder)
        os.kill(ready.pid, signal.SIGKILL)
        failed = await watch.until(FAILED)
        assert "Read-only file system" in failed.reason, failed.reason
        supervisor.stop()
        await watch.until(STOPPED, since=len(watch.seen) - 1)
        remount(folder, "rw")
        assert read_record(folder / "server") is not None  # it could not be forgotten, and does no harm
        supervisor.start()
        await watch.until(READY, since=watch.seen.index(failed))


def make_read_only_under_a_writer(folder: Path) -> None:
    """The server holds its log open for writing, which keeps a disk from being made read-only: bind it so instead."""
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)

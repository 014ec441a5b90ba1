"""Servers that say too much, too long lines, or what no reader likes: their log stays short and can be shown."""

import asyncio
import os
import re
from functools import partial
from pathlib import Path

import psutil
import pytest

from ollama_desk.domain.server import ServerState
from ollama_desk.sidecar.server_log import KEPT, LINE_CHARS, MAX_BYTES, PIECE_BYTES, ROUNDS, tail
from tests.support.deadline import wait_for
from tests.support.sidecar import run, supervised

READY, FAILED = ServerState.READY, ServerState.FAILED


@pytest.mark.parametrize("lines", [50_000, 200_000], ids=["50 MB", "200 MB"])
def test_sc20_a_flooding_server_is_never_blocked_and_its_log_is_kept_short(tmp_path: Path, lines: int) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, f"flood={lines}") as (supervisor, watch):
            used = psutil.Process().memory_info().rss
            supervisor.start()
            await watch.until(READY)  # it has written everything
            size = partial(asyncio.to_thread, os.path.getsize, supervisor.log_path)
            await wait_for(size, lambda size: size < MAX_BYTES)
            assert psutil.Process().memory_info().rss - used < 30_000_000
            newest = (tmp_path / "server.log.1").read_bytes() + supervisor.log_path.read_bytes()
            assert re.findall(rb"line (\d+) ", newest)[-1] == b"%d" % (lines - 1)
            assert len(re.findall(rb"line \d+ x{1000}\n", newest)) >= 1000  # the newest 1 MB at the least
            sizes = [entry.stat().st_size for entry in os.scandir(tmp_path) if entry.name.startswith("server.log")]
            assert len(sizes) <= KEPT + 1
            assert max(sizes) <= ROUNDS * MAX_BYTES + PIECE_BYTES

    run(scenario())


def test_sc21_log_lines_that_no_reader_likes_are_shown_stripped(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "nasty-log") as (supervisor, watch):
            supervisor.start()
            await watch.until(READY)
            red, last = supervisor.log_tail(2)
            assert red.startswith("red")
            assert len(red) <= LINE_CHARS
            assert red.isprintable()
            assert last == "the end"

    run(scenario())


def test_sc21_lines_of_a_megabyte_are_cut_and_hold_up_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "long-lines=15 nasty-log") as (supervisor, watch):
            supervisor.start()
            await watch.until(READY)
            tail = supervisor.log_tail(200)
            assert tail[-1] == "the end"
            assert max(len(line) for line in tail) <= LINE_CHARS

    run(scenario())


def test_sc21_the_last_words_of_a_server_that_falls_with_long_lines_can_be_shown(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "long-lines=3 nasty-log crash-after=0") as (supervisor, watch):
            supervisor.start()
            failed = await watch.until(FAILED)
            assert failed.log_tail[-1] == "the end"
            assert all(len(line) <= LINE_CHARS and line.isprintable() for line in failed.log_tail)

    run(scenario())


def test_the_last_lines_of_a_log_that_was_just_rotated_are_in_its_older_copy(tmp_path: Path) -> None:
    log, older = tmp_path / "server.log", tmp_path / "server.log.1"
    older.write_bytes(b"one\ntwo\n")
    log.write_bytes(b"")
    assert tail(log, 5) == ["one", "two"]
    log.write_bytes(b"three\n")
    assert tail(log, 2) == ["two", "three"]
    assert tail(log, 1) == ["three"]
    assert tail(log, 5, since=100) == ["one", "two", "three"], "it was longer than that before"
    assert tail(log, 5, since=3) == ["ee"], "nothing was rotated since"

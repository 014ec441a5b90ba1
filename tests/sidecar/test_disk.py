"""The server on a disk that is full, read-only or open to everybody: a sentence each, and nothing lost."""

import os
import stat
from pathlib import Path

import pytest

from ollama_desk.domain.server import ServerState
from tests.support.cramped import can_mount, on_small_disk
from tests.support.sidecar import run, supervised

needs_disk = pytest.mark.skipif(not can_mount(), reason="a small disk of our own needs the right to mount one")


@needs_disk
@pytest.mark.parametrize(
    ("scenario", "size"),
    [
        ("full_at_start", "1m"),
        ("full_at_the_next_start", "1m"),
        ("full_while_logging", "12m"),
        ("rotating_without_room", "4m"),
        ("read_only_at_start", "1m"),
        ("read_only_while_running", "1m"),
    ],
)
def test_the_server_on_a_bad_disk(tmp_path: Path, scenario: str, size: str) -> None:
    on_small_disk("tests.support.cramped_server", scenario, tmp_path, size=size)


def test_cf12_what_the_server_leaves_is_for_us_alone_whatever_the_umask(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path / "deep" / "server", "flood=12000") as (supervisor, watch):
            supervisor.start()
            await watch.until(ServerState.READY)
            for path in (tmp_path / "deep" / "server").iterdir():
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
            assert stat.S_IMODE((tmp_path / "deep" / "server").stat().st_mode) == 0o700

    before = os.umask(0)
    try:
        run(scenario())
    finally:
        os.umask(before)

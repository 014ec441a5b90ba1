"""What a move does on a disk that is too small or fills up: scenarios for ``tests.support.cramped``."""

import asyncio
import os
import tempfile
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DiskFullError
from ollama_desk.domain.moving import MoveState
from tests.support.cramped import fill
from tests.support.move_folders import contents, furnish, put_model
from tests.support.moving_desk import Gate, stepped_desk


async def disk_that_fills(folder: Path) -> None:
    """In the middle of the copy: what came goes again, and the old place was never touched."""
    with tempfile.TemporaryDirectory() as elsewhere:
        home = Path(elsewhere)
        old = home / "data/models"
        furnish(old)
        put_model(old, "large", os.urandom(12_000_000))
        held, gate = contents(old), Gate("brought blobs")
        async with stepped_desk(home, gate) as moving:
            await moving.begin(folder / "new")
            await gate.reached()
            ballast = await asyncio.to_thread(fill, folder)
            gate.open()
            job = await moving.ended()
            assert job.state is MoveState.FAILED
            assert "is full. Free some space and try again." in job.reason
            assert os.listdir(folder) == [ballast.name]  # noqa: PTH208
            assert contents(old) == held
            ballast.unlink()
            moving.seen.events.clear()
            assert (await moving.move(folder / "new")).state is MoveState.FINISHED
            assert contents(folder / "new") == held


async def disk_that_is_too_small(folder: Path) -> None:
    """Before the first byte."""
    with tempfile.TemporaryDirectory() as elsewhere:
        home = Path(elsewhere)
        put_model(home / "data/models", "large", os.urandom(100_000_000))
        async with stepped_desk(home) as moving:
            with pytest.raises(DiskFullError, match=r"has 125\.8 MB free; 100\.0 MB are needed, and some to spare"):
                await moving.moving.examine(folder / "new")
            assert os.listdir(folder) == []  # noqa: PTH208

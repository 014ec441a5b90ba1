"""Whoever opens the Desk is told what was found in the database, once, and can go on."""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DatabaseTooNewError
from ollama_desk.domain.events import NoticeRaised
from ollama_desk.services.config import read_config
from ollama_desk.services.desk import open_desk
from tests.support import damage
from tests.support.events import EventRecorder


def break_header(path: Path) -> None:
    damage.zero_header(path, random.Random(0))  # noqa: S311 - not used


def break_growing_answer(path: Path) -> None:
    """Damage that no check of SQLite finds, where every start looks."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE messages SET stats = '{' WHERE state = 'streaming'")


def make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version=99")


async def notices(folder: Path, *, can_write: bool = True) -> list[str]:
    """What a face that begins to listen as soon as it has the Desk is told."""
    config = read_config(data_dir=folder, host="127.0.0.1:1", environment={})
    async with open_desk(config) as desk:
        seen = EventRecorder(desk.bus)
        assert len(await desk.library.chats()) == damage.CHATS
        if can_write:
            chat = await desk.library.new_chat("m")
            await desk.library.delete(chat.id)
        else:
            with pytest.raises(DatabaseTooNewError):
                await desk.library.new_chat("m")
    return [notice.text for notice in seen.of(NoticeRaised)]


@pytest.mark.parametrize(
    ("change", "words", "can_write"),
    [
        (break_header, "(chats: 12, messages: 144)", True),
        (break_growing_answer, "(chats: 12, messages: 144)", True),
        (make_newer, "newer version", False),
    ],
)
def test_st05_st06_what_was_found_at_the_start_is_told_once(
    tmp_path: Path, change: Callable[[Path], None], words: str, *, can_write: bool
) -> None:
    async def make() -> None:
        await (await damage.fill(tmp_path / "desk.db")).aclose()

    asyncio.run(make())
    change(tmp_path / "desk.db")
    (told,) = asyncio.run(notices(tmp_path, can_write=can_write))
    assert words in told
    if can_write:
        assert asyncio.run(notices(tmp_path)) == []

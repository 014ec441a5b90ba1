"""A backup is a whole database in one file, made while the chats go on; a copied file without its log is none."""

import asyncio
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from ollama_desk.domain.errors import StorageError
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from tests.support import damage
from tests.support.lag import measured_lag

MOST_LAG_S = 0.1


async def questions(path: Path) -> list[str]:
    """Every question that can be read at ``path``, as the program reads it."""
    database = await Database.open(path)
    assert database.notice == ""
    store = ChatStore(database)
    await store.recover()
    found = [each.content for chat in await store.chats() for each in await store.messages(chat.id)]
    await database.aclose()
    return [text for text in found if text.startswith("question")]


def test_st10_a_backup_that_is_made_while_chats_are_written_can_be_restored(tmp_path: Path) -> None:
    path, backup = tmp_path / "desk.db", tmp_path / "backup.db"

    async def scenario() -> None:
        database = await damage.fill(path)
        store = ChatStore(database)
        async with measured_lag() as lag:
            copying = asyncio.ensure_future(database.back_up(backup))
            for number in range(20):
                chat = await store.create_chat("m", at=damage.NOW)
                await store.begin_turn(chat.id, f"later {number}", model="", title="", at=damage.NOW)
            await copying
        assert lag.longest_s < MOST_LAG_S
        await database.aclose()

    asyncio.run(scenario())
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert damage.sound(backup)
    assert not list(tmp_path.glob("backup.db-*"))
    path.unlink()
    shutil.copy(backup, path)
    assert len(asyncio.run(questions(path))) == damage.CHATS * damage.TURNS


def test_st10_the_file_alone_would_not_be_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"

    async def scenario() -> tuple[int, int]:
        database = await Database.open(path)
        store = ChatStore(database)
        await store.create_chat("m", at=damage.NOW)
        await database.back_up(tmp_path / "backup.db")
        shutil.copy(path, tmp_path / "copied.db")
        await database.aclose()
        return chats_in(tmp_path / "backup.db"), chats_in(tmp_path / "copied.db")

    assert asyncio.run(scenario()) == (1, 0)


def chats_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        count: int = connection.execute("SELECT COUNT(*) FROM chats").fetchone()[0]
        return count


def test_st10_a_backup_that_cannot_be_written_leaves_the_last_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db")
        with pytest.raises(StorageError, match="nowhere"):
            await database.back_up(tmp_path / "nowhere" / "backup.db")
        await database.back_up(tmp_path / "backup.db")
        before = (tmp_path / "backup.db").read_bytes()
        (tmp_path / "backup.db.part").mkdir()
        with pytest.raises(StorageError, match="cannot be used"):
            await database.back_up(tmp_path / "backup.db")
        assert (tmp_path / "backup.db").read_bytes() == before
        await database.aclose()

    asyncio.run(scenario())


def test_st10_a_damaged_database_is_not_backed_up_over_a_good_copy(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db")
        await database.back_up(tmp_path / "backup.db")
        before = (tmp_path / "backup.db").read_bytes()
        (tmp_path / "desk.db").write_bytes(b"\x00" * 100)
        with pytest.raises(StorageError, match="damaged"):
            await database.back_up(tmp_path / "backup.db")
        assert (tmp_path / "backup.db").read_bytes() == before
        await database.aclose()

    asyncio.run(scenario())

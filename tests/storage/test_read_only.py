"""What cannot be changed can be read: chats of a newer version, chats in a folder that cannot be written."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DatabaseReadOnlyError, DatabaseTooNewError, StorageError
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from ollama_desk.storage.migrations import MIGRATIONS
from tests.support import damage

NEWER = len(MIGRATIONS) + 1


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    """A closed database with chats."""
    path = tmp_path / "desk.db"

    async def make() -> None:
        database = await damage.fill(path)
        await ChatStore(database).recover()
        await database.aclose()

    asyncio.run(make())
    return path


def make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE chats ADD COLUMN folder TEXT")
        connection.execute("CREATE TABLE folders (name TEXT)")
        connection.execute(f"PRAGMA user_version={NEWER}")


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.suffix != ".db-shm"}


async def read_and_try_to_write(path: Path, expected: type[StorageError], words: str) -> None:
    database = await Database.open(path)
    try:
        assert database.read_only
        assert words in database.notice
        store = ChatStore(database)
        assert await store.recover() == 0
        found = await store.chats()
        assert len(found) == damage.CHATS
        assert len(await store.messages(found[0].id)) == 2 * damage.TURNS
        with pytest.raises(expected, match=words):
            await store.rename(found[0].id, "another")
        await store.set_unread(found[0].id, unread=True)
        await store.save_draft(found[0].id, "stays in the window")
        await store.keep("draft of a new chat", "stays in the window")
        assert await store.chats() == found
        with pytest.raises(expected, match=words):
            await store.begin_turn(found[0].id, "?", model="", title="", at=damage.NOW)
    finally:
        await database.aclose()


def test_st06_chats_of_a_newer_version_can_be_read_and_nothing_is_written(chats: Path) -> None:
    make_newer(chats)
    before = contents(chats.parent)
    asyncio.run(read_and_try_to_write(chats, DatabaseTooNewError, "newer version"))
    assert {name: content for name, content in contents(chats.parent).items() if content} == before


def test_st06_chats_of_a_newer_version_that_was_killed_can_be_read(chats: Path) -> None:
    other = chats.with_name("other.db")

    async def scenario() -> None:
        database = await Database.open(chats)
        await asyncio.to_thread(make_newer, chats)
        damage.copy_with_logs(chats, other)
        await database.aclose()

    asyncio.run(scenario())
    before = contents(chats.parent)
    assert before["other.db-wal"]
    asyncio.run(read_and_try_to_write(other, DatabaseTooNewError, "newer version"))
    assert contents(chats.parent) == before


def test_st06_a_newer_version_of_tables_that_we_cannot_read_is_said(chats: Path) -> None:
    make_newer(chats)
    with closing(sqlite3.connect(chats, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE chats RENAME COLUMN pinned TO stuck")

    async def scenario() -> None:
        database = await Database.open(chats)
        try:
            with pytest.raises(StorageError, match=r"no such column|cannot be read"):
                await ChatStore(database).chats()
        finally:
            await database.aclose()

    asyncio.run(scenario())
    assert not chats.with_name("desk.db.open").exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everything")
def test_os10_chats_in_a_folder_that_cannot_be_written_can_be_read(chats: Path) -> None:
    chats.parent.chmod(0o500)
    try:
        asyncio.run(read_and_try_to_write(chats, DatabaseReadOnlyError, "nothing can be saved"))
    finally:
        chats.parent.chmod(0o700)

"""A migration is taken whole or not at all, and there is a copy of what was before."""

import asyncio
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from ollama_desk.domain.errors import StorageError
from ollama_desk.storage.database import Database
from ollama_desk.storage.migrations import MIGRATIONS
from tests.support.killed_migration import OLD, STEPS

ROOT = Path(__file__).resolve().parents[2]


def write_old(path: Path) -> None:
    async def scenario() -> None:
        database = await Database.open(path, migrations=OLD)
        await database.write(lambda connection: connection.execute("INSERT INTO words VALUES ('kept')").rowcount)
        await database.aclose()

    asyncio.run(scenario())


def look(path: Path) -> tuple[int, list[str], list[str]]:
    """Version, columns and words of a database."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        return (
            connection.execute("PRAGMA user_version").fetchone()[0],
            [row[1] for row in connection.execute("PRAGMA table_info(words)")],
            [row[0] for row in connection.execute("SELECT word FROM words")],
        )


def die(path: Path, *, steps: int, statement: int) -> None:
    """Let a process of its own die before ``statement`` of the last of so many steps."""
    command = [sys.executable, "-m", "tests.support.killed_migration", str(path), str(steps), str(statement)]
    assert subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode == -signal.SIGKILL


@pytest.mark.parametrize("statement", range(len(STEPS) + 1))
def test_st02_a_kill_inside_a_migration_leaves_the_old_or_the_new_schema(tmp_path: Path, statement: int) -> None:
    path = tmp_path / "desk.db"
    write_old(path)
    die(path, steps=0, statement=statement)
    assert look(path) == (1, ["word"], ["kept"])
    assert look(path.with_name("desk.db.backup-v1")) == (1, ["word"], ["kept"])

    async def again() -> None:
        database = await Database.open(path, migrations=(*OLD, STEPS))
        await database.aclose()

    asyncio.run(again())
    assert look(path) == (2, ["word", "language", "rank"], ["kept"])


def test_the_copy_is_for_one_user_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    write_old(path)

    async def scenario() -> None:
        database = await Database.open(path, migrations=(*OLD, STEPS))
        await database.aclose()

    asyncio.run(scenario())
    copy = tmp_path / "desk.db.backup-v1"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert look(copy) == (1, ["word"], ["kept"])
    assert sorted(each.name for each in tmp_path.iterdir()) == ["desk.db", "desk.db.backup-v1"]


def test_a_step_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    write_old(path)
    with pytest.raises(StorageError):
        asyncio.run(Database.open(path, migrations=(*OLD, (*STEPS, "CREATE TABLE words (again TEXT)"))))
    assert look(path) == (1, ["word"], ["kept"])


def test_a_new_database_has_the_present_schema_and_no_copy(tmp_path: Path) -> None:
    async def scenario() -> int:
        database = await Database.open(tmp_path / "desk.db")
        version: int = await database.read(lambda one: one.execute("PRAGMA user_version").fetchone()[0])
        await database.aclose()
        return version

    assert asyncio.run(scenario()) == len(MIGRATIONS)
    assert [each.name for each in tmp_path.iterdir()] == ["desk.db"]


REAL = [(steps, number) for steps, each in enumerate(MIGRATIONS, 1) for number in range(len(tuple(each)) + 1)]


@pytest.mark.parametrize(("steps", "statement"), REAL)
def test_st02_a_kill_inside_one_of_our_steps_leaves_the_chats_of_the_schema_before(
    tmp_path: Path, steps: int, statement: int
) -> None:
    path = tmp_path / "desk.db"
    chats = asyncio.run(write_chats(path, MIGRATIONS[: steps - 1])) if steps > 1 else []
    die(path, steps=steps, statement=statement)
    if steps > 1:
        for each in (path, path.with_name(f"desk.db.backup-v{steps - 1}")):
            assert version_and_titles(each) == (steps - 1, chats)
    else:
        assert not path.exists()

    async def again() -> str:
        database = await Database.open(path)
        await database.aclose()
        return database.notice

    assert asyncio.run(again()) == ""
    assert version_and_titles(path) == (len(MIGRATIONS), chats)


async def write_chats(path: Path, migrations: Sequence[Iterable[str]]) -> list[str]:
    """Two chats as the first schema had them; their titles."""

    def work(connection: sqlite3.Connection) -> None:
        for title in ("one", "two"):
            connection.execute("INSERT INTO chats VALUES (NULL, ?, 'm', 1, 1, 1, NULL, NULL)", (title,))

    database = await Database.open(path, migrations=migrations[:1])
    await database.write(work)
    await database.aclose()
    later = await Database.open(path, migrations=migrations)
    await later.aclose()
    return ["one", "two"]


def version_and_titles(path: Path) -> tuple[int, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        titles = [row[0] for row in connection.execute("SELECT title FROM chats ORDER BY id")]
        return connection.execute("PRAGMA user_version").fetchone()[0], titles

"""A migration is taken whole or not at all, and there is a copy of what was before."""

import asyncio
import signal
import sqlite3
import stat
import subprocess
import sys
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


@pytest.mark.parametrize("statement", range(len(STEPS) + 1))
def test_st02_a_kill_inside_a_migration_leaves_the_old_or_the_new_schema(tmp_path: Path, statement: int) -> None:
    path = tmp_path / "desk.db"
    write_old(path)
    child = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_migration", str(path), str(statement)],
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
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

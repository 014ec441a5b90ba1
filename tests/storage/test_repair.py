"""A damaged database is found, kept, and read as far as it goes; what was lost is told, what holds together is used."""

import asyncio
import os
import random
import sqlite3
import stat
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ollama_desk.domain.chat import Message
from ollama_desk.domain.errors import DatabaseDamagedError, DiskFullError
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from ollama_desk.storage.marker import LastRun, last_run, mark
from ollama_desk.storage.migrations import MIGRATIONS
from ollama_desk.storage.opening import ALWAYS_CHECKED_BYTES
from ollama_desk.storage.repair import finish_repair, repair
from tests.support import damage

SEEDS = 10  # for each of 22 cases: 220
DAMAGES = {
    "header zeroed": damage.zero_header,
    "1 byte": damage.flip(1),
    "16 bytes": damage.flip(16),
    "4096 bytes": damage.flip(4096),
    "4096 bytes in a row": damage.garble,
    "truncated": damage.truncate,
    "log's beginning zeroed": damage.in_log(damage.zero_header),
    "1 byte of the log": damage.in_log(damage.flip(1)),
    "16 bytes of the log": damage.in_log(damage.flip(16)),
    "log deleted": damage.delete_log,
    "index of the log garbled": damage.garble_index,
}
# Of 144 messages, with 4096 bytes changed: anywhere (on each page some 30), or in a row (on two pages).
MOST_LOST = {"1 byte": 1, "16 bytes": 16, "4096 bytes": 60, "4096 bytes in a row": 12} | {
    "log's beginning zeroed": 1, "1 byte of the log": 0, "16 bytes of the log": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What a start finds."""

    notice: str
    messages: dict[int, Message]
    drafts: dict[int, str]
    met: bytes = b""  # the file before it


async def start(path: Path) -> Seen:
    """Open, read everything, write something, close."""
    database = await Database.open(path)
    try:
        store = ChatStore(database)
        await store.recover()
        chats = await store.chats()
        branches = [await store.messages(chat.id) for chat in chats]
        new = await store.create_chat("m", at=damage.NOW)
        await store.begin_turn(new.id, "new", model="", title="new", at=damage.NOW)
        await store.delete(new.id, at=damage.NOW)
    finally:
        await database.aclose()
    return Seen(
        database.notice,
        {message.id: message for branch in branches for message in branch},
        {chat.id: chat.draft for chat in chats},
    )


def start_again(path: Path) -> Seen:
    """A start; damage that only reading finds is repaired by the next one."""
    met = path.read_bytes()
    try:
        seen = asyncio.run(start(path))
    except DatabaseDamagedError:
        met = path.read_bytes()
        seen = asyncio.run(start(path))
    return replace(seen, met=met)


@dataclass(frozen=True, slots=True)
class Templates:
    """One database that was closed, one whose program was killed, and what both hold."""

    closed: Path
    killed: Path
    messages: dict[int, Message]
    drafts: dict[int, str]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("templates")
    killed, closed, reference = folder / "killed.db", folder / "closed.db", folder / "reference.db"

    async def make() -> None:
        database = await damage.fill(folder / "made.db")
        damage.copy_with_logs(folder / "made.db", killed)
        await database.aclose()
        damage.copy_with_logs(folder / "made.db", closed)

    asyncio.run(make())
    damage.copy_with_logs(closed, reference)
    whole = asyncio.run(start(reference))
    assert len(whole.messages) == 2 * damage.CHATS * damage.TURNS
    return Templates(closed, killed, whole.messages, whole.drafts)


@pytest.mark.parametrize("end", ["closed", "killed"])
@pytest.mark.parametrize("kind", DAMAGES)
def test_st05_a_damaged_database_is_kept_and_read_as_far_as_it_goes(
    templates: Templates, tmp_path: Path, kind: str, end: str
) -> None:
    for seed in range(SEEDS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        path = folder / "desk.db"
        damage.copy_with_logs(templates.closed if end == "closed" else templates.killed, path)
        DAMAGES[kind](path, random.Random(f"{kind} {end} {seed}"))  # noqa: S311 - a random place
        seen = start_again(path)
        assert damage.sound(path)
        assert start_again(path).notice == ""
        kept = [each for each in folder.glob("desk.db.corrupt-*") if not each.name.endswith(("-wal", "-shm"))]
        if "The chats were damaged" in seen.notice:
            assert [each.read_bytes() for each in kept] == [
                seen.met
            ]  # a start that only read has moved the log into it
            assert str(kept[0]) in seen.notice
        else:
            assert kept == []
        lost = templates.messages.keys() - seen.messages.keys()
        if kind in MOST_LOST:
            assert len(lost) <= MOST_LOST[kind], f"seed {seed}"
        if kind == "header zeroed" or "garbled" in kind or (kind, end) == ("log deleted", "closed"):
            assert (seen.messages, seen.drafts) == (templates.messages, templates.drafts)
        if (kind, end) == ("log deleted", "killed"):
            assert "desk.db-wal, the file with the last changes, is gone" in seen.notice
        if (kind, end) == ("header zeroed", "closed"):
            assert "(chats: 12, messages: 144)" in seen.notice


def damaged(templates: Templates, folder: Path) -> Path:
    path = folder / "desk.db"
    damage.copy_with_logs(templates.closed, path)
    damage.zero_header(path, random.Random(0))  # noqa: S311 - not used
    return path


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize("logs_moved", [0, 1])
def test_st05_a_repair_that_was_killed_is_finished(templates: Templates, tmp_path: Path, logs_moved: int) -> None:
    path = damaged(templates, tmp_path)
    repair(path, MIGRATIONS, now=damage.NOW)
    path.rename(tmp_path / "desk.db.salvaged")
    for log in ("-wal", "-shm")[logs_moved:]:
        (tmp_path / f"desk.db{log}").write_bytes(b"old")
    assert "messages: 144" in asyncio.run(start(path)).notice
    assert "desk.db.corrupt-20260102T030405Z-shm" in names(tmp_path)
    assert ("desk.db.corrupt-20260102T030405Z-wal" in names(tmp_path)) is (logs_moved == 0)
    assert finish_repair(path) == ""


def test_st05_a_repair_that_was_killed_early_begins_again(templates: Templates, tmp_path: Path) -> None:
    path = damaged(templates, tmp_path)
    for name in ("desk.db.part", "desk.db.part-journal", "desk.db.salvaged"):
        (tmp_path / name).write_bytes(b"half")
    assert "messages: 144" in asyncio.run(start(path)).notice
    assert [name for name in names(tmp_path) if "corrupt" not in name] == ["desk.db"]


def test_st05_a_second_damaged_file_is_kept_beside_the_first(templates: Templates, tmp_path: Path) -> None:
    for _ in range(2):
        repair(damaged(templates, tmp_path), MIGRATIONS, now=damage.NOW)
    assert names(tmp_path) == ["desk.db", "desk.db.corrupt-20260102T030405Z", "desk.db.corrupt-20260102T030405Z+"]


def test_st05_an_empty_file_is_not_taken_for_a_new_database(tmp_path: Path) -> None:
    (tmp_path / "desk.db").touch()
    assert "(chats: 0, messages: 0)" in asyncio.run(start(tmp_path / "desk.db")).notice


def test_st05_a_letter_is_kept_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(b"this is a letter to my aunt, not a database" * 1_000)
    assert "chats: 0," in asyncio.run(start(path)).notice
    (kept,) = tmp_path.glob("desk.db.corrupt-*")
    assert kept.read_bytes().startswith(b"this is a letter")


@pytest.mark.parametrize("version", [0, 1, -5, 2_000_000])
def test_st05_a_version_that_cannot_be_right_is_damage(templates: Templates, tmp_path: Path, version: int) -> None:
    path = tmp_path / "desk.db"
    damage.copy_with_logs(templates.closed, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version={version}")
    seen = asyncio.run(start(path))
    assert "messages: 144" in seen.notice
    assert seen.messages == templates.messages


def test_st05_trees_hold_together_where_rows_are_missing(templates: Templates, tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    damage.copy_with_logs(templates.closed, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM chats WHERE id = 1")
        connection.execute("DELETE FROM messages WHERE id IN (SELECT parent_id FROM messages WHERE chat_id = 2)")
        connection.execute("UPDATE messages SET parent_id = id + 1 WHERE chat_id = 3 AND parent_id IS NULL")
        connection.execute("UPDATE chats SET leaf_id = 999 WHERE id = 4")
        connection.execute("INSERT INTO chunks (message_id, content, thinking) VALUES (9999, 'lost', '')")
    seen = asyncio.run(start(path))
    assert damage.sound(path)
    assert "(chats: 12, messages: 133)" in seen.notice
    by_chat = {chat: [each for each in seen.messages.values() if each.chat_id == chat] for chat in range(1, 13)}
    assert by_chat[1] == [each for each in templates.messages.values() if each.chat_id == 1]
    assert len(by_chat[2]) == 1
    assert [each.id for each in by_chat[3]] == [each.id for each in templates.messages.values() if each.chat_id == 3]
    assert by_chat[4] == [each for each in templates.messages.values() if each.chat_id == 4]


def test_st05_damage_that_only_reading_finds_is_named_and_mended_by_the_next_start(
    templates: Templates, tmp_path: Path
) -> None:
    path = tmp_path / "desk.db"
    damage.copy_with_logs(templates.closed, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE messages SET state = 'compdete', stats = '{', role = 'usar' WHERE id = 2")
        connection.execute("UPDATE messages SET created_at = 9000000000000000000, done_reason = 'stopt' WHERE id = 4")
        connection.execute("UPDATE chats SET options = '[]' WHERE id = 7")
    with pytest.raises(DatabaseDamagedError, match="Start Ollama Desk again"):
        asyncio.run(first_chat(path))
    assert last_run(path) is LastRun.MET_DAMAGE
    seen = asyncio.run(start(path))
    assert "(chats: 12, messages: 144)" in seen.notice
    changed = {key for key, message in seen.messages.items() if message != templates.messages[key]}
    assert changed == {2, 4}
    assert seen.messages[2].content == templates.messages[2].content
    assert last_run(path) is LastRun.ENDED


async def first_chat(path: Path) -> None:
    database = await Database.open(path)
    try:
        assert database.notice == ""
        await ChatStore(database).messages(1)
    finally:
        await database.aclose()


def test_st05_a_large_database_that_was_closed_is_not_read_through_at_every_start(
    templates: Templates, tmp_path: Path
) -> None:
    path = tmp_path / "desk.db"
    damage.copy_with_logs(templates.closed, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO kept VALUES ('much', ?)", ("x" * ALWAYS_CHECKED_BYTES,))
    content = bytearray(path.read_bytes())
    content[content.index(b"answer 5/0")] = 0xFF
    path.write_bytes(content)
    database_of(path, notice="")
    mark(path, LastRun.DIED)
    database_of(path, notice="The chats were damaged. What could be read is here again (chats: 12, messages: 144)")


def database_of(path: Path, *, notice: str) -> None:
    async def scenario() -> None:
        database = await Database.open(path)
        await database.aclose()
        assert database.notice.startswith(notice)
        assert bool(database.notice) == bool(notice)

    asyncio.run(scenario())


def test_st05_a_repair_without_space_changes_nothing(templates: Templates, tmp_path: Path) -> None:
    path = damaged(templates, tmp_path)
    before = path.read_bytes()
    # A step that lets the new file grow to ten pages: what a full disk looks like to SQLite.
    full = (*MIGRATIONS[:-1], (*MIGRATIONS[-1], "PRAGMA max_page_count=12"))
    with pytest.raises(DiskFullError, match="Free some space"):
        asyncio.run(Database.open(path, migrations=full))
    assert names(tmp_path) == ["desk.db"]
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_cf12_what_a_repair_leaves_is_for_one_user_whatever_the_umask(templates: Templates, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = damaged(templates, tmp_path)
        path.chmod(0o666)
        asyncio.run(start(path))
    finally:
        os.umask(before)
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}

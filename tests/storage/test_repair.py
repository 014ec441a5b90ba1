"""A damaged database is found, kept, and read as far as it goes; what was lost is told, what holds together is used."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ollama_desk.domain.chat import Message
from ollama_desk.domain.errors import DatabaseDamagedError
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from tests.support import damage

SEEDS = 13  # for each of 16 cases: 208
DAMAGES = {
    "header zeroed": damage.zero_header,
    "1 byte": damage.flip(1),
    "16 bytes": damage.flip(16),
    "4096 bytes": damage.flip(4096),
    "4096 bytes in a row": damage.garble,
    "truncated": damage.truncate,
    "log deleted": damage.delete_log,
    "index of the log garbled": damage.garble_index,
}
# Of 144 messages, with 4096 bytes changed: anywhere (on each page some 30), or in a row (on two pages).
MOST_LOST = {"1 byte": 1, "16 bytes": 16, "4096 bytes": 60, "4096 bytes in a row": 12}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a start finds."""

    notice: str
    messages: dict[int, Message]
    drafts: dict[int, str]


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
    try:
        return asyncio.run(start(path))
    except DatabaseDamagedError:
        return asyncio.run(start(path))


@dataclass(frozen=True, slots=True)
class Templates:
    """One database that was closed, one whose program was killed, and what both hold."""

    closed: Path
    killed: Path
    messages: dict[int, Message]
    drafts: dict[int, str]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
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
        broken = path.read_bytes()
        seen = start_again(path)
        assert damage.sound(path)
        assert start_again(path).notice == ""
        kept = [each for each in folder.glob("desk.db.corrupt-*") if not each.name.endswith(("-wal", "-shm"))]
        if "The chats were damaged" in seen.notice:
            assert [each.read_bytes() for each in kept] == [broken]
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
            assert "12 chats and 144 messages could be read" in seen.notice

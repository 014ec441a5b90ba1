"""A database as a person's is after some weeks, and the ways in which it breaks."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ollama_desk.domain.chat import ChatOptions, Message, MessageState, TurnStats
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CHATS = 12
TURNS = 6  # a chat
PAGE = 4096

Damage = Callable[[Path, random.Random], None]


def question_of(chat: int, turn: int) -> str:
    return f"question {chat}/{turn} " + "why? " * (chat * 7 % 30)


def answer_of(chat: int, turn: int) -> str:
    return f"answer {chat}/{turn} " + "because. " * (400 * (turn % 3) + 40 * chat)


async def fill(path: Path) -> Database:
    """Chats with short and with long answers, drafts, options, a second answer, one that is still growing."""
    database = await Database.open(path)
    store = ChatStore(database)
    for number in range(1, CHATS + 1):
        chat = await store.create_chat("llama3:8b", at=NOW)
        for turn in range(TURNS):
            _, answer = await store.begin_turn(
                chat.id, question_of(number, turn), model="", title=f"chat {number}", at=NOW
            )
            await store.append_chunk(answer.id, "so far", "")
            if (number, turn) != (CHATS, TURNS - 1):
                await store.finish_message(finished(answer, answer_of(number, turn)))
        await store.save_draft(chat.id, f"draft {number}")
        await store.save_options(chat.id, ChatOptions(temperature=0.5))
    await store.keep("draft of a new chat", "not sent yet")
    return database


def finished(answer: Message, text: str) -> Message:
    return replace(answer, content=text, state=MessageState.COMPLETE, stats=TurnStats(answer_tokens=3))


def copy_with_logs(source: Path, target: Path) -> None:
    """The files of a database as they lie there, also of one that is open: what a kill would leave."""
    for suffix in ("", "-wal", "-shm", ".open"):
        file = source.with_name(f"{source.name}{suffix}")
        if file.exists():
            target.with_name(f"{target.name}{suffix}").write_bytes(file.read_bytes())


def zero_header(path: Path, _random: random.Random) -> None:
    _overwrite(path, 0, bytes(100))


def flip(count: int) -> Damage:
    """``count`` bytes anywhere, changed."""

    def damage(path: Path, seeded: random.Random) -> None:
        content = bytearray(path.read_bytes())
        for _ in range(count):
            content[seeded.randrange(len(content))] ^= seeded.randrange(1, 256)
        path.write_bytes(content)

    return damage


def garble(path: Path, seeded: random.Random) -> None:
    """4096 bytes in a row, replaced: what a bad sector, or another program's page, leaves."""
    _overwrite(path, seeded.randrange(path.stat().st_size - PAGE), seeded.randbytes(PAGE))


def truncate(path: Path, seeded: random.Random) -> None:
    with path.open("r+b") as file:
        file.truncate(seeded.randrange(path.stat().st_size))


def in_log(damage: Damage) -> Damage:
    """``damage`` to the write-ahead log, where there is one."""

    def damaged(path: Path, seeded: random.Random) -> None:
        log = path.with_name(f"{path.name}-wal")
        if log.exists():
            damage(log, seeded)

    return damaged


def delete_log(path: Path, _random: random.Random) -> None:
    path.with_name(f"{path.name}-wal").unlink(missing_ok=True)


def garble_index(path: Path, seeded: random.Random) -> None:
    path.with_name(f"{path.name}-shm").write_bytes(seeded.randbytes(32_768))


def _overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def sound(path: Path) -> bool:
    """Whether SQLite finds nothing wrong in ``path``, nor in what refers to what."""
    with closing(sqlite3.connect(path)) as connection:
        pages = connection.execute("PRAGMA integrity_check").fetchall()
        return pages == [("ok",)] and connection.execute("PRAGMA foreign_key_check").fetchall() == []

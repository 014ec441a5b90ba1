"""Kills a program at random points while it chats, and looks for what was acknowledged in what it left."""

import asyncio
import json
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ollama_desk.domain.chat import Chat, Message, MessageState
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from tests.support.busy_writer import ENDLESS

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 0.3


@dataclass(slots=True)
class Report:
    """What the killed program had been told to be saved, and the tokens that it had got."""

    questions: dict[int, list[str]] = field(default_factory=dict)  # by chat
    finals: list[tuple[int, int, str]] = field(default_factory=list)  # message, chat, text
    titles: dict[int, str] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    tokens: dict[int, list[tuple[float, str]]] = field(default_factory=dict)  # by message: when, text
    times: list[float] = field(default_factory=list)
    acknowledged: list[float] = field(default_factory=list)  # when

    def take(self, line: str) -> None:
        at, kind, key, *values = json.loads(line)
        self.times.append(at)
        if kind != "token":
            self.acknowledged.append(at)
        match kind:
            case "question":
                self.questions.setdefault(key, []).append(values[0])
            case "final":
                self.finals.append((key, *values))
            case "title":
                self.titles[key] = values[0]
            case "deleted":
                self.deleted.add(key)
            case "token":
                self.tokens.setdefault(key, []).append((at, values[0]))

    @property
    def longest_stall_s(self) -> float:
        """For how long the machine's disk took nothing, at most: normally something is acknowledged every 30 ms."""
        return max(after - before for before, after in pairwise([self.times[0], *self.acknowledged, self.times[-1]]))


def kill_after(folder: Path, lines: int) -> Report:
    """Start the program and kill it as soon as it has reported ``lines`` lines."""
    output = folder / "report"
    with output.open("wb") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.support.busy_writer", str(folder / "desk.db")], cwd=ROOT, stdout=file
        )
    deadline = time.monotonic() + 30
    try:
        while output.read_bytes().count(b"\n") < lines:
            assert child.poll() is None, "the program ended by itself"
            assert time.monotonic() < deadline, "the program is too slow"
            time.sleep(0.001)
    finally:
        child.kill()
        child.wait(10)
    report = Report()
    for line in output.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            report.take(line)
    return report


async def read_back(path: Path) -> tuple[dict[int, Chat], dict[int, tuple[Message, ...]]]:
    database = await Database.open(path)
    assert database.notice == ""
    store = ChatStore(database)
    try:
        assert await store.recover() >= 1
        chats = {chat.id: chat for chat in await store.chats()}
        return chats, {chat_id: await store.messages(chat_id) for chat_id in chats}
    finally:
        await database.aclose()


def kill_once(folder: Path, seed: int) -> None:
    """Kill the program at a random moment and look at what it left; raises ``AssertionError`` where something is lost.

    Args:
        folder: an empty folder for one database and one report.
    """
    report = kill_after(folder, random.Random(seed).randrange(5, 900))  # noqa: S311 - a random moment
    chats, messages = asyncio.run(read_back(folder / "desk.db"))
    with closing(sqlite3.connect(folder / "desk.db")) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    expect_what_was_acknowledged(report, chats, messages)
    (endless,) = (each for each in messages.values() if each and each[0].content == ENDLESS)
    expect_nearly_all(report, endless[1])


def expect_what_was_acknowledged(
    report: Report, chats: dict[int, Chat], messages: dict[int, tuple[Message, ...]]
) -> None:
    assert not report.deleted & chats.keys()
    for chat_id, questions in report.questions.items():
        if chat_id in chats:
            there = [each.content for each in messages[chat_id] if each.role == "user"]
            assert there[: len(questions)] == questions
    for message_id, chat_id, content in report.finals:
        if chat_id in chats:
            (answer,) = (each for each in messages[chat_id] if each.id == message_id)
            assert (answer.content, answer.state) == (content, MessageState.COMPLETE)
    # What was not acknowledged may be there or not: a later title, or a chat that is gone.
    for chat_id in report.titles.keys() & chats.keys():
        assert chats[chat_id].title >= report.titles[chat_id]
    assert len((report.titles.keys() - report.deleted) - chats.keys()) <= 1


def expect_nearly_all(report: Report, answer: Message) -> None:
    assert answer.state is MessageState.INTERRUPTED
    tokens = report.tokens.get(answer.id, [])
    kept = answer.content.split()
    assert kept == [str(number) for number in range(len(kept))]
    lost = tokens[len(kept) :]
    if lost:
        assert lost[-1][0] - lost[0][0] <= LIMIT_S + report.longest_stall_s

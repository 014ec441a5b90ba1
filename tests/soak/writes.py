"""Kills the app at random while it sends, streams, renames and deletes, and asks the database what it still knows."""

import json
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.writer import RATE
from tests.support.app import ROOT, App
from tests.support.long_answers import TOKEN_CHARS

TEXT_LIMIT_MS = 300.0  # of an answer that is being written, which nobody has acknowledged
WRITER = ROOT / "tests" / "soak" / "writer.py"


@dataclass(slots=True)
class Ledger:
    """What the window has acknowledged in all runs, and what was asked for."""

    questions: dict[str, int] = field(default_factory=dict)  # mark → chat, 0 until the database told
    titles: dict[int, str] = field(default_factory=dict)
    asked_titles: dict[int, set[str]] = field(default_factory=dict)  # since the last acknowledged one
    deleting: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    shown: tuple[str, int] = ("", 0)  # of the last run: a question, and how much stood below it

    def note(self, line: str) -> None:
        word, *values = line.split()
        told = [json.loads(value) for value in values]
        match word, told:
            case "SENT", [mark]:
                self.questions[mark] = 0
            case "SHOWN", [mark, chars]:
                self.shown = (mark, chars)
            case "RENAMING", [chat_id, title]:
                self.asked_titles.setdefault(chat_id, set()).add(title)
            case "RENAMED", [chat_id, title]:
                self.titles[chat_id] = title
                self.asked_titles[chat_id] = {title}
            case "DELETING", [chat_id]:
                self.deleting.add(chat_id)
            case "DELETED", [chat_id]:
                self.deleted.add(chat_id)


@dataclass(slots=True)
class Losses:
    """What the kills came to."""

    kills: int = 0
    unreadable: int = 0  # the database did not open, or failed its check
    lost: int = 0  # acknowledged things that are not there
    acknowledged: int = 0
    text_lost_ms: list[float] = field(default_factory=list)  # of each answer that was cut, at the model's pace
    notes: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.unreadable == 0 and self.lost == 0 and max(self.text_lost_ms, default=0.0) <= TEXT_LIMIT_MS


def kill_writers(folder: Path, address: int, kills: int, chance: random.Random) -> Losses:
    """The same data folder again and again, on a server that is somebody else's."""
    ledger, losses = Ledger(), Losses()
    for number in range(kills):
        with App(folder, "write", str(chance.random()), port=address, driver=WRITER) as app:
            app.wait_for("READY")
            time.sleep(chance.uniform(0, 2.5))
            app.kill()
            ledger.shown = ("", 0)
            for line in said(app):
                with suppress(ValueError):  # a line that was cut
                    ledger.note(line)
        losses.kills += 1
        check(folder / "desk.db", ledger, losses, number)
    losses.acknowledged = len(ledger.questions) + len(ledger.titles) + len(ledger.deleted)
    return losses


def said(app: App) -> Iterator[str]:
    """What a dead app had said."""
    app._reader.join()
    while not app._lines.empty():
        yield app._lines.get()


def check(path: Path, ledger: Ledger, losses: Losses, number: int) -> None:
    """Look at a copy: the next start shall find the files as the kill left them, its log of writes with them."""
    with tempfile.TemporaryDirectory() as copies:
        for file in path.parent.glob(f"{path.name}*"):
            shutil.copy(file, copies)
        check_copy(Path(copies) / path.name, ledger, losses, number)


def check_copy(path: Path, ledger: Ledger, losses: Losses, number: int) -> None:
    try:
        with closing(sqlite3.connect(path)) as database:
            (verdict,) = database.execute("PRAGMA quick_check").fetchone()
            assert verdict == "ok", verdict
            missing = list(lost(database, ledger))
            note_text(database, ledger, losses)
    except (sqlite3.Error, AssertionError) as error:
        losses.unreadable += 1
        losses.notes.append(f"kill {number}: {error}")
        return
    losses.lost += len(missing)
    losses.notes += [f"kill {number}: {what}" for what in missing]


def lost(database: sqlite3.Connection, ledger: Ledger) -> Iterator[str]:
    """Every acknowledged thing that is not as it was told."""
    titles = dict(database.execute("SELECT id, title FROM chats WHERE deleted_at IS NULL"))
    stored = database.execute("SELECT content, chat_id FROM messages WHERE role = 'user'")
    found = {text.rpartition("mark=")[2]: chat_id for text, chat_id in stored}
    for mark, chat_id in ledger.questions.items():
        if mark in found:
            ledger.questions[mark] = found[mark]
        elif chat_id not in ledger.deleting:  # a deleted chat goes with the next start
            yield f"the question {mark} is gone"
    for chat_id, title in ledger.titles.items():
        if chat_id not in ledger.deleting and titles.get(chat_id) not in {title, *ledger.asked_titles[chat_id]}:
            yield f"chat {chat_id} is called {titles.get(chat_id)}, not {title}"
    for chat_id in sorted(ledger.deleted & titles.keys()):
        yield f"chat {chat_id} is back"


def note_text(database: sqlite3.Connection, ledger: Ledger, losses: Losses) -> None:
    """How much of an answer that was on screen is not on disk, in milliseconds of the model's pace."""
    mark, shown = ledger.shown
    row = database.execute(
        "SELECT id, content FROM messages WHERE role = 'assistant' AND state = 'streaming' AND parent_id ="
        " (SELECT id FROM messages WHERE content LIKE ?)",
        (f"%{mark}%",),
    ).fetchone()
    if not mark or row is None:
        return
    pieces = database.execute("SELECT content FROM chunks WHERE message_id = ?", (row[0],))
    kept = len(row[1]) + sum(len(text) for (text,) in pieces)
    losses.text_lost_ms.append(max(0.0, 1000 * (shown - kept) / (RATE * TOKEN_CHARS)))

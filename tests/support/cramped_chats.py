"""What chats, settings and the log do on a disk that is full or read-only: scenarios for ``tests.support.cramped``."""

import asyncio
import io
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stderr
from dataclasses import replace
from functools import partial
from pathlib import Path

from ollama_desk.core.lock import FolderLock
from ollama_desk.core.logs import report_trouble, start_logging
from ollama_desk.core.settings_file import read_settings, write_settings
from ollama_desk.core.state_file import read_state, write_state
from ollama_desk.domain.chat import MessageState
from ollama_desk.domain.errors import DatabaseReadOnlyError, DiskFullError, StorageError
from ollama_desk.domain.events import NoticeRaised, TokenReceived, TurnFinished
from ollama_desk.domain.settings import Settings, ThemeChoice
from ollama_desk.services.config import read_config
from ollama_desk.services.desk import open_desk
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from tests.support import damage
from tests.support.chat_desk import MODEL, chat_desk
from tests.support.cramped import fill, remount
from tests.support.deadline import wait_for
from tests.support.events import EventRecorder
from tests.support.lag import measured_lag
from tests.support.scripted_source import DONE, text

LONG = "long " * 2_000
MOST_LAG_S = 0.1


@asynccontextmanager
async def steady() -> AsyncIterator[None]:
    """The loop turns all the time."""
    async with measured_lag() as lag:
        yield
    assert lag.longest_s < MOST_LAG_S, lag.longest_s


async def full_while_streaming(folder: Path) -> None:
    gates = [asyncio.Event() for _ in range(3)]
    script = [*text("Saved. "), gates[0], *text(LONG), gates[1], *text("End."), DONE]
    async with chat_desk(folder, script) as desk, steady():
        chat = await desk.library.new_chat()
        await desk.chat.send(chat.id, "?", model=MODEL)
        await wait_for(lambda: pieces(desk.database), lambda saved: saved == ["Saved. "])
        ballast = fill(folder)
        gates[0].set()
        notice = await desk.seen.wait_for(NoticeRaised)
        assert "is full. Free some space" in notice.text, notice
        gates[1].set()
        finished = (await desk.seen.wait_for(TurnFinished)).message
        assert finished.content == f"Saved. {LONG}End."
        assert (await desk.library.messages(chat.id))[-1].content == finished.content
        try:
            await desk.chat.send(chat.id, "And?", model=MODEL)
            raise AssertionError("a question was taken that cannot be kept")
        except DiskFullError:
            assert not desk.chat.is_streaming(chat.id)
        ballast.unlink()
        await wait_for(lambda: desk.store.messages(chat.id), lambda found: found[-1].state is MessageState.COMPLETE)
        assert len(desk.seen.of(NoticeRaised)) == 1
    await expect_answer(folder, finished.content)


async def full_until_leaving(folder: Path) -> None:
    """What was saved before stays; the program says what it could not save, and leaves."""
    gate = asyncio.Event()
    async with chat_desk(folder, [*text("Saved."), gate, *text(LONG), asyncio.Event()]) as desk:
        chat = await desk.library.new_chat()
        await desk.chat.send(chat.id, "?", model=MODEL)
        await wait_for(lambda: pieces(desk.database), lambda saved: saved == ["Saved."])
        ballast = fill(folder)
        gate.set()
        await desk.seen.wait_for(TokenReceived, lambda token: token.content == LONG)
        await desk.seen.wait_for(NoticeRaised)
    ballast.unlink()
    await expect_answer(folder, "Saved.")


async def full_at_start(folder: Path) -> None:
    database = await damage.fill(folder / "desk.db")
    await database.aclose()
    ballast = fill(folder)
    before = (folder / "desk.db").read_bytes()
    opened = await Database.open(folder / "desk.db")
    assert "the disk is full. Free some space and start again." in opened.notice
    assert len(await ChatStore(opened).chats()) == damage.CHATS
    try:
        await ChatStore(opened).create_chat("m", at=damage.NOW)
        raise AssertionError("that cannot be")
    except DiskFullError:
        await opened.aclose()
    assert (folder / "desk.db").read_bytes() == before
    ballast.unlink()
    again = await Database.open(folder / "desk.db")
    assert (again.notice, again.read_only) == ("", False)
    assert len(await ChatStore(again).chats()) == damage.CHATS
    await again.aclose()


async def full_while_repairing(folder: Path) -> None:
    database = await damage.fill(folder / "desk.db")
    await database.aclose()
    with (folder / "desk.db").open("r+b") as file:
        file.write(bytes(100))
    broken = (folder / "desk.db").read_bytes()
    ballast = fill(folder)
    try:
        await Database.open(folder / "desk.db")
        raise AssertionError("there was no space for it")
    except DiskFullError as error:
        assert "Free some space" in str(error)  # noqa: PT017 - no pytest here
    assert (folder / "desk.db").read_bytes() == broken
    ballast.unlink()
    again = await Database.open(folder / "desk.db")
    assert "messages: 144" in again.notice, again.notice
    await again.aclose()


async def full_while_saving_settings(folder: Path) -> None:
    settings, state = folder / "settings.toml", folder / "state.json"

    def save(theme: ThemeChoice) -> None:
        write_settings(settings, replace(Settings(), theme=theme))

    def remember(geometry: str) -> None:
        write_state(state, {"geometry": geometry})

    save(ThemeChoice.DARK)
    remember("old")
    before = contents(folder)
    ballast = fill(folder)
    for call in (partial(save, ThemeChoice.LIGHT), partial(remember, "x" * 5_000)):
        try:
            call()
            raise AssertionError("there was no space for it")
        except DiskFullError as error:
            assert str(error).endswith("is full. Free some space and try again.")  # noqa: PT017 - no pytest here
    ballast.unlink()
    assert contents(folder) == before
    save(ThemeChoice.LIGHT)
    assert read_settings(settings, {}).settings.theme is ThemeChoice.LIGHT
    remember("new")
    assert read_state(state) == {"geometry": "new"}


async def full_while_logging(folder: Path) -> None:
    told: list[str] = []
    log = logging.getLogger("ollama_desk.test")
    with redirect_stderr(io.StringIO()) as printed:
        start_logging(folder / "logs")
        report_trouble(told.append)
        log.info("before")
        ballast = fill(folder)
        for number in range(1_000):
            log.info("dropped %d %s", number, "x" * 100)
        ballast.unlink()
        log.info("after")
    lines = (folder / "logs" / "ollama-desk.log").read_text().splitlines()
    assert lines[0].endswith("before"), lines[0]
    assert "lines are missing here" in lines[-2], lines[-2:]
    assert lines[-1].endswith("INFO ollama_desk.test: after"), lines[-1]
    assert len(told) == 1, told
    assert "is full. Free some space and try again. Until then the log has gaps." in told[0]
    assert printed.getvalue() == ""


async def read_only(folder: Path) -> None:
    """Chats of a closed database, and of one whose program was killed, can be read where nothing can be written."""
    database = await damage.fill(folder / "desk.db")
    damage.copy_with_logs(folder / "desk.db", folder / "killed.db")
    await database.aclose()
    damage.copy_with_logs(folder / "killed.db", folder / "without_index.db")
    (folder / "without_index.db-shm").unlink()
    remount(folder, "ro")
    for name in ("desk.db", "killed.db"):
        found = await Database.open(folder / name)
        assert found.read_only
        assert "nothing can be saved" in found.notice
        assert len(await ChatStore(found).chats()) == damage.CHATS
        try:
            await ChatStore(found).create_chat("m", at=damage.NOW)
            raise AssertionError("that cannot be")
        except DatabaseReadOnlyError:
            await found.aclose()
    try:
        await Database.open(folder / "without_index.db")
        raise AssertionError("its log cannot be read without an index beside it")
    except StorageError as error:
        assert "cannot be written" in str(error)  # noqa: PT017 - no pytest here


async def read_only_desk(folder: Path) -> None:
    """The whole program opens on a folder that it cannot write: it tells, shows what there is, and leaves."""
    await (await damage.fill(folder / "desk.db")).aclose()
    (folder / "owned").mkdir()
    with FolderLock(folder / "owned"):
        pass
    remount(folder, "ro")
    for owned in (folder, folder / "owned"):  # one has no lock file, the other one has
        with FolderLock(owned):
            pass
    start_logging(folder / "logs")
    config = read_config(data_dir=folder, host="127.0.0.1:1", environment={})
    async with open_desk(config) as desk:
        seen = EventRecorder(desk.bus)
        await seen.wait_for(NoticeRaised, lambda notice: "nothing can be saved" in notice.text)
        logging.getLogger("ollama_desk.test").info("lost")
        await seen.wait_for(NoticeRaised, lambda notice: "log has gaps" in notice.text)
        assert len(await desk.library.chats()) == damage.CHATS


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


async def pieces(database: Database) -> list[str]:
    def work(connection: sqlite3.Connection) -> list[str]:
        return [row["content"] for row in connection.execute("SELECT content FROM chunks ORDER BY id")]

    return await database.read(work)


async def expect_answer(folder: Path, content: str) -> None:
    """The next start of the program has this answer."""
    async with chat_desk(folder) as again:
        (chat,) = await again.library.chats()
        assert (await again.library.messages(chat.id))[-1].content == content

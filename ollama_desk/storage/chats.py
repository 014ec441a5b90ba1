"""Chats and their messages, kept so that neither a crash nor a power cut loses what was acknowledged."""

import sqlite3
from datetime import datetime

from ollama_desk.domain.chat import Chat, ChatOptions, Message, MessageState, Role
from ollama_desk.domain.errors import StorageError
from ollama_desk.storage import tree
from ollama_desk.storage.database import Database, Durability
from ollama_desk.storage.rows import chat_of, storable, to_ms, to_options, to_stats


class ChatStore:
    """Every method is one transaction. All raise ``StorageError``; those that write also ``DiskFullError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recover(self) -> int:
        """To be called once, at open: end what the last run left unfinished, and purge what it deleted.

        Returns:
            How many answers were being written when the program ended; they are INTERRUPTED now.
        """
        if self._database.read_only:
            return 0

        def work(connection: sqlite3.Connection) -> int:
            connection.execute("DELETE FROM chats WHERE deleted_at IS NOT NULL")
            return tree.fold_abandoned(connection)

        return await self._database.write(work)

    async def chats(self) -> tuple[Chat, ...]:
        """The chats: pinned ones first, then the one that was used last."""

        def work(connection: sqlite3.Connection) -> tuple[Chat, ...]:
            rows = connection.execute(
                "SELECT * FROM chats WHERE deleted_at IS NULL ORDER BY pinned DESC, position DESC"
            )
            return tuple(chat_of(row) for row in rows)

        return await self._database.read(work)

    async def chat(self, chat_id: int) -> Chat:
        """One chat, deleted or not.

        Raises:
            StorageError: it is not there.
        """

        def work(connection: sqlite3.Connection) -> Chat:
            row = connection.execute("SELECT * FROM chats WHERE id = ?", (chat_id,)).fetchone()
            if row is None:
                raise StorageError("This chat is no longer there: it was deleted.")
            return chat_of(row)

        return await self._database.read(work)

    async def create_chat(self, model: str, *, at: datetime) -> Chat:
        def work(connection: sqlite3.Connection) -> Chat:
            cursor = connection.execute(
                "INSERT INTO chats (title, model, created_at, updated_at, position)"
                " VALUES ('', :model, :at, :at, (SELECT IFNULL(MAX(position), 0) + 1 FROM chats))",
                {"model": storable(model), "at": to_ms(at)},
            )
            return chat_of(connection.execute("SELECT * FROM chats WHERE id = ?", (cursor.lastrowid,)).fetchone())

        return await self._database.write(work)

    async def rename(self, chat_id: int, title: str) -> None:
        await self._database.write(
            lambda connection: (
                connection.execute("UPDATE chats SET title = ? WHERE id = ?", (storable(title), chat_id)).rowcount
            )
        )

    async def follow_model(self, name: str, new_name: str) -> None:
        """Let the chats with a model go on with it under its new name; what it said keeps the name that it had."""
        await self._database.write(
            lambda connection: (
                connection.execute(
                    "UPDATE chats SET model = ? WHERE model = ? COLLATE NOCASE", (storable(new_name), storable(name))
                ).rowcount
            )
        )

    async def delete(self, chat_id: int, *, at: datetime) -> None:
        """Hide a chat; ``restore`` brings it back until ``purge`` or the next start."""
        await self._set_deleted(chat_id, to_ms(at))

    async def restore(self, chat_id: int) -> None:
        """Bring a deleted chat back.

        Raises:
            StorageError: it was purged.
        """
        if not await self._set_deleted(chat_id, None):
            raise StorageError("This chat can no longer be brought back: it was removed for good.")

    async def pin(self, chat_id: int, *, pinned: bool) -> None:
        await self._set(chat_id, "UPDATE chats SET pinned = ? WHERE id = ?", int(pinned))

    async def set_unread(self, chat_id: int, *, unread: bool) -> None:
        """Mark or unmark; where nothing can be written the mark is dropped."""
        if not self._database.read_only:
            await self._set(chat_id, "UPDATE chats SET unread = ? WHERE id = ?", int(unread))

    async def save_draft(self, chat_id: int, text: str) -> None:
        """Keep what was written and not sent; where nothing can be written it stays with who wrote it."""
        if not self._database.read_only:
            await self._set(chat_id, "UPDATE chats SET draft = ? WHERE id = ?", storable(text))

    async def save_options(self, chat_id: int, options: ChatOptions) -> None:
        await self._set(chat_id, "UPDATE chats SET options = ? WHERE id = ?", to_options(options))

    async def keep(self, name: str, text: str) -> None:
        """Keep one text that belongs to no chat; dropped where nothing can be written."""
        if self._database.read_only:
            return
        await self._database.write(
            lambda connection: (
                connection.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, storable(text))).rowcount
            )
        )

    async def kept(self, name: str) -> str:
        """The text that was kept under ``name``; empty where there is none."""

        def work(connection: sqlite3.Connection) -> str:
            row = connection.execute("SELECT text FROM kept WHERE name = ?", (name,)).fetchone()
            return "" if row is None else str(row["text"])

        return await self._database.read(work)

    async def purge(self, *, before: datetime) -> None:
        """Remove the chats that were deleted before ``before``."""
        await self._database.write(
            lambda connection: connection.execute("DELETE FROM chats WHERE deleted_at < ?", (to_ms(before),)).rowcount
        )

    async def messages(self, chat_id: int) -> tuple[Message, ...]:
        """The branch that is on screen, oldest first; empty for a chat that is not there."""

        def work(connection: sqlite3.Connection) -> tuple[Message, ...]:
            row = connection.execute(
                "SELECT leaf_id FROM chats WHERE id = ? AND deleted_at IS NULL", (chat_id,)
            ).fetchone()
            return () if row is None else tree.branch(connection, row["leaf_id"])

        return await self._database.read(work)

    async def branch(self, message_id: int) -> tuple[Message, ...]:
        """The conversation from its beginning to ``message_id``."""
        return await self._database.read(lambda connection: tree.branch(connection, message_id))

    async def question_of(self, message_id: int) -> Message:
        """The message itself where a person wrote it, else the one that it answers."""

        def work(connection: sqlite3.Connection) -> Message:
            found = tree.message(connection, message_id)
            if found.role is Role.USER or found.parent_id is None:
                return found
            return tree.message(connection, found.parent_id)

        return await self._database.read(work)

    async def begin_turn(
        self, chat_id: int, text: str, *, model: str, title: str, at: datetime
    ) -> tuple[Message, Message]:
        """Save a question and the still empty answer at the end of the branch; they are its end now.

        An empty ``model`` means the one that the chat had last; ``title`` is for a chat that has none yet.
        """

        def work(connection: sqlite3.Connection) -> tuple[Message, Message]:
            chat = _touch(connection, chat_id, model, at)
            connection.execute("UPDATE chats SET title = ? WHERE id = ? AND title = ''", (storable(title), chat_id))
            question = tree.insert(connection, chat_id, chat.leaf_id, Role.USER, content=text, at_ms=to_ms(at))
            return question, _insert_answer(connection, question, chat.model, at)

        return await self._database.write(work)

    async def begin_answer(self, question: Message, *, model: str, at: datetime) -> Message:
        """Save one more, still empty answer to ``question``; the branch ends with it now."""

        def work(connection: sqlite3.Connection) -> Message:
            chat = _touch(connection, question.chat_id, model, at)
            return _insert_answer(connection, question, chat.model, at)

        return await self._database.write(work)

    async def begin_edit(self, message_id: int, text: str, *, model: str, at: datetime) -> tuple[Message, Message]:
        """Save ``text`` as another question beside ``message_id``, with a still empty answer; the branch ends there."""

        def work(connection: sqlite3.Connection) -> tuple[Message, Message]:
            old = tree.message(connection, message_id)
            chat = _touch(connection, old.chat_id, model, at)
            question = tree.insert(connection, chat.id, old.parent_id, Role.USER, content=text, at_ms=to_ms(at))
            return question, _insert_answer(connection, question, chat.model, at)

        return await self._database.write(work)

    async def begin_more(self, message_id: int, *, at: datetime) -> Message:
        """Mark an ended answer as one that grows again; what is appended follows what it has."""

        def work(connection: sqlite3.Connection) -> Message:
            _touch(connection, tree.message(connection, message_id).chat_id, "", at)
            connection.execute(
                "UPDATE messages SET state = ?, error = '', done_reason = '' WHERE id = ?",
                (MessageState.STREAMING, message_id),
            )
            return tree.message(connection, message_id)

        return await self._database.write(work)

    async def append_chunk(self, message_id: int, content: str, thinking: str) -> None:
        """Save what came of an answer since the last call; a power cut may lose it."""

        def work(connection: sqlite3.Connection) -> None:
            # Nothing is inserted for a chat that was purged in the meantime.
            connection.execute(
                "INSERT INTO chunks (message_id, content, thinking) SELECT id, ?, ? FROM messages WHERE id = ?",
                (storable(content), storable(thinking), message_id),
            )

        await self._database.write(work, durability=Durability.CRASH)

    async def finish_message(self, message: Message) -> Message:
        """Save an answer's final text and state in place of its pieces; returns it as it is stored.

        For a chat that was purged in the meantime there is nothing to save.
        """
        whole = (
            storable(message.content), storable(message.thinking), message.state, storable(message.error),
            message.done_reason, to_stats(message.stats), round(message.thinking_s * 1000), message.id,
        )  # fmt: skip

        def work(connection: sqlite3.Connection) -> Message:
            changed = connection.execute(
                "UPDATE messages SET content = ?, thinking = ?, state = ?, error = ?, done_reason = ?, stats = ?,"
                " thinking_ms = ? WHERE id = ?",
                whole,
            )
            if changed.rowcount == 0:
                return message
            connection.execute("DELETE FROM chunks WHERE message_id = ?", (message.id,))
            return tree.message(connection, message.id)

        return await self._database.write(work)

    async def _set(self, chat_id: int, statement: str, value: str | int) -> None:
        await self._database.write(lambda connection: connection.execute(statement, (value, chat_id)).rowcount)

    async def _set_deleted(self, chat_id: int, at_ms: int | None) -> int:
        return await self._database.write(
            lambda connection: (
                connection.execute("UPDATE chats SET deleted_at = ? WHERE id = ?", (at_ms, chat_id)).rowcount
            )
        )


def _touch(connection: sqlite3.Connection, chat_id: int, model: str, at: datetime) -> Chat:
    """Make a chat the one that was used last, with ``model`` where that is not empty; returns it."""
    rows = connection.execute(
        "UPDATE chats SET model = IFNULL(NULLIF(?, ''), model), updated_at = ?,"
        " position = (SELECT MAX(position) + 1 FROM chats) WHERE id = ? AND deleted_at IS NULL RETURNING *",
        (storable(model), to_ms(at), chat_id),
    ).fetchall()
    if not rows:
        raise StorageError("This chat is no longer there: it was deleted.")
    return chat_of(rows[0])


def _insert_answer(connection: sqlite3.Connection, question: Message, model: str, at: datetime) -> Message:
    return tree.insert(
        connection, question.chat_id, question.id, Role.ASSISTANT,
        model=model, state=MessageState.STREAMING, at_ms=to_ms(at),
    )  # fmt: skip

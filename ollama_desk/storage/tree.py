"""SQL over the trees of messages: branches, and the pieces of answers that are being written."""

import sqlite3
from dataclasses import replace

from ollama_desk.domain.chat import Message, MessageState, Role
from ollama_desk.domain.errors import StorageError
from ollama_desk.storage.rows import message_of, storable

INTERRUPTED_BY_EXIT = "The app ended while this was being written."

# A parent is older than its children, so the order of ids is the order of the conversation.
_BRANCH = """
    WITH RECURSIVE branch (id, parent_id) AS (
        SELECT id, parent_id FROM messages WHERE id = ?
        UNION ALL
        SELECT messages.id, messages.parent_id FROM messages JOIN branch ON messages.id = branch.parent_id
    )
    SELECT messages.* FROM branch JOIN messages USING (id) ORDER BY messages.id
"""


def branch(connection: sqlite3.Connection, leaf_id: int | None) -> tuple[Message, ...]:
    """The conversation that ends at ``leaf_id``; an answer that is being written has its saved pieces."""
    messages = (message_of(row) for row in connection.execute(_BRANCH, (leaf_id,)))
    return tuple(_with_pieces(connection, message) for message in messages)


def message(connection: sqlite3.Connection, message_id: int) -> Message:
    """One message.

    Raises:
        StorageError: it is not there.
    """
    row = connection.execute("SELECT * FROM messages WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        raise StorageError("This message is no longer there: its chat was deleted.")
    return _with_pieces(connection, message_of(row))


def insert(
    connection: sqlite3.Connection, chat_id: int, parent_id: int | None, role: Role, *, at_ms: int,
    content: str = "", model: str = "", state: MessageState = MessageState.COMPLETE,
) -> Message:  # fmt: skip
    """A new message, which becomes the leaf of its chat."""
    cursor = connection.execute(
        "INSERT INTO messages (chat_id, parent_id, role, content, thinking, model, state, error, done_reason,"
        " created_at) VALUES (?, ?, ?, ?, '', ?, ?, '', '', ?)",
        (chat_id, parent_id, role, storable(content), storable(model), state, at_ms),
    )
    connection.execute("UPDATE chats SET leaf_id = ? WHERE id = ?", (cursor.lastrowid, chat_id))
    return message_of(connection.execute("SELECT * FROM messages WHERE id = ?", (cursor.lastrowid,)).fetchone())


def fold_abandoned(connection: sqlite3.Connection) -> int:
    """End every answer that was being written when the program ended; how many there were."""
    rows = connection.execute("SELECT * FROM messages WHERE state = ?", (MessageState.STREAMING,)).fetchall()
    for row in rows:
        whole = _with_pieces(connection, message_of(row))
        connection.execute(
            "UPDATE messages SET content = ?, thinking = ?, state = ?, error = ? WHERE id = ?",
            (whole.content, whole.thinking, MessageState.INTERRUPTED, INTERRUPTED_BY_EXIT, whole.id),
        )
    connection.execute("DELETE FROM chunks")
    return len(rows)


def _with_pieces(connection: sqlite3.Connection, message: Message) -> Message:
    if message.state is not MessageState.STREAMING:
        return message
    pieces = connection.execute(
        "SELECT content, thinking FROM chunks WHERE message_id = ? ORDER BY id", (message.id,)
    ).fetchall()
    return replace(
        message,
        content=message.content + "".join(piece["content"] for piece in pieces),
        thinking=message.thinking + "".join(piece["thinking"] for piece in pieces),
    )

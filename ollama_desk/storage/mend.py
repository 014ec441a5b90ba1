"""Makes salvaged rows valid one by one, and whole trees of them again where rows are missing."""

import sqlite3
from collections.abc import Callable, Mapping
from enum import StrEnum

import msgspec

from ollama_desk.domain.chat import ChatOptions, DoneReason, MessageState, Role, TurnStats
from ollama_desk.storage.pages import Value

LATEST_MS = 253_402_300_800_000  # the year 10000
TITLE_LENGTH = 48  # characters

# A chat whose row is lost comes back for the messages that it had.
_LOST_CHATS = """
    INSERT INTO chats (id, title, model, created_at, updated_at, position)
    SELECT chat_id,
        IFNULL((SELECT SUBSTR(content, 1, :length) FROM messages AS first
            WHERE first.chat_id = messages.chat_id AND role = 'user' ORDER BY id LIMIT 1), ''),
        IFNULL((SELECT model FROM messages AS last
            WHERE last.chat_id = messages.chat_id AND model <> '' ORDER BY id DESC LIMIT 1), ''),
        MIN(created_at), MAX(created_at), chat_id
    FROM messages WHERE chat_id NOT IN (SELECT id FROM chats) GROUP BY chat_id
"""
# A parent is older than its children and of the same chat; a message without one follows what was said before it.
_LOST_PARENTS = """
    UPDATE messages SET parent_id =
        (SELECT MAX(id) FROM messages AS before WHERE before.chat_id = messages.chat_id AND before.id < messages.id)
    WHERE parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM messages AS parent
        WHERE parent.chat_id = messages.chat_id AND parent.id = messages.parent_id AND parent.id < messages.id)
"""
_LOST_LEAVES = """
    UPDATE chats SET leaf_id = (SELECT MAX(id) FROM messages WHERE chat_id = chats.id)
    WHERE NOT EXISTS (SELECT 1 FROM messages WHERE chat_id = chats.id AND id = chats.leaf_id)
"""
_LOST_PIECES = "DELETE FROM chunks WHERE message_id NOT IN (SELECT id FROM messages)"


def mend(connection: sqlite3.Connection) -> None:
    """Bring what refers to lost rows in order, so that every foreign key holds again."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if {"chats", "messages", "chunks"} <= tables:
        connection.execute("DELETE FROM messages WHERE chat_id <= 0")
        connection.execute(_LOST_CHATS, {"length": TITLE_LENGTH})
        connection.execute(_LOST_PARENTS)
        connection.execute(_LOST_LEAVES)
        connection.execute(_LOST_PIECES)


def sound(table: str, row: Mapping[str, Value]) -> dict[str, Value]:
    """``row`` with what the program could not read replaced by something that it can."""
    whole = dict(row)
    for column, mended in _MENDED.get(table, {}).items():
        whole[column] = mended(whole.get(column))
    return whole


def _text(value: Value) -> Value:
    return value if isinstance(value, str) else ""


def _number(value: Value) -> Value:
    return value if isinstance(value, int) else 0


def _moment(value: Value) -> Value:
    return value if isinstance(value, int) and 0 <= value < LATEST_MS else 0


def _one_of(kind: type[StrEnum], otherwise: StrEnum) -> Callable[[Value], Value]:
    known = {str(member) for member in kind}
    return lambda value: value if value in known else str(otherwise)


def _json(kind: type, otherwise: Value) -> Callable[[Value], Value]:
    def mended(value: Value) -> Value:
        if not isinstance(value, str):
            return otherwise
        try:
            msgspec.json.decode(value, type=kind)
        except (msgspec.MsgspecError, ValueError):
            return otherwise
        return value

    return mended


_MENDED: dict[str, dict[str, Callable[[Value], Value]]] = {
    "chats": {
        "title": _text, "model": _text, "created_at": _moment, "updated_at": _moment, "position": _number,
        "pinned": _number, "unread": _number, "draft": _text, "options": _json(ChatOptions, "{}"),
    },
    "messages": {
        "role": _one_of(Role, Role.USER), "content": _text, "thinking": _text, "model": _text,
        "state": _one_of(MessageState, MessageState.INTERRUPTED), "error": _text,
        "done_reason": _one_of(DoneReason, DoneReason.UNKNOWN), "stats": _json(TurnStats, None),
        "created_at": _moment, "thinking_ms": _number,
    },
    "chunks": {"content": _text, "thinking": _text},
}  # fmt: skip

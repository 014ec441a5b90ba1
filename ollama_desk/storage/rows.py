"""Rows of the database ⇄ the nouns of the domain."""

import sqlite3
from datetime import UTC, datetime, timedelta

import msgspec

from ollama_desk.domain.chat import Chat, DoneReason, Message, MessageState, Role, TurnStats

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """UTC milliseconds, without the rounding of floats."""
    return (at - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * MILLISECOND


def storable(text: str) -> str:
    """``text`` as UTF-8 can hold it: lone surrogates become U+FFFD, halves that belong together are joined."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def to_stats(stats: TurnStats | None) -> str | None:
    return None if stats is None else msgspec.json.encode(stats).decode()


def chat_of(row: sqlite3.Row) -> Chat:
    return Chat(
        id=row["id"],
        title=row["title"],
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        model=row["model"],
        leaf_id=row["leaf_id"],
    )


def message_of(row: sqlite3.Row) -> Message:
    stats = row["stats"]
    return Message(
        id=row["id"],
        chat_id=row["chat_id"],
        parent_id=row["parent_id"],
        role=Role(row["role"]),
        content=row["content"],
        created_at=from_ms(row["created_at"]),
        thinking=row["thinking"],
        model=row["model"],
        state=MessageState(row["state"]),
        error=row["error"],
        done_reason=DoneReason(row["done_reason"]),
        stats=None if stats is None else msgspec.json.decode(stats, type=TurnStats),
    )

"""Rows of the database ⇄ the nouns of the domain."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import TypeVar

import msgspec

from ollama_desk.domain.chat import Chat, ChatOptions, DoneReason, Message, MessageState, Role, TurnStats
from ollama_desk.domain.errors import DatabaseDamagedError

T = TypeVar("T")

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


def to_options(options: ChatOptions) -> str:
    """JSON of what is set."""
    wanted = {name: value for name, value in _plain(options).items() if value is not None}
    return msgspec.json.encode(wanted).decode()


def _plain(options: ChatOptions) -> dict[str, object]:
    """The fields by name, their texts storable."""
    whole = replace(
        options,
        system=None if options.system is None else storable(options.system),
        stop=None if options.stop is None else tuple(storable(word) for word in options.stop),
    )
    fields: dict[str, object] = msgspec.to_builtins(whole)
    return fields


def options_of(text: str) -> ChatOptions:
    return msgspec.json.decode(text, type=ChatOptions)


def readable(parse: Callable[[sqlite3.Row], T]) -> Callable[[sqlite3.Row], T]:
    """``parse``, which says so where a row holds what no version of ours has written."""

    @wraps(parse)
    def parsed(row: sqlite3.Row) -> T:
        try:
            return parse(row)
        except (ValueError, IndexError, TypeError, OverflowError, msgspec.MsgspecError) as error:
            raise DatabaseDamagedError(
                "Something in this chat cannot be read: its file is damaged. "
                "Start Ollama Desk again: it keeps the damaged file and takes over what can be read."
            ) from error

    return parsed


@readable
def chat_of(row: sqlite3.Row) -> Chat:
    return Chat(
        id=row["id"],
        title=row["title"],
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        model=row["model"],
        leaf_id=row["leaf_id"],
        position=row["position"],
        pinned=bool(row["pinned"]),
        unread=bool(row["unread"]),
        draft=row["draft"],
        options=options_of(row["options"]),
    )


@readable
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
        thinking_s=row["thinking_ms"] / 1000,
    )

"""Chats, their messages, and what a turn of the model yields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class MessageState(StrEnum):
    """How far a message has come."""

    STREAMING = "streaming"  # text is still arriving
    COMPLETE = "complete"
    STOPPED = "stopped"  # the person stopped it
    INTERRUPTED = "interrupted"  # the connection or the program ended
    FAILED = "failed"  # the server said why


@dataclass(frozen=True, slots=True)
class TurnStats:
    """What an answer cost. Durations in seconds, as the server measured them but for ``first_token_s``."""

    prompt_tokens: int = 0
    answer_tokens: int = 0
    load_s: float = 0.0
    prompt_s: float = 0.0
    answer_s: float = 0.0
    total_s: float = 0.0
    first_token_s: float = 0.0  # measured by us: from sending the request to the first text

    @property
    def tokens_per_s(self) -> float:
        return self.answer_tokens / self.answer_s if self.answer_s > 0 else 0.0


class DoneReason(StrEnum):
    """Why the model stopped, in the words of the wire."""

    STOP = "stop"
    LENGTH = "length"  # the context or the token limit is full
    LOAD = "load"
    UNLOAD = "unload"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model asks for. ``id`` is empty where the server gives none."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True, slots=True)
class ChatChunk:
    """One step of an answer. ``content`` and ``thinking`` are to be appended, in the last chunk too."""

    content: str = ""
    thinking: str = ""
    done: bool = False
    done_reason: DoneReason = DoneReason.UNKNOWN
    stats: TurnStats | None = None  # with the last chunk only
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One message as a model is given it: the conversation without its storage."""

    role: Role
    content: str
    thinking: str = ""


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """What a chat sends beside its messages. None: nothing is sent, so that the model's own value holds."""

    system: str | None = None
    temperature: float | None = None
    context_length: int | None = None  # tokens; a change makes the server load the model anew
    seed: int | None = None
    stop: tuple[str, ...] | None = None
    max_tokens: int | None = None  # of an answer; -1: no limit


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is stored. A chat is a tree: ``parent_id`` is the message that this one answers."""

    id: int
    chat_id: int
    parent_id: int | None
    role: Role
    content: str
    created_at: datetime  # aware, UTC
    thinking: str = ""
    model: str = ""
    state: MessageState = MessageState.COMPLETE
    error: str = ""  # the sentence that stands in an interrupted or failed answer
    done_reason: DoneReason = DoneReason.UNKNOWN
    stats: TurnStats | None = None
    thinking_s: float = 0.0  # measured by us: how long it thought before the first word of its answer


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation as the list shows it. ``leaf_id`` is the end of the branch that is on screen."""

    id: int
    title: str
    created_at: datetime  # aware, UTC
    updated_at: datetime  # aware, UTC
    model: str = ""
    leaf_id: int | None = None
    position: int = 0  # the higher, the later it was used; no clock that goes back disturbs it
    pinned: bool = False
    unread: bool = False  # an answer ended that was not on screen
    draft: str = ""  # what was written and not sent
    options: ChatOptions = field(default_factory=ChatOptions)

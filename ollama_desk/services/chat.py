"""Turns: a question is saved and asked, the answer grows, is saved as it does, and ends in one of five ways."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from datetime import datetime
from itertools import chain, repeat
from typing import Protocol

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.chat import ChatChunk, ChatTurn, Message, MessageState
from ollama_desk.domain.errors import DeskError, StorageError, TurnInProgressError
from ollama_desk.domain.events import (
    ChatsChanged,
    NoticeRaised,
    ServerStateChanged,
    TokenReceived,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    TurnStopped,
)
from ollama_desk.services.library import LibraryService, title_of, utc_now
from ollama_desk.services.turn import CUT, Ending, Turn, context_of, ending_of, request_options
from ollama_desk.storage.chats import ChatStore

log = logging.getLogger(__name__)

SAVE_EVERY_S = 0.2  # a kill of the program may cost this and the time of a save: together under 300 ms
LEAVING_S = 2.0
RETRY_SAVE_S = (0.5, 1.0, 2.0, 5.0, 15.0)  # waits between tries to save an ended answer; the last one again and again
LEFT = "The app was closed while this was being written."


class ChatSource(Protocol):
    """What answers: the client of a server."""

    def chat(
        self, model: str, turns: tuple[ChatTurn, ...], /, *, options: Mapping[str, object] | None = None,
        think: bool | None = None,
    ) -> AsyncGenerator[ChatChunk, None]: ...  # fmt: skip


class ChatService:
    """Runs at most one turn a chat, any number of chats at once.

    Args:
        clock: the time now, aware UTC.
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        store: ChatStore,
        *,
        bus: EventBus,
        client: ChatSource,
        tasks: TaskScope,
        library: LibraryService,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._bus = bus
        self._client = client
        self._tasks = tasks
        self._library = library
        self._clock = clock
        self._monotonic = monotonic
        self._turns: dict[int, Turn] = {}  # by chat
        self._starting: set[int] = set()
        self._keepers: set[asyncio.Task[None]] = set()  # each saves one turn to its end
        self._leaving = asyncio.Event()
        self._settled = asyncio.Event()  # whether the server is not about to come up by itself
        self._settled.set()
        bus.subscribe(ChatsChanged, self._on_chats_changed)
        bus.subscribe(ServerStateChanged, self._on_server_state_changed)

    def is_streaming(self, chat_id: int) -> bool:
        return chat_id in self._turns or chat_id in self._starting

    async def send(self, chat_id: int, text: str, *, model: str, think: bool | None = None) -> None:
        """Save the question and ask the model; what comes of it is told by events.

        ``think`` says whether the model shall think first; None leaves it to the model.

        Raises:
            TurnInProgressError: the chat still answers.
            StorageError: the question could not be saved; the model was not asked.
        """
        with self._starting_in(chat_id):
            question, answer = await self._store.begin_turn(
                chat_id, text, model=model, title=title_of(text), at=self._clock()
            )
            self._start(answer, question=question, after=question.id, think=think)
        await self._library.publish()

    async def edit(self, message_id: int, text: str, *, model: str, think: bool | None = None) -> None:
        """Ask ``text`` in place of a question: a branch of its own, the old one stays beside it.

        Raises:
            TurnInProgressError: the chat still answers.
            StorageError: the question could not be saved; the model was not asked.
        """
        old = await self._store.question_of(message_id)
        with self._starting_in(old.chat_id):
            question, answer = await self._store.begin_edit(old.id, text, model=model, at=self._clock())
            self._start(answer, question=question, after=question.id, think=think)
        await self._library.publish()

    async def go_on(self, message_id: int, *, think: bool | None = None) -> None:
        """Let the model continue an answer that was cut; what comes is appended to it.

        Raises:
            TurnInProgressError: the chat still answers.
            StorageError: nothing can be saved; the model was not asked.
        """
        cut = (await self._store.branch(message_id))[-1]
        with self._starting_in(cut.chat_id):
            answer = await self._store.begin_more(message_id, at=self._clock())
            self._start(answer, question=None, after=answer.id, think=think)
        await self._library.publish()

    async def regenerate(self, message_id: int, *, model: str = "", think: bool | None = None) -> None:
        """Answer a question once more, beside the answers that it has; the branch on screen ends with the new one.

        ``message_id`` is the question or one of its answers. An empty ``model`` means the chat's last one.

        Raises:
            TurnInProgressError: the chat still answers.
            StorageError: the answer's place could not be saved; the model was not asked.
        """
        question = await self._store.question_of(message_id)
        with self._starting_in(question.chat_id):
            answer = await self._store.begin_answer(question, model=model, at=self._clock())
            self._start(answer, question=None, after=question.id, think=think)
        await self._library.publish()

    async def retry(self, message_id: int) -> None:
        """Ask again for an answer that failed or was cut; as ``regenerate``."""
        await self.regenerate(message_id)

    def stop(self, chat_id: int) -> None:
        """End the answer of this chat now, if there is one; what came is kept."""
        if chat_id in self._turns:
            self._end(self._turns[chat_id], Ending(MessageState.STOPPED))

    async def aclose(self) -> None:
        """The person leaves: what is being written is marked and saved, within 2 s."""
        self._leaving.set()
        for turn in tuple(self._turns.values()):
            self._end(turn, Ending(MessageState.INTERRUPTED, error=LEFT))
        if self._keepers:
            _, late = await asyncio.wait(self._keepers, timeout=LEAVING_S)
            if late:
                log.error("Answers that could not be saved in %.0f s: %d", LEAVING_S, len(late))

    @contextmanager
    def _starting_in(self, chat_id: int) -> Iterator[None]:
        if self.is_streaming(chat_id):
            raise TurnInProgressError("This chat is still answering. Stop it, or wait for its end.")
        self._starting.add(chat_id)
        try:
            yield
        finally:
            self._starting.discard(chat_id)

    def _start(self, answer: Message, *, question: Message | None, after: int, think: bool | None) -> None:
        """Ask for ``answer``, given the branch that ends ``after`` a message; ``question`` is told where it is new."""
        turn = Turn(answer)
        self._tasks.spawn(self._receive(turn, after, think=think), name=f"answer {answer.id}")
        keeper = self._tasks.spawn(self._keep(turn), name=f"saving answer {answer.id}")
        self._keepers.add(keeper)
        keeper.add_done_callback(self._keepers.discard)
        self._turns[answer.chat_id] = turn
        self._library.begin_growing(answer.id, turn.message)
        self._bus.publish(TurnStarted(answer.chat_id, question, answer))

    async def _receive(self, turn: Turn, after: int, *, think: bool | None) -> None:
        if turn.ended.done():
            return
        turn.receiver = asyncio.current_task()
        try:
            branch = self._library.with_growing(await self._store.branch(after))
            options = (await self._store.chat(turn.answer.chat_id)).options
            await self._settled.wait()  # the supervisor bounds its starts, and the person can stop this
            began = self._monotonic()
            turns = context_of(branch, system=options.system)
            stream = self._client.chat(turn.answer.model, turns, options=request_options(options) or None, think=think)
            async with aclosing(stream) as chunks:
                async for chunk in chunks:
                    if turn.ended.done():
                        return
                    self._take(turn, chunk, self._monotonic() - began)
        except DeskError as error:
            turn.end(ending_of(error))
        finally:
            turn.end(Ending(MessageState.INTERRUPTED, error=CUT))

    def _take(self, turn: Turn, chunk: ChatChunk, at_s: float) -> None:
        if chunk.content or chunk.thinking:
            turn.add(chunk, at_s=at_s)
            answer = turn.answer
            self._bus.publish(TokenReceived(answer.chat_id, answer.id, chunk.content, chunk.thinking))
        if chunk.done:
            turn.end(Ending(MessageState.COMPLETE, done_reason=chunk.done_reason, stats=chunk.stats))

    def _end(self, turn: Turn, ending: Ending) -> None:
        turn.end(ending)
        if turn.receiver is not None:
            turn.receiver.cancel()

    async def _keep(self, turn: Turn) -> None:
        """Save what comes while it comes, then the whole."""
        loop = asyncio.get_running_loop()
        due = loop.time() + SAVE_EVERY_S
        while not turn.ended.done():
            await asyncio.wait({turn.ended}, timeout=max(0.0, due - loop.time()))
            due = loop.time() + SAVE_EVERY_S  # a slow save does not put off the next one
            if not turn.ended.done():
                await self._save_batch(turn)
        saved = await self._save_whole(turn)
        del self._turns[turn.answer.chat_id]
        self._publish_end(saved or turn.message())
        if saved is None:
            await self._insist(turn)
        self._library.end_growing(turn.answer.id)

    async def _insist(self, turn: Turn) -> None:
        """Try again and again to save an answer that the disk did not take, for the last time on leaving."""
        for wait_s in chain(RETRY_SAVE_S, repeat(RETRY_SAVE_S[-1])):
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._leaving.wait()
            last = self._leaving.is_set()
            if await self._save_whole(turn) is not None or last:
                return

    async def _save_batch(self, turn: Turn) -> None:
        batch = turn.unsaved()
        if batch is None:
            return
        try:
            await self._store.append_chunk(turn.answer.id, batch.content, batch.thinking)
        except StorageError as error:
            self._warn(turn, error)
        else:
            turn.mark_saved(batch)

    async def _save_whole(self, turn: Turn) -> Message | None:
        try:
            return await self._store.finish_message(turn.message())
        except StorageError as error:
            self._warn(turn, error)
            return None

    def _warn(self, turn: Turn, error: StorageError) -> None:
        log.info("answer %d is not saved yet: %s", turn.answer.id, error)
        if not turn.warned:
            turn.warned = True
            self._bus.publish(NoticeRaised(f"{error} Until then the answer is kept in memory only."))

    def _publish_end(self, message: Message) -> None:
        match message.state:
            case MessageState.STOPPED:
                self._bus.publish(TurnStopped(message))
            case MessageState.FAILED | MessageState.INTERRUPTED:
                self._bus.publish(TurnFailed(message))
            case MessageState.COMPLETE | MessageState.STREAMING:
                self._bus.publish(TurnFinished(message))

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        """What is asked while the server comes up waits for it, instead of failing at once."""
        if event.status.state.is_passing:
            self._settled.clear()
        else:
            self._settled.set()

    def _on_chats_changed(self, event: ChatsChanged) -> None:
        """A chat that was deleted needs no answer."""
        there = {chat.id for chat in event.chats}
        for chat_id in self._turns.keys() - there:
            self.stop(chat_id)

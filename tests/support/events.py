"""Keeps every event of a bus, and waits for the one that a test is about."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from ollama_desk.core.bus import EventBus
from ollama_desk.domain.events import Event

E = TypeVar("E", bound=Event)

KINDS: tuple[type[Event], ...] = tuple(Event.__subclasses__())


class EventRecorder:
    """Listens to every kind of event from its making on."""

    def __init__(self, bus: EventBus) -> None:
        self.events: list[Event] = []
        self._came = asyncio.Event()
        for kind in KINDS:
            bus.subscribe(kind, self._on_event)

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind so far, in their order."""
        return [event for event in self.events if isinstance(event, kind)]

    async def wait_for(
        self, kind: type[E], predicate: Callable[[E], bool] = lambda _event: True, timeout_s: float = 10.0
    ) -> E:
        """The first event of ``kind``, past or to come, for which ``predicate`` holds."""
        await self.until(lambda: any(map(predicate, self.of(kind))), timeout_s)
        return next(filter(predicate, self.of(kind)))

    async def until(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Wait until ``condition`` holds; it is looked at after every event."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            msg = f"it did not come in {timeout_s} s; came: {self.events}"
            raise AssertionError(msg) from None

    def _on_event(self, event: Event) -> None:
        self.events.append(event)
        self._came.set()

"""Keeps every event of a bus, and waits for the one that a test is about."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from ollama_desk.core.bus import EventBus
from ollama_desk.domain import events
from ollama_desk.domain.events import Event

E = TypeVar("E", bound=Event)

KINDS: tuple[type[Event], ...] = tuple(Event.__subclasses__())
assert events.TurnStarted in KINDS


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
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    for event in self.of(kind):
                        if predicate(event):
                            return event
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            msg = f"no such {kind.__name__} in {timeout_s} s; came: {self.events}"
            raise AssertionError(msg) from None

    def _on_event(self, event: Event) -> None:
        self.events.append(event)
        self._came.set()

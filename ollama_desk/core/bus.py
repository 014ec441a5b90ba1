"""A synchronous, single-threaded, typed event bus. Only services publish on it."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from ollama_desk.domain.events import Event

log = logging.getLogger(__name__)
E = TypeVar("E", bound=Event)


class EventBus:
    """Calls every listener of an event's exact type, in the order of subscription.

    A listener that raises is logged and skipped: one broken view must not stop the others.
    """

    def __init__(self) -> None:
        self._listeners: dict[type[Event], list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Call ``listener`` for every event of ``kind`` until the returned function is called."""
        self._listeners.setdefault(kind, []).append(listener)

        def unsubscribe() -> None:
            listeners = self._listeners.get(kind, [])
            if listener in listeners:
                listeners.remove(listener)

        return unsubscribe

    def publish(self, event: Event) -> None:
        for listener in tuple(self._listeners.get(type(event), ())):
            try:
                listener(event)
            except Exception:
                log.exception("A listener of %s failed", type(event).__name__)

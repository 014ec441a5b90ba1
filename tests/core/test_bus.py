"""Events reach every listener of their type, whatever one of them does."""

import logging

import pytest

from ollama_desk.core.bus import EventBus
from ollama_desk.domain.events import Event, NoticeRaised, ResourcesSampled


def test_listeners_of_the_type_are_called_in_order() -> None:
    bus = EventBus()
    heard: list[str] = []
    bus.subscribe(NoticeRaised, lambda event: heard.append(f"first {event.text}"))
    bus.subscribe(NoticeRaised, lambda event: heard.append(f"second {event.text}"))
    bus.publish(NoticeRaised("a"))
    bus.publish(ResourcesSampled(None))
    assert heard == ["first a", "second a"]


def test_a_raising_listener_is_logged_and_skipped(caplog: pytest.LogCaptureFixture) -> None:
    bus = EventBus()
    heard: list[Event] = []

    def broken(_event: NoticeRaised) -> None:
        raise ValueError

    bus.subscribe(NoticeRaised, broken)
    bus.subscribe(NoticeRaised, heard.append)
    with caplog.at_level(logging.ERROR):
        bus.publish(NoticeRaised("a"))
    assert heard == [NoticeRaised("a")]
    assert "A listener of NoticeRaised failed" in caplog.text
    caplog.clear()


def test_who_unsubscribes_hears_no_more() -> None:
    bus = EventBus()
    heard: list[Event] = []
    unsubscribe = bus.subscribe(NoticeRaised, heard.append)
    unsubscribe()
    unsubscribe()
    bus.publish(NoticeRaised("a"))
    assert heard == []

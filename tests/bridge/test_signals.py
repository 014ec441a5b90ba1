"""The bridge re-emits every event under its own name."""

import re

from PySide6.QtCore import Signal

from ollama_desk.bridge.signals import Signals
from ollama_desk.core.bus import EventBus
from ollama_desk.domain import events


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_there_is_a_signal_for_every_event() -> None:
    names = {snake_case(kind.__name__) for kind in events.Event.__subclasses__()}
    signals = {name for name, value in vars(Signals).items() if isinstance(value, Signal)}
    assert signals == names


def test_every_event_comes_out_as_its_signal() -> None:
    bus = EventBus()
    signals = Signals(bus)
    heard: list[events.Event] = []
    signals.notice_raised.connect(heard.append)
    signals.resources_sampled.connect(heard.append)
    bus.publish(events.NoticeRaised("a"))
    bus.publish(events.ResourcesSampled(None))
    assert heard == [events.NoticeRaised("a"), events.ResourcesSampled(None)]
    signals.disconnect_bus()
    bus.publish(events.NoticeRaised("b"))
    assert len(heard) == 2

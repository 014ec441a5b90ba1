"""Listens to a program as a screen reader does: over AT-SPI, in an X display and a session bus of our own."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
REGISTRY = "org.a11y.atspi.Registry"
ROOT = "/org/a11y/atspi/accessible/root"
ACCESSIBLE = "org.a11y.atspi.Accessible"
ACTION = "org.a11y.atspi.Action"
PROPERTIES = "org.freedesktop.DBus.Properties"
FOCUSABLE, SHOWING = 11, 25  # bits of a state
CELLS = ("table cell", "list item", "column header", "row header")
LIMIT_S = 30.0
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that is told of."""

    owner: str
    path: str
    name: str
    role: str
    states: int

    @property
    def is_focusable(self) -> bool:
        return bool(self.states >> FOCUSABLE & 1)


@dataclass(slots=True)
class ScreenReader:
    """What is on screen, by name and role, and what was announced."""

    bus: MessageBus
    heard: list[str] = field(default_factory=list)

    async def everything(self) -> list[Node]:
        """What every program shows now."""
        found: list[Node] = []
        for owner, path in await self._children(REGISTRY, ROOT):
            found += [node async for node in self._below(owner, path, 0)]
        return found

    async def find(self, name: str, role: str = "") -> Node:
        """What has this name, as soon as it is there."""
        deadline, nodes = time.monotonic() + LIMIT_S, list[Node]()
        while time.monotonic() < deadline:
            nodes = await self.everything()
            for node in nodes:
                if node.name == name and role in ("", node.role):
                    return node
            await asyncio.sleep(0.1)
        raise AssertionError(f"there is no {role} {name!r} among {[(node.role, node.name) for node in nodes]}")

    async def press(self, name: str) -> None:
        """Do what a button does."""
        node = await self.find(name, "push button" if name[:1].isupper() else "")
        await self._call(node.owner, node.path, ACTION, "DoAction", 0)

    async def hear(self, sentence: str) -> None:
        deadline = time.monotonic() + LIMIT_S
        while sentence not in self.heard:
            assert time.monotonic() < deadline, f"{sentence!r} was not announced; heard: {self.heard}"
            await asyncio.sleep(0.05)

    async def _below(self, owner: str, path: str, depth: int) -> AsyncIterator[Node]:
        name, role, states = await asyncio.gather(
            self._name(owner, path),
            self._call(owner, path, ACCESSIBLE, "GetRoleName"),
            self._call(owner, path, ACCESSIBLE, "GetState"),
        )
        if not role or not states:
            return  # it went meanwhile
        low, high = states[0]
        node = Node(owner, path, name, role[0], low | high << 32)
        if depth > 1 and not node.states >> SHOWING & 1:
            return
        yield node
        if depth < DEEPEST and node.role not in ("table", "list"):  # rows are many, and have their text as a name
            for child_owner, child in await self._children(owner, path):
                async for each in self._below(child_owner, child, depth + 1):
                    yield each

    async def _children(self, owner: str, path: str) -> list[tuple[str, str]]:
        answer = await self._call(owner, path, ACCESSIBLE, "GetChildren")
        return [(child_owner, child) for child_owner, child in (answer[0] if answer else [])]

    async def _name(self, owner: str, path: str) -> str:
        answer = await self._call(owner, path, PROPERTIES, "Get", ACCESSIBLE, "Name")
        return str(answer[0].value) if answer and isinstance(answer[0], Variant) else ""

    async def _call(self, owner: str, path: str, interface: str, member: str, *arguments: str | int) -> list[Any]:
        """The answer; empty where there is none, since what is on screen comes and goes."""
        return await asked(
            self.bus,
            Message(
                destination=owner,
                path=path,
                interface=interface,
                member=member,
                signature="".join("i" if isinstance(each, int) else "s" for each in arguments),
                body=list(arguments),
            ),
        )

    def note(self, message: Message) -> None:
        """Keep what is announced."""
        if message.message_type is MessageType.SIGNAL and message.member == "Announcement":
            self.heard += [part.value for part in message.body if isinstance(part, Variant) and part.signature == "s"]


async def asked(bus: MessageBus, message: Message) -> list[Any]:
    """What is answered; empty for a refusal."""
    async with asyncio.timeout(LIMIT_S):
        reply = await bus.call(message)
    assert reply is not None
    return list(reply.body) if reply.message_type is MessageType.METHOD_RETURN else []


@contextmanager
def launched(*, display: str, bus: str) -> Iterator[None]:
    """The bus on which programs tell of themselves, on this display and session bus."""
    environment = os.environ | {"DISPLAY": display, "DBUS_SESSION_BUS_ADDRESS": bus}
    launcher = subprocess.Popen(
        [LAUNCHER, "--launch-immediately"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        launcher.terminate()
        launcher.wait(10)


@asynccontextmanager
async def screen_reader(*, display: str, bus: str) -> AsyncIterator[ScreenReader]:
    """A reader on this display and session bus; to be there before the program that it listens to."""
    with launched(display=display, bus=bus):
        connection = await MessageBus(await _address(bus)).connect()
        reader = ScreenReader(connection)
        connection.add_message_handler(reader.note)
        wanted = Message(
            destination=REGISTRY,
            path="/org/a11y/atspi/registry",
            interface=REGISTRY,
            member="RegisterEvent",
            signature="sas",
            body=["object:", []],
        )
        await asked(connection, wanted)
        await asked(connection, _to_the_bus("AddMatch", "type='signal',interface='org.a11y.atspi.Event.Object'"))
        yield reader
        connection.disconnect()
        await asyncio.sleep(0)


def _to_the_bus(member: str, argument: str) -> Message:
    name = "org.freedesktop.DBus"
    return Message(
        destination=name, path="/org/freedesktop/DBus", interface=name, member=member, signature="s", body=[argument]
    )


async def _address(bus: str) -> str:
    """Of the bus on which programs tell of themselves, as soon as it is there."""
    session = await MessageBus(bus).connect()
    deadline = time.monotonic() + LIMIT_S
    message = Message(destination="org.a11y.Bus", path="/org/a11y/bus", interface="org.a11y.Bus", member="GetAddress")
    try:
        while time.monotonic() < deadline:
            answer = await asked(session, message)
            if answer and answer[0]:
                return str(answer[0])
            await asyncio.sleep(0.1)
    finally:
        session.disconnect()
    raise AssertionError("the bus of the screen reader did not come")

"""Plays the desktop around the app: a session bus of its own, a tray that shows items, and the notifications."""

import asyncio
import contextlib
import subprocess
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from dbus_fast import Message, MessageType, NameFlag, Variant
from dbus_fast.aio import MessageBus

from tests.support.processes import wait_until

T = TypeVar("T")

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"
NOTIFICATIONS = "org.freedesktop.Notifications"
LAUNCHER = "com.canonical.Unity.LauncherEntry"
CALL_S = 10.0
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@contextlib.contextmanager
def session_bus() -> Iterator[str]:
    """The address of a bus that nobody else uses, and that starts no service of the machine's."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
        config.write(BUS)
        config.flush()
        daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config.name}", "--nofork", "--nopidfile", "--print-address=1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it may not raise its limit of open files in a container
            text=True,
        )
        try:
            assert daemon.stdout is not None
            yield daemon.stdout.readline().strip()
        finally:
            daemon.terminate()
            daemon.wait(10)
            if daemon.stdout is not None:
                daemon.stdout.close()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an exported menu."""

    number: int
    label: str
    enabled: bool
    is_separator: bool


@dataclass(slots=True)
class Seen:
    """What came from the app."""

    items: list[str] = field(default_factory=list)  # bus names that registered
    notifications: list[str] = field(default_factory=list)
    launcher: list[float] = field(default_factory=list)  # progress of the entry, 0 to 1; -1: taken away


class TrayHost:
    """A StatusNotifierWatcher with a host, in a thread of its own, for as long as the ``with`` lasts."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tray host")
        self.seen = Seen()
        self.shows_items = True  # otherwise the panel has fallen, and only the register of items is left

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._open())
        return self

    def __exit__(self, *exc: object) -> None:
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_S)
        self._loop.close()

    def wait_for_item(self) -> None:
        assert wait_until(lambda: bool(self.seen.items), 30), "no icon came"

    def tooltip(self) -> str:
        """What the newest item says under the pointer."""
        _, _, title, _ = self._get("ToolTip").value
        return str(title)

    def icon_sides(self) -> list[int]:
        """The widths of the newest item's pictures."""
        return [width for width, _, _ in self._get("IconPixmap").value]

    def activate(self) -> None:
        """A click on the icon itself."""
        self._call("/StatusNotifierItem", ITEM, "Activate", "ii", [0, 0])

    def menu(self) -> list[Entry]:
        """The newest item's menu as it is now."""
        path = self._get("Menu").value
        self._call(path, MENU, "AboutToShow", "i", [0])
        _, (_, _, children) = self._call(path, MENU, "GetLayout", "iias", [0, -1, []])
        return [_entry(child.value) for child in children]

    def labels(self) -> list[str]:
        return [entry.label for entry in self.menu() if not entry.is_separator]

    def enabled(self) -> list[str]:
        return [entry.label for entry in self.menu() if entry.enabled and not entry.is_separator]

    def click(self, label: str) -> None:
        """Choose an entry that can be chosen."""
        assert wait_until(lambda: label in self.enabled(), 30), f"{label!r} cannot be chosen: {self.menu()}"
        number = next(entry.number for entry in self.menu() if entry.label == label)
        self._call(self._get("Menu").value, MENU, "Event", "isvu", [number, "clicked", Variant("s", ""), 0])

    def until(self, condition: Callable[[], bool]) -> None:
        assert wait_until(condition, 30), (self.tooltip(), self.menu())

    def _get(self, name: str) -> Variant:
        (value,) = self._call("/StatusNotifierItem", PROPERTIES, "Get", "ss", [ITEM, name])
        assert isinstance(value, Variant)
        return value

    def _call(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> list[Any]:
        message = Message(
            destination=self.seen.items[-1],
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body,
        )
        reply = self._wait(self._bus.call(message))
        assert reply is not None
        assert reply.message_type is MessageType.METHOD_RETURN, reply.body
        return reply.body

    def _wait(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(CALL_S)

    async def _open(self) -> None:
        self._bus = await MessageBus(self._address).connect()
        self._bus.add_message_handler(self._on_message)
        for name in (WATCHER, NOTIFICATIONS):
            await self._bus.request_name(name, NameFlag.DO_NOT_QUEUE)
        listen = Message(
            destination="org.freedesktop.DBus",
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus",
            member="AddMatch",
            signature="s",
            body=[f"type='signal',interface='{LAUNCHER}'"],
        )
        await self._bus.call(listen)

    async def _close(self) -> None:
        self._bus.disconnect()
        await asyncio.sleep(0)

    def _on_message(self, message: Message) -> Message | None:
        if message.interface == LAUNCHER:
            told = message.body[1]
            self.seen.launcher.append(told["progress"].value if told["progress-visible"].value else -1.0)
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        match message.interface, message.member:
            case (interface, "RegisterStatusNotifierItem") if interface == WATCHER:
                service = str(message.body[0])
                self.seen.items.append(service if service.startswith((":", "org.")) else str(message.sender))
                return Message.new_method_return(message)
            case (interface, "Get") if interface == PROPERTIES:
                return Message.new_method_return(message, "v", [Variant("b", self.shows_items)])
            case (interface, "Notify") if interface == NOTIFICATIONS:
                self.seen.notifications.append(str(message.body[4]))
                return Message.new_method_return(message, "u", [1])
            case _:
                return None


def _entry(item: tuple[int, dict[str, Variant], list[Any]]) -> Entry:
    number, properties, _ = item
    label = properties["label"].value if "label" in properties else ""
    enabled = properties["enabled"].value if "enabled" in properties else True
    kind = properties["type"].value if "type" in properties else "standard"
    return Entry(number, label.replace("__", "_"), bool(enabled), kind == "separator")

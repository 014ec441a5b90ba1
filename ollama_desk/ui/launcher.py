"""The bar on the program's entry in the desktop's dock or task list, where the desktop has one (Unity's protocol)."""

import sys
from collections.abc import Callable
from typing import Any

APP_URI = "application://org.ollamadesk.OllamaDesk.desktop"
PATH = "/org/ollamadesk/OllamaDesk"
INTERFACE = "com.canonical.Unity.LauncherEntry"

Send = Callable[[dict[str, Any]], None]


class Launcher:
    """Tells whoever listens; nobody answers, so nothing is waited for.

    Args:
        send: sends the properties of the entry.
    """

    def __init__(self, send: Send | None = None) -> None:
        self._send = send or _sender()
        self._shown = False

    def show(self, percent: int | None) -> None:
        """How much is done, 0 to 100; None: nothing goes on."""
        if percent is None and not self._shown:
            return
        self._shown = percent is not None
        self._send({"progress": (percent or 0) / 100, "progress-visible": self._shown})


def _sender() -> Send:
    """Over the session's bus on Linux; elsewhere nobody knows this protocol."""
    return _send_on_bus if sys.platform.startswith("linux") else _send_nowhere


def _send_nowhere(_properties: dict[str, Any]) -> None:
    return


def _send_on_bus(properties: dict[str, Any]) -> None:
    from PySide6.QtDBus import QDBusConnection, QDBusMessage  # noqa: PLC0415 - Linux only

    bus = QDBusConnection.sessionBus()
    if bus.isConnected():
        message = QDBusMessage.createSignal(PATH, INTERFACE, "Update")
        message.setArguments([APP_URI, properties])
        bus.send(message)

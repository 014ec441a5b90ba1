"""Whether anybody shows tray icons: asked anew each time, since panels come, go and fall."""

import sys

from PySide6.QtWidgets import QSystemTrayIcon

WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
ANSWER_MS = 300


def has_tray() -> bool:
    """Whether an icon would be seen now; takes a few milliseconds, or ``ANSWER_MS`` where a desktop hangs."""
    if not QSystemTrayIcon.isSystemTrayAvailable():
        return False
    return not sys.platform.startswith("linux") or _somebody_shows()


def _somebody_shows() -> bool:
    """Qt asks whether items can be registered. On KDE they still can when the panel that shows them has fallen."""
    from PySide6.QtDBus import QDBus, QDBusConnection, QDBusMessage, QDBusVariant  # noqa: PLC0415 - Linux only

    ask = QDBusMessage.createMethodCall(WATCHER, WATCHER_PATH, "org.freedesktop.DBus.Properties", "Get")
    ask.setArguments([WATCHER, "IsStatusNotifierHostRegistered"])
    ask.setAutoStartService(False)
    reply = QDBusConnection.sessionBus().call(ask, QDBus.CallMode.Block, ANSWER_MS)
    values = [value.variant() for value in reply.arguments() if isinstance(value, QDBusVariant)]
    return values != [False]  # who does not say, such as the older kind of tray, is taken at its word

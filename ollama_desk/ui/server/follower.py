"""Reads the log while somebody looks at it, at most four times a second, and hands on what came."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer

from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.server_log import LogPiece

EVERY_MS = 250


class LogFollower(QObject):
    """One reader for all that show the log.

    Args:
        read: what came since the last call; done in a worker thread.
        actions: runs it.
        takers: what shows it.
        is_seen: whether anybody looks.
    """

    def __init__(
        self,
        read: Callable[[], Coroutine[Any, Any, LogPiece]],
        *,
        actions: Actions,
        takers: Sequence[Callable[[LogPiece], None]],
        is_seen: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._read = read
        self._actions = actions
        self._takers = tuple(takers)
        self._is_seen = is_seen
        self._reading = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._look)

    @property
    def reads(self) -> bool:
        """Whether it looks again and again."""
        return self._timer.isActive()

    def look(self) -> None:
        """Somebody began to look, or nobody does any more."""
        if not self._is_seen():
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()
            self._look()

    def _look(self) -> None:
        if not self._is_seen():
            self._timer.stop()
        elif not self._reading:
            self._reading = True
            self._actions.run(self._take(), name="read the server's log")

    async def _take(self) -> None:
        try:
            piece = await self._read()
        finally:
            self._reading = False
        if piece.lines or piece.skipped_bytes or piece.started_over:
            for take in self._takers:
                take(piece)

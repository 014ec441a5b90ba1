"""Many tokens, one paint: text is kept for each answer until the next frame."""

from PySide6.QtCore import QObject, QTimer, Signal

from ollama_desk.domain.events import TokenReceived

FRAME_MS = 33


class Coalescer(QObject):
    """Collects tokens and hands them on at most once a frame. No timer runs while nothing comes."""

    flushed = Signal(int, int, str, str)  # chat id, message id, content, thinking

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[tuple[int, int], tuple[list[str], list[str]]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.flush)

    def add(self, event: TokenReceived) -> None:
        key = (event.chat_id, event.message_id)
        waiting = self._waiting.get(key)
        if waiting is None:  # the first of a frame, not every token, asks Qt for something
            waiting = self._waiting[key] = ([], [])
            if not self._timer.isActive():
                self._timer.start()
        waiting[0].append(event.content)
        waiting[1].append(event.thinking)

    def flush(self) -> None:
        """Hand on what has come, now."""
        self._timer.stop()
        waiting, self._waiting = self._waiting, {}
        for (chat_id, message_id), (content, thinking) in waiting.items():
            self.flushed.emit(chat_id, message_id, "".join(content), "".join(thinking))

    def forget(self, chat_id: int) -> None:
        """Drop what waits for a chat that is shown anew from its source."""
        self._waiting = {key: value for key, value in self._waiting.items() if key[0] != chat_id}

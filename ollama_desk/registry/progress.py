"""How a thread tells what it has done, and is told to stop."""

from threading import Event

from ollama_desk.domain.errors import WorkStoppedError


class Progress:
    """Counts the bytes of one piece of work. The thread adds; anybody may read and stop."""

    def __init__(self) -> None:
        self.done_bytes = 0
        self._stop = Event()

    def stop(self) -> None:
        """Let the next ``advance`` raise."""
        self._stop.set()

    def advance(self, count: int) -> None:
        """``count`` more bytes are done.

        Raises:
            WorkStoppedError: it was told to stop.
        """
        if self._stop.is_set():
            raise WorkStoppedError("The work was stopped.")
        self.done_bytes += count

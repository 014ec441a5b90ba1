"""Cuts a stream of bytes into lines, wherever the network has split it."""

from collections.abc import Iterator

from ollama_desk.domain.errors import NotOllamaError

LINE_LIMIT = 16 * 1024 * 1024  # a line may hold thousands of logprobs or one big tool call
BOM = b"\xef\xbb\xbf"


class LineFramer:
    """Bytes in, lines out: without their end (LF or CRLF), without a leading byte order mark, blank ones left out.

    Each byte is looked at once, however the input is split. asyncio's own ``readline`` gives up at 64 KiB.

    Args:
        limit: the longest line in bytes.
    """

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []  # of the line that is not complete yet
        self._size = 0
        self._at_start = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the lines that ``data`` completes.

        Raises:
            NotOllamaError: a line is longer than the limit; the lines before it have been yielded.
        """
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._keep(data[start:end])
            yield from self._take()
            start = end + 1
        if start < len(data):
            self._keep(data[start:])

    def end(self) -> Iterator[bytes]:
        """Yield what came after the last line end, if anything."""
        yield from self._take()

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            self._pieces.clear()
            size = f"{self._limit / (1024 * 1024):.0f} MiB" if self._limit >= 1024 * 1024 else f"{self._limit} bytes"
            msg = f"The server sent a line of more than {size}, which an Ollama server does not do. Ask again."
            raise NotOllamaError(msg)
        self._pieces.append(piece)

    def _take(self) -> Iterator[bytes]:
        line = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if self._at_start:
            line = line.removeprefix(BOM)
            self._at_start = False
        line = line.removesuffix(b"\r")
        if line and not line.isspace():
            yield line

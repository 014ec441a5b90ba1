"""What the server's log has got since the last look, in bounded pieces: a flood is skipped, not shown."""

import os
from pathlib import Path
from typing import BinaryIO

from ollama_desk.domain.server_log import LogLevel, LogLine, LogPiece, level_of
from ollama_desk.sidecar.server_log import CONTROL, LINE_CHARS

MOST_BYTES = 524_288  # read at a time
MOST_LINES = 5_000
FIRST_BYTES = 262_144  # read at the first look
HELD_BYTES = 4 * LINE_CHARS  # of a line whose end has not come
MARK_BYTES = 64


class LogReader:
    """Remembers how far it has read. Blocking; not to be used from two threads at once.

    A log that was rotated is known by the bytes before the place, which are no longer the same ones.
    """

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES, most_lines: int = MOST_LINES) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._most_lines = most_lines
        self._place: int | None = None
        self._mark = b""  # what stands just before the place
        self._held = b""  # the beginning of a line whose end has not come
        self._held_cut = 0  # bytes of that line that are not held
        self._level = LogLevel.INFO

    def read(self) -> LogPiece:
        """What is new. Nothing, where the log cannot be read."""
        try:
            with self._path.open("rb") as file:
                return self._read(file)
        except OSError:
            return LogPiece()

    def _read(self, file: BinaryIO) -> LogPiece:
        size = file.seek(0, os.SEEK_END)
        if self._place is None:
            self._place, first = 0, True
        else:
            first = False
        over = not self._stands(file, size)
        start = 0 if over else self._place
        skipped = max(size - start - (FIRST_BYTES if first else self._most_bytes), 0)
        file.seek(start + skipped)
        data = file.read(self._most_bytes)
        self._place = start + skipped + len(data)
        if over:
            data, over = self._after_mark(data)
        self._mark = (self._mark + data)[-MARK_BYTES:]
        if skipped or over:
            skipped += len(self._held) + self._held_cut if not over else 0
            self._held, self._held_cut = b"", 0
        if skipped:
            end = data.find(b"\n") + 1  # of a line whose beginning is not there
            skipped, data = skipped + end, data[end:]
        lines, left_out = self._lines(data)
        return LogPiece(lines, skipped + left_out, over)

    def _stands(self, file: BinaryIO, size: int) -> bool:
        """Whether the log goes on where it was left."""
        place = self._place or 0
        if size < place:
            return False
        file.seek(place - len(self._mark))
        return file.read(len(self._mark)) == self._mark

    def _after_mark(self, data: bytes) -> tuple[bytes, bool]:
        """What came after the last bytes that were seen, where they are still there; whether they are not."""
        at = data.find(self._mark)
        return (data[at + len(self._mark) :], False) if at >= 0 else (data, True)

    def _lines(self, data: bytes) -> tuple[tuple[LogLine, ...], int]:
        """The whole lines of what was held and ``data``; how many bytes were left out because they are too many."""
        if not data:
            return self._let_go(), 0
        *whole, rest = data.split(b"\n")
        if not whole:
            self._hold(rest)
            return (), 0
        first_cut = self._held_cut
        whole[0] = self._held + whole[0]
        self._held, self._held_cut = b"", 0
        self._hold(rest)
        left_out = sum(len(line) + 1 for line in whole[: -self._most_lines])
        if left_out:
            whole, first_cut = whole[-self._most_lines :], 0
        return tuple(self._line(line, cut=0 if at else first_cut) for at, line in enumerate(whole)), left_out

    def _hold(self, rest: bytes) -> None:
        whole = self._held + rest
        self._held_cut += max(len(whole) - HELD_BYTES, 0)
        self._held = whole[:HELD_BYTES]

    def _let_go(self) -> tuple[LogLine, ...]:
        """Nothing came: what is held is perhaps all there will be of its line."""
        if not self._held:
            return ()
        line = self._line(self._held, cut=self._held_cut)
        self._held, self._held_cut = b"", 0
        return (line,)

    def _line(self, raw: bytes, *, cut: int) -> LogLine:
        raw = raw.removesuffix(b"\r")
        text = raw[:HELD_BYTES].decode("utf-8", "replace")
        if not text.isprintable():
            text = CONTROL.sub("", text)
        shown = text[:LINE_CHARS]
        self._level = level_of(shown, self._level)
        lower = shown.lower()
        cut += max(len(raw) - len(shown.encode("utf-8", "replace")), 0) if len(raw) > LINE_CHARS else 0
        return LogLine(shown, self._level, lower if len(lower) == len(shown) else shown, cut)

"""Cuts a growing answer into finished pieces and an open tail that stays short, however long the answer gets."""

import re
from dataclasses import dataclass, field

TAIL_CHARS = 1_200  # more than this is never rendered again
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")


@dataclass(slots=True)
class Segmenter:
    """Fed in any pieces, it gives the same finished segments for the same text.

    A segment is Markdown that stands for itself: it ends at an empty line outside a fence, at the end of a fence,
    or, where nothing ends for too long, at the end of a line or word, with its fence closed and opened again.
    """

    _lines: list[str] = field(default_factory=list)  # whole lines of the open segment
    _chars: int = 0
    _rest: str = ""  # the line that is still growing
    _fence: str = ""  # the opening line of the fence that is open

    @property
    def tail(self) -> str:
        """The open segment as it is now."""
        return "".join(self._lines) + self._rest

    @property
    def in_fence(self) -> bool:
        return bool(self._fence)

    def feed(self, text: str) -> list[str]:
        """Add text; the segments that it finished, in order."""
        finished: list[str] = []
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(line + "\n", finished)
        while len(self._rest) > TAIL_CHARS:
            cut = self._rest.rfind(" ", TAIL_CHARS // 2, TAIL_CHARS) + 1 or TAIL_CHARS
            head, self._rest = self._rest[:cut], self._rest[cut:]
            self._add(head)
            self._cut(finished)
        return finished

    def end(self) -> list[str]:
        """The answer is over: what is left, if anything."""
        left = self.tail
        self._lines, self._chars, self._rest, self._fence = [], 0, "", ""
        return [left] if left.strip() else []

    def _take(self, line: str, finished: list[str]) -> None:
        mark = FENCE.match(line.rstrip("\n"))
        self._add(line)
        if self._fence:
            opened = FENCE.match(self._fence)
            if mark and opened and mark[1].startswith(opened[1]) and not mark[2].strip():
                self._fence = ""
                self._close(finished)
        elif mark and not (mark[1][0] == "`" and "`" in mark[2]):
            if len(self._lines) > 1:
                self._lines.pop()
                self._close(finished)
                self._add(line)
            self._fence = line.rstrip("\n")
        elif not line.strip():
            self._close(finished)
        if self._chars > TAIL_CHARS:
            self._cut(finished)

    def _add(self, text: str) -> None:
        self._lines.append(text)
        self._chars += len(text)

    def _cut(self, finished: list[str]) -> None:
        """End the segment in the middle of a long block; a fence goes on in the next."""
        fence = self._fence
        if fence:
            mark = FENCE.match(fence)
            if not self._lines[-1].endswith("\n"):
                self._add("\n")
            self._add(f"{mark[1] if mark else '```'}\n")
        self._close(finished)
        if fence:
            self._add(f"{fence}\n")
            self._fence = fence

    def _close(self, finished: list[str]) -> None:
        text = "".join(self._lines)
        self._lines, self._chars = [], 0
        if text.strip():
            finished.append(text)

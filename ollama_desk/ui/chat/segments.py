"""Cuts a growing answer into finished pieces and an open tail that stays short, however long the answer gets."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

TAIL_WEIGHT = 1_200  # while an answer grows: more than this is never rendered again
WHOLE_WEIGHT = 5_000  # of a stored answer: as much as is parsed and laid out in one go, 10 to 40 ms
LINE_WEIGHT = 30
# What a character costs beyond its bytes: a cell 0.1 ms, a bracket or a level of quotes up to 0.05 ms.
WEIGHTS = {"|": 15, "[": 40, ">": 20} | dict.fromkeys("*_`~<&!\\", 2)
FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})(.*)$")
ITEM = re.compile(r"^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)")
DELIMITERS = re.compile(r"^ {0,3}\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
ITEM_CHARS = 16  # after so many characters a line is known to begin an item, or not
COLUMNS = 64  # of a table whose head is repeated; a wider one is cut as text
INFO_CHARS = 40


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece that stands for itself: Markdown without a fence, or the code of one fence or of a part of it."""

    text: str
    end: int  # characters of the answer until here
    language: str | None = None  # of code; None: Markdown
    goes_on: bool = False  # the fence of the segment before


def weight(text: str) -> int:
    """What it costs to parse ``text`` and to lay it out, in characters of plain prose: a Chinese one counts five."""
    return letters(text) + sum(text.count(each) * cost for each, cost in WEIGHTS.items())


def letters(text: str) -> int:
    """What it costs to lay ``text`` out where it is not parsed."""
    if text.isascii():
        return len(text)
    beyond = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)  # emoji and flags, the dearest of all
    return 2 * len(text.encode("utf-8", "surrogatepass")) - len(text) + 8 * beyond


@dataclass(slots=True)
class Segmenter:
    """Fed in any pieces, it gives the same finished segments for the same text.

    A segment ends at an empty line that ends its block, at a fence, or, where nothing ends for too long, at the end
    of an item, a row, a line or a word; a table's head is then repeated. ``cuts_code`` says that long code comes in
    parts; otherwise a fence is one segment.
    """

    limit: int = TAIL_WEIGHT
    cuts_code: bool = True
    _lines: list[str] = field(default_factory=list)  # of the open segment; the last may be without its end
    _weight: int = 0
    _rest: str = ""  # what of the growing line is not in the open segment yet
    _midline: bool = False  # the growing line was cut: what follows begins nothing
    _fence: re.Match[str] | None = None  # the opening line of the fence that is open
    _goes_on: bool = False
    _is_list: bool = False
    _blank: bool = False  # the last line was empty, and the block may go on behind it
    _repeated: int = 0  # lines of a table's head that stand in the segment before, too
    _taken: int = 0  # characters in finished segments and in the open one

    @property
    def tail(self) -> str:
        """The open segment as it is now."""
        return "".join(self._lines) + self._rest

    @property
    def in_fence(self) -> bool:
        return self._fence is not None

    def feed(self, text: str) -> list[Segment]:
        """Add text; the segments that it finished, in order."""
        finished: list[Segment] = []
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(self._shortened(line, finished) + "\n", finished)
            self._midline = False
        if self._blank and len(self._rest) >= ITEM_CHARS and not self._continues(self._rest):
            self._close(finished)
        self._rest = self._shortened(self._rest, finished)
        return finished

    def end(self) -> list[Segment]:
        """The answer is over: what is left, if anything."""
        finished: list[Segment] = []
        if self._rest:
            self._take(self._rest, finished)
            self._rest = ""
        self._close(finished)
        self._fence, self._midline = None, False
        return finished

    def _shortened(self, line: str, finished: list[Segment]) -> str:
        """The end of a line, after everything that is too long for one segment was taken off its beginning."""
        if self._fence is not None and not self.cuts_code:
            return line
        at = 0
        while len(line) - at > self.limit or weight(line[at : at + self.limit]) > self.limit:
            cut = at + self._place(line[at : at + self.limit])
            if self._blank and not self._continues(line[at:cut]):
                self._close(finished)
            self._blank = False
            self._add(line[at:cut])
            self._cut(finished)
            self._midline, at = True, cut
        return line[at:]

    def _place(self, text: str) -> int:
        """Where a long line is cut: behind a word, if there is one in the second half of what may stay together."""
        most = max(1, bisect_right(range(1, len(text) + 1), self.limit, key=lambda chars: weight(text[:chars])))
        return text.rfind(" ", most // 2, most) + 1 or most

    def _take(self, line: str, finished: list[Segment]) -> None:
        if self._midline:
            self._add(line)
        elif self._fence is not None:
            self._take_code(line, finished)
        elif not line.strip():
            self._take_blank(line, finished)
        else:
            self._begin(line, finished)
            if self._fence is None:
                self._add(line)
        if self._weight > self.limit and (self._fence is None or self.cuts_code):
            self._cut(finished)

    def _take_code(self, line: str, finished: list[Segment]) -> None:
        mark = FENCE.match(line.rstrip("\r\n"))
        opened = self._fence
        if opened is not None and mark and mark[2].startswith(opened[2]) and not mark[3].strip():
            self._taken += len(line)
            self._close(finished)
            self._fence = None
        else:
            self._add(line)

    def _take_blank(self, line: str, finished: list[Segment]) -> None:
        self._add(line)
        self._blank = self._is_list or _is_indented(self._lines[0])
        if not self._blank:
            self._close(finished)

    def _begin(self, line: str, finished: list[Segment]) -> None:
        """A line that is not empty begins outside code: end what it does not belong to."""
        if self._blank and not self._continues(line):
            self._close(finished)
        self._blank = False
        mark = FENCE.match(line.rstrip("\r\n"))
        if mark and not (mark[2][0] == "`" and "`" in mark[3]):
            self._close(finished)
            self._fence, self._taken = mark, self._taken + len(line)
        else:
            self._is_list = self._is_list or ITEM.match(line) is not None

    def _continues(self, line: str) -> bool:
        """Whether a line behind an empty one belongs to the list or the indented code before it."""
        if self._is_list:
            return ITEM.match(line) is not None or line.startswith(("  ", "\t"))
        return _is_indented(line)

    def _add(self, text: str) -> None:
        self._lines.append(text)
        self._taken += len(text)
        self._weight += letters(text) + 1 if self._fence is not None else weight(text) + LINE_WEIGHT

    def _cut(self, finished: list[Segment]) -> None:
        """End the segment in the middle of a long block."""
        if self._fence is not None:
            self._close(finished)
            self._goes_on = True
            return
        head, kept = self._table_head(), self._last_item()
        del self._lines[len(self._lines) - len(kept) :]
        self._taken -= sum(map(len, kept))
        self._close(finished)
        for line in kept:
            self._add(line)
        self._is_list = bool(kept)
        if head:
            self._lines, self._weight, self._repeated = head, sum(map(weight, head)), len(head)

    def _table_head(self) -> list[str]:
        """The head of the table that is cut, to be repeated; empty where there is none."""
        head = self._lines[:2]
        is_table = len(self._lines) > len(head) and "|" in head[0] and head[0].count("|") < COLUMNS
        return head if is_table and DELIMITERS.match(head[1]) else []

    def _last_item(self) -> list[str]:
        """The last item of the list that is cut, if it is not the only one: it goes on in the next segment."""
        starts = [index for index, line in enumerate(self._lines) if index and ITEM.match(line)]
        last = self._lines[starts[-1] :] if starts else []
        return last if sum(map(weight, last)) < self.limit // 2 else []

    def _close(self, finished: list[Segment]) -> None:
        text = "".join(self._lines)
        is_new = len("".join(self._lines[self._repeated :]).strip()) > 0
        self._lines, self._weight, self._repeated, self._blank, self._is_list = [], 0, 0, False, False
        if self._fence is not None:
            if text or not self._goes_on:
                language = (self._fence[3].split() or [""])[0][:INFO_CHARS]
                code = _without_indent(text, len(self._fence[1]))
                finished.append(Segment(code, self._taken, language, self._goes_on))
            self._goes_on = False
        elif is_new:
            finished.append(Segment(text, self._taken))


def _is_indented(line: str) -> bool:
    return line.startswith(("    ", "\t"))


def _without_indent(code: str, columns: int) -> str:
    return re.sub(rf"(?m)^ {{1,{columns}}}", "", code) if columns else code

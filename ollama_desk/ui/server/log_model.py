"""The lines of the log that are kept, and those of them that are wanted."""

import re
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ollama_desk.domain.server_log import LogLevel, LogLine, LogPiece
from ollama_desk.ui.text import one_line, size_text

LINE_ROLE = Qt.ItemDataRole.UserRole
KEPT = 5_000
CUT_CHARS = 24  # of the words that say that a line was cut
STRUCTURED = re.compile(
    r"^time=\S*?T(?P<time>\d\d:\d\d:\d\d)\S*(?: (?:level|source)=\S+)* msg="
    r"(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<plain>\S*))(?P<rest>.*)$"
)
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


def brief(text: str) -> str:
    """``time=… level=… source=… msg="…"`` as time of day and message; anything else as it is."""
    found = STRUCTURED.match(text)
    if not found:
        return text
    message = found["quoted"] if found["quoted"] is not None else found["plain"]
    return f"{found['time']} {message}{found['rest']}"


class LogModel(QAbstractListModel):
    """The newest lines; the oldest go when there are too many. A row is a line that passes the filter.

    Args:
        kept: how many lines.
        brief: whether only the time of day and the message of a line are kept.
    """

    def __init__(self, kept: int = KEPT, *, brief: bool = False, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept = kept
        self._brief = brief
        self._lines: list[LogLine] = []
        self._shown: list[LogLine] = []
        self._least = LogLevel.DEBUG
        self._needle = ""
        self._stands_in = False

    @property
    def shown(self) -> Sequence[LogLine]:
        """The lines of the rows."""
        return self._shown

    @property
    def is_filtered(self) -> bool:
        return bool(self._needle) or self._least > LogLevel.DEBUG

    @property
    def kept_count(self) -> int:
        """How many lines there are, seen or not."""
        return len(self._lines)

    def longest(self, first: int = 0) -> int:
        """About how many characters the longest row has, from row ``first`` on."""
        rows = self._shown[first:] if first else self._shown
        return max((len(line.text) + (CUT_CHARS if line.cut_bytes else 0) for line in rows), default=0)

    def line_text(self, row: int) -> str:
        """A row as it is shown and copied."""
        line = self._shown[row]
        if not line.cut_bytes:
            return line.text
        return self.tr("%1 … and %2 more").replace("%2", size_text(line.cut_bytes)).replace("%1", line.text)

    def texts(self) -> list[str]:
        """Every row."""
        return [self.line_text(row) for row in range(len(self._shown))]

    def stand_in(self, texts: Sequence[str]) -> None:
        """Show these lines until the log itself has been read."""
        if not self._lines and texts:
            self.append(LogPiece(tuple(LogLine(text, folded=text.lower()) for text in map(one_line, texts))))
            self._stands_in = True

    def append(self, piece: LogPiece) -> None:
        """Take over what came, with a line that says what was left out."""
        if self._stands_in:
            self._clear()
        lines = [*self._remarks(piece), *piece.lines][-self._kept :]
        if self._brief:
            lines = [replace(line, text=text, folded=text.lower()) for line in lines for text in (brief(line.text),)]
        over = max(len(self._lines) + len(lines) - self._kept, 0)
        gone, self._lines[:over] = self._lines[:over], []
        self._lines += lines
        leaving = sum(map(self._passes, gone))
        if leaving:
            self.beginRemoveRows(NOWHERE, 0, leaving - 1)
            del self._shown[:leaving]
            self.endRemoveRows()
        coming = [line for line in lines if self._passes(line)]
        if coming:
            first = len(self._shown)
            self.beginInsertRows(NOWHERE, first, first + len(coming) - 1)
            self._shown += coming
            self.endInsertRows()

    def _clear(self) -> None:
        self.beginResetModel()
        self._stands_in = False
        self._lines, self._shown = [], []
        self.endResetModel()

    def show_only(self, least: LogLevel, text: str) -> None:
        """Show lines that are at least so serious and have ``text`` in them."""
        needle = text.strip().lower()
        if (least, needle) == (self._least, self._needle):
            return
        self.beginResetModel()
        self._least, self._needle = least, needle
        self._shown = [line for line in self._lines if self._passes(line)]
        self.endResetModel()

    def rows_with(self, text: str) -> list[int]:
        """The rows that have ``text`` in them."""
        needle = text.lower()
        return [row for row, line in enumerate(self._shown) if needle in line.folded] if needle else []

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.line_text(index.row())
        return self._shown[index.row()] if role == LINE_ROLE else None

    def _passes(self, line: LogLine) -> bool:
        if line.level is LogLevel.REMARK:
            return True
        return line.level >= self._least and (not self._needle or self._needle in line.folded)

    def _remarks(self, piece: LogPiece) -> list[LogLine]:
        said = []
        if piece.started_over:
            said.append(self.tr("— the log was begun anew —"))
        if piece.skipped_bytes:
            skipped = size_text(piece.skipped_bytes)
            said.append(self.tr("— %1 are left out here; the file has them —").replace("%1", skipped))
        return [LogLine(text, LogLevel.REMARK, text.lower()) for text in said]

"""Which columns of a table a person wants to see, and which have the room first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ollama_desk.ui.table_model import Column

ON, OFF = "+", "-"


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """Of a column that is in neither the rank decides.

    Args:
        wanted: keys, the latest wish first: they have the room before the others.
        unwanted: keys of columns that are not shown at all.
    """

    wanted: tuple[str, ...] = ()
    unwanted: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "ColumnChoice":
        """What ``str`` gave; of anything else nothing is taken."""
        words = text.split()
        wanted = tuple(word[1:] for word in words if word[:1] == ON)
        return cls(wanted, frozenset(word[1:] for word in words if word[:1] == OFF))

    def __str__(self) -> str:
        return " ".join([ON + key for key in self.wanted] + [OFF + key for key in sorted(self.unwanted)])

    def with_wanted(self, key: str) -> "ColumnChoice":
        return ColumnChoice((key, *(each for each in self.wanted if each != key)), self.unwanted - {key})

    def with_unwanted(self, key: str) -> "ColumnChoice":
        return ColumnChoice(tuple(each for each in self.wanted if each != key), self.unwanted | {key})

    def fitting(self, columns: Sequence[Column[Any]], widths: Sequence[int], room: int) -> frozenset[int]:
        """Which columns are shown in ``room``, by their places; the first always is, and so is what has no rank.

        Columns that the person asked for come first, then the others by their rank: after the first of those that does
        not fit there is none.
        """
        shown, is_full = {0}, False
        for at in sorted(range(1, len(columns)), key=lambda at: self._place(columns[at])):
            column = columns[at]
            if column.key in self.unwanted:
                continue
            fits = widths[at] <= room and not is_full
            if fits or not column.rank:
                shown.add(at)
                room -= widths[at]
            elif column.key not in self.wanted:
                is_full = True
        return frozenset(shown)

    def _place(self, column: Column[Any]) -> tuple[int, int]:
        if column.rank and column.key in self.wanted:
            return 1, self.wanted.index(column.key)
        return (2, column.rank) if column.rank else (0, 0)

"""Bench: what a second of changes costs a table of installed models, by the number of its rows.

Four models in view tell sixty times a second how much of them is in the GPU, through the page itself: list in, rows
compared, cells told of, painted. Once the table is sorted by name, once by the column that changes, so that a change
may move its row. What the length is not paid for: rows that are the same are not read, only cells that are other are
told of, and nothing is sorted again for a value that nobody sorts by.
"""

import time
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from ollama_desk.domain.models import CAPABILITY_COMPLETION, Model, RunningModel
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.theme import Theme
from tests.bench.figures import Figure, hand_over, interleaved
from tests.bench.flush import dispose, settle, shown, turn

MANY, FEW = 5_000, 10
CHANGING = 4
TICKS = 60  # a second at 60 Hz
SIZE_BYTES = 4_000_000_000
STEP_BYTES = SIZE_BYTES // 100  # so that each tick says another per cent
LIMIT = 3.0
FIRST, LOADED = 0, 8  # columns


class Table:
    """The page of the installed models in a window of its own, with this many rows, four of which are in memory.

    Args:
        rows: how many.
        theme: its look.
        column: that it is sorted by, the largest first; the changing models are in view either way.
    """

    def __init__(self, rows: int, theme: Theme, column: int) -> None:
        self._at = datetime(2026, 1, 1, tzinfo=UTC)
        self._models = tuple(map(self._model, range(rows)))
        self._panel = ModelsPanel(theme)
        self._panel.show_server(ServerStatus(ServerState.READY))
        self._window = shown(self._panel)
        self._tick = 0
        self._show()
        order = Qt.SortOrder.AscendingOrder if column == FIRST else Qt.SortOrder.DescendingOrder
        self._panel.table.sortByColumn(column, order)
        settle()

    def change(self) -> float:
        """The CPU seconds of a second of changes."""
        began = time.process_time()
        for _ in range(TICKS):
            self._show()
            turn()
        return time.process_time() - began

    def close(self) -> None:
        dispose(self._window)

    def _show(self) -> None:
        self._tick += 1
        self._panel.show_models(self._models, tuple(map(self._running, range(CHANGING))))

    def _model(self, number: int) -> Model:
        name, size = f"model-{number:05}:8b", SIZE_BYTES + number
        can = frozenset({CAPABILITY_COMPLETION})
        return Model(name, f"{number:064x}", size, "8B", "Q4_K_M", "llama", 131_072, 0, can, self._at)

    def _running(self, number: int) -> RunningModel:
        """The per cent that it shows is another at each tick, and so is its size, by which the column is sorted."""
        step = (7 * self._tick + 11 * number) % 99 + 1
        until = self._at + timedelta(days=36_500)
        size = SIZE_BYTES + 1_000 * step
        return RunningModel(self._models[number].name, "", size, step * STEP_BYTES, 8_192, until)


def growth(theme: Theme, column: int, how: str) -> Figure:
    many, few = Table(MANY, theme, column), Table(FEW, theme, column)
    ratio = interleaved(many.change, few.change)
    many.close()
    few.close()
    detail = f"{1000 * ratio.first / TICKS:.2f} ms a tick against {1000 * ratio.second / TICKS:.2f} ms"
    return ratio.figure(f"4 × 60 Hz table updates, 5 000 rows / 10 rows, {how}", LIMIT, detail=detail)


def measure() -> list[Figure]:
    app = QApplication([])
    theme = Theme(app)
    theme.apply(ThemeChoice.LIGHT)
    return [growth(theme, FIRST, "sorted by name"), growth(theme, LOADED, "sorted by what changes")]


if __name__ == "__main__":
    hand_over(measure())

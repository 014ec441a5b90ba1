"""Models for tests of the table of those that are installed, and what the table says of them."""

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.models.panel import ModelsPanel

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
READY = ServerStatus(ServerState.READY)
CHAT = frozenset({"completion"})
SMALL = Model("small:1b", "a" * 64, 900_000_000, "1B", "Q8_0", "llama", 2048, 0, CHAT | {"tools"}, NOW - timedelta(2))
LARGE = Model("Large:70b", "b" * 64, 42_000_000_000, "70B", "Q4_K_M", "qwen3", 131_072, 0, CHAT | {"vision"}, NOW)
MIDDLE = Model("middle:900m", "c" * 64, 4_000_000_000, "900M", "F16", "bert", capabilities=frozenset({"embedding"}))
LOADED = RunningModel("small:1b", "a" * 64, 1_000_000_000, 1_000_000_000, 2048, NOW + timedelta(minutes=4, seconds=30))


def many_models(count: int) -> tuple[Model, ...]:
    return tuple(Model(f"model-{number:04}:8b", f"{number:064x}", number + 1, "8B") for number in range(count))


def names(panel: ModelsPanel) -> list[str]:
    """What the table shows, from above."""
    rows = panel.table.model()
    return [str(rows.index(row, 0).data()) for row in range(rows.rowCount())]


def columns(panel: ModelsPanel) -> list[str]:
    """The titles of the columns that are shown."""
    return [column.title for at, column in enumerate(panel.table.columns) if not panel.table.isColumnHidden(at)]


def cell(panel: ModelsPanel, name: str, key: str, role: int = Qt.ItemDataRole.DisplayRole) -> str:
    """What stands in the row of this model in the column of this key."""
    at = next(at for at, column in enumerate(panel.table.columns) if column.key == key)
    return str(panel.table.model().index(names(panel).index(name), at).data(role))


def select(panel: ModelsPanel, *wanted: str) -> None:
    """Select these models and no others."""
    chosen = panel.table.selectionModel()
    chosen.clearSelection()
    for name in wanted:
        index = panel.table.model().index(names(panel).index(name), 0)
        chosen.select(index, chosen.SelectionFlag.Select | chosen.SelectionFlag.Rows)


def focus(widget: QWidget) -> None:
    """Give a widget the focus in an active window, so that its keys work."""
    widget.window().activateWindow()
    widget.setFocus()
    QApplication.processEvents()

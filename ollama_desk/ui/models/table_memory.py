"""What the table of models remembers over restarts: columns, order, filters, and whether its drawer is open."""

from collections.abc import MutableMapping

from PySide6.QtCore import QObject, Qt

from ollama_desk.ui.column_choice import ColumnChoice
from ollama_desk.ui.models.model_filter import Kind
from ollama_desk.ui.models.panel import ModelsPanel

COLUMNS, SORT, WORDS, KIND, DRAWER = (
    "models.columns",
    "models.sort",
    "models.filter",
    "models.kind",
    "models.drawer",
)
DOWN, CLOSED = "down", "closed"


class TableMemory(QObject):
    """Takes up what is remembered, and writes down what a person changes.

    Args:
        texts: by their names, kept by the window.
        panel: the page of the table.
    """

    def __init__(self, texts: MutableMapping[str, str], *, panel: ModelsPanel) -> None:
        super().__init__(panel)
        self._texts = texts
        self._panel = panel
        self._recall()
        panel.columns.chosen.connect(self._on_columns_chosen)
        panel.table.horizontalHeader().sortIndicatorChanged.connect(self._on_sorted)
        panel.filters.changed.connect(self._on_filters_changed)
        panel.place.wanted_changed.connect(self._on_drawer_wanted)

    def _recall(self) -> None:
        texts, panel = self._texts, self._panel
        panel.table.choose_columns(ColumnChoice.parse(texts.get(COLUMNS, "")))
        key, _, direction = texts.get(SORT, "").partition(" ")
        orders = Qt.SortOrder
        for at, column in enumerate(panel.table.columns):
            if column.key == key:
                panel.table.sortByColumn(at, orders.DescendingOrder if direction == DOWN else orders.AscendingOrder)
        kind = next((kind for kind in Kind if kind.value == texts.get(KIND)), Kind.ALL)
        panel.filters.show_wish(texts.get(WORDS, ""), kind)
        panel.place.want(wanted=texts.get(DRAWER) != CLOSED)

    def _on_columns_chosen(self) -> None:
        self._keep(COLUMNS, str(self._panel.table.choice))

    def _on_sorted(self, at: int, order: Qt.SortOrder) -> None:
        key = self._panel.table.columns[at].key
        self._keep(SORT, f"{key} {DOWN}" if order is Qt.SortOrder.DescendingOrder else key)

    def _on_filters_changed(self) -> None:
        self._keep(WORDS, self._panel.filters.text)
        self._keep(KIND, self._panel.filters.kind.value)

    def _on_drawer_wanted(self, wanted: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._keep(DRAWER, "" if wanted else CLOSED)

    def _keep(self, name: str, text: str) -> None:
        if text:
            self._texts[name] = text
        else:
            self._texts.pop(name, None)

"""The Models page: what is installed, what is loaded, and what can be done with it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QToolButton, QVBoxLayout, QWidget

from ollama_desk.domain.fit import Fit
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.advice import Advice
from ollama_desk.ui.column_menu import ColumnMenu
from ollama_desk.ui.models.action_button import action_button
from ollama_desk.ui.models.actions import ModelActions, Names, always
from ollama_desk.ui.models.columns import LOADED
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.drawer_place import DrawerPlace
from ollama_desk.ui.models.installed_blank import InstalledBlank
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.models.model_filter import ModelFilter
from ollama_desk.ui.models.model_rows import ModelRows
from ollama_desk.ui.models.possible import possible
from ollama_desk.ui.models.table_filters import TableFilters
from ollama_desk.ui.models.table_tools import TableTools
from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.text import utc_now
from ollama_desk.ui.theme import Theme


class ModelsPanel(QWidget):
    """Shows models; asks for what a person wants done with some of them."""

    chat_requested = Signal(str)
    load_requested = Signal(str)
    unload_requested = Signal(str)
    rename_requested = Signal(str)
    delete_requested = Signal(tuple)  # of names
    demo_requested = Signal()
    start_server_requested = Signal()
    shown = Signal()
    hidden = Signal()
    current_changed = Signal(str)  # the model that alone is selected; empty: none, or several
    selected_changed = Signal(tuple)  # of names, from above

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._status = ServerStatus(ServerState.STOPPED)
        self._known = False
        self._selected: Names = ()
        self._rows = ModelRows(utc_now(), parent=self)
        self._sorted = ModelFilter(self._rows, parent=self)
        self.filters = TableFilters(theme, parent=self)
        self.filter = self.filters.search
        self.actions_row = ModelActions(theme, parent=self)
        self.table = RowTable(theme, several=True, parent=self)
        self.columns = ColumnMenu(self.table)
        self.blank = InstalledBlank(theme, parent=self)
        self.advice = Advice(theme, name=self.tr("About the Ollama of this machine"), parent=self)
        self._stack = QStackedWidget(self)
        self.place = DrawerPlace(theme, self._stack, parent=self)
        self._tools = TableTools(theme, self.filters, parent=self)
        self._choose_columns = QAction(self.tr("Columns"), self)
        self._table_buttons: list[QToolButton] = []
        self._lines = QVBoxLayout()
        self._layout = QVBoxLayout(self)
        self._prepare_table()
        self._arrange()
        self._connect()
        theme.changed.connect(self._space)
        self._space()
        self.setFocusProxy(self.filter)
        self._choose_page()

    def show_models(self, models: Sequence[Model], running: Sequence[RunningModel], *, known: bool = True) -> None:
        """Show what is installed and loaded; ``known`` says whether a server was asked at all."""
        self._known = known
        self._rows.show_models(models, running, utc_now())
        self.table.widen(LOADED, self._rows.longest_loaded())
        self._choose_page()
        self._show_possible()

    def show_fits(self, fits: Mapping[str, Fit]) -> None:
        """Show whether each model will run, by its name; of those that are not named it stays as it was."""
        self._rows.show_fits(fits)

    def show_speeds(self, speeds: Mapping[str, float]) -> None:
        """Show how fast models are, in tokens a second; of those that are not named nothing is known."""
        self._rows.show_speeds(speeds)

    def show_server(self, status: ServerStatus) -> None:
        """A server that does not answer has no models to show."""
        self._status = status
        self._choose_page()
        self._show_possible()

    def show_marks(self, mark: Mark, names: frozenset[str]) -> None:
        """For which models this mark holds, from now on; the other marks stay."""
        self._rows.show_marks(mark, names)

    def refresh_times(self) -> None:
        """Say again how long ago things were and how long models stay loaded."""
        self._rows.show_time(utc_now())

    def selected_names(self) -> Names:
        """The selected models, from above."""
        return self._selected

    def select(self, name: str) -> None:
        """Select this model alone, and bring it into view; a name that is not here changes nothing."""
        index = self._sorted.mapFromSource(self._rows.find(name))
        if index.isValid():
            chosen = self.table.selectionModel()
            chosen.setCurrentIndex(index, chosen.SelectionFlag.ClearAndSelect | chosen.SelectionFlag.Rows)
            self.table.scrollTo(index)

    def add_action(
        self, action: QAction, *, icon: str, for_many: bool, is_possible: Callable[[Names], bool] = always
    ) -> None:
        """One more thing to do with the selected models, among the buttons and in the context menu.

        Whoever adds it listens to ``action.triggered``, asks for ``selected_names`` then, and leaves it to this page to
        enable it: ``is_possible`` is asked at every selection, and again after ``enable_actions``.
        """
        self.actions_row.add(action, icon=icon, for_many=for_many, is_possible=is_possible)
        self.table.addAction(action)

    def enable_actions(self) -> None:
        """Ask the added actions again whether they can be done."""
        self.actions_row.enable_added()

    def add_tool(self, button: QWidget) -> None:
        """A button for what brings models, at the end of the row over the table; it stays where there are none."""
        self._tools.add(button)

    def add_line(self, line: QWidget) -> None:
        """What tells of work on the models, over the table; it shows and hides itself."""
        self._lines.addWidget(line)

    def place_drawer(self, drawer: ModelDrawer) -> None:
        """What tells more of the selected model: at the right of the table, or in its place."""
        self.place.place(drawer)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.hidden.emit()

    def _prepare_table(self) -> None:
        self.table.setAccessibleName(self.tr("Installed models"))
        self.table.show_columns(self._sorted, self._rows.columns)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        for action in (self.actions_row.rename, self.actions_row.delete, self.place.details):
            self.table.addAction(action)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)

    def _arrange(self) -> None:
        self._tools.add(self.actions_row)
        for action, icon in ((self._choose_columns, "columns"), (self.place.details, "panel")):
            button = action_button(action, icon=icon, theme=self._theme, parent=self)
            self._table_buttons.append(button)
            self._tools.add(button)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.blank)
        self._stack.setFocusProxy(self.table)
        self._layout.addWidget(self.advice)
        self._layout.addWidget(self._tools)
        self._layout.addLayout(self._lines)
        self._layout.addWidget(self.place, 1)

    def _connect(self) -> None:
        row = self.actions_row
        self.filters.changed.connect(self._on_filters_changed)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.table.activated.connect(self._on_activated)  # by Enter or a double click
        self.table.customContextMenuRequested.connect(self._on_context_menu_requested)
        self.blank.clear_requested.connect(self.filters.clear)
        self.blank.demo_requested.connect(self.demo_requested)
        self.blank.start_requested.connect(self.start_server_requested)
        self._choose_columns.triggered.connect(self._on_choose_columns)
        self.place.covered_changed.connect(lambda covered: self._tools.setVisible(not covered))
        for action, wish in (
            (row.chat, self.chat_requested),
            (row.load, self.load_requested),
            (row.rename, self.rename_requested),
        ):
            action.triggered.connect(partial(self._on_wish, wish))
        row.unload.triggered.connect(self._on_unload)
        row.delete.triggered.connect(lambda: self.delete_requested.emit(self._selected))

    def _choose_page(self) -> None:
        have = bool(self._rows.models)
        for tool in (self.filters, self.actions_row, *self._table_buttons):
            tool.setVisible(have)
        if have and self._sorted.rowCount():
            self._stack.setCurrentWidget(self.table)
            return
        if have:
            self.blank.show_nothing_found(self.filters.text)
        else:
            self.blank.show_server(self._status, known=self._known)
        self._stack.setCurrentWidget(self.blank)

    def _show_possible(self) -> None:
        models = [self._rows.models[name] for name in self._selected if name in self._rows.models]
        which = possible(models, self._rows.running, server_answers=self._status.state.answers)
        self.actions_row.show_possible(which, self._selected)

    def _on_selection_changed(self) -> None:
        before, self._selected = self._selected, self.table.selected_keys()
        if self._selected == before:
            return
        self._show_possible()
        self.place.follow(self._selected)
        self.selected_changed.emit(self._selected)
        alone = self._selected[0] if len(self._selected) == 1 else ""
        if alone != (before[0] if len(before) == 1 else ""):
            self.current_changed.emit(alone)

    def _on_filters_changed(self) -> None:
        self._sorted.show_only(self.filters.text, self.filters.kind)
        self._choose_page()

    def _on_activated(self, _index: QModelIndex) -> None:
        self.actions_row.chat.trigger()

    def _on_wish(self, wish: SignalInstance) -> None:
        if len(self._selected) == 1:
            wish.emit(self._selected[0])

    def _on_unload(self) -> None:
        for name in self._selected:
            if name in self._rows.running:
                self.unload_requested.emit(name)

    def _on_choose_columns(self) -> None:
        button = self._table_buttons[0]
        self.columns.menu().popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _on_context_menu_requested(self, at: QPoint) -> None:
        if self._selected:
            self.actions_row.menu().popup(self.table.viewport().mapToGlobal(at))

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(24), 0, px(24), px(8))
        self._layout.setSpacing(px(12))
        self.place.setHandleWidth(px(12))

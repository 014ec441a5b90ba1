"""The Models page: what is installed, what is loaded, and what can be done with it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPoint, QRegularExpression, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from ollama_desk.domain.fit import Fit
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.advice import Advice
from ollama_desk.ui.blank import Blank
from ollama_desk.ui.language import said
from ollama_desk.ui.models.actions import ModelActions, possible
from ollama_desk.ui.models.columns import ModelRow, model_columns
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.table_model import KEY_ROLE, SORT_ROLE, TableModel
from ollama_desk.ui.text import one_line, utc_now
from ollama_desk.ui.theme import Theme


class ModelsPanel(QWidget):
    """Shows models; asks for what a person wants done with one."""

    chat_requested = Signal(str)
    load_requested = Signal(str)
    unload_requested = Signal(str)
    delete_requested = Signal(tuple)  # of names
    demo_requested = Signal()
    start_server_requested = Signal()
    shown = Signal()
    current_changed = Signal(str)  # the model that alone is selected; empty: none, or several

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._models: dict[str, Model] = {}
        self._running: dict[str, RunningModel] = {}
        self._fits: Mapping[str, Fit] = {}
        self._status = ServerStatus(ServerState.STOPPED)
        self._known = False
        self._marks: dict[Mark, frozenset[str]] = {}
        self._rows = TableModel(model_columns(), key=_key, parent=self)
        self._sorted = QSortFilterProxyModel(self)
        self.filter = QLineEdit(self)
        self.actions_row = ModelActions(theme, parent=self)
        self.table = RowTable(theme, parent=self)
        self.blank = Blank(theme, parent=self)
        self.advice = Advice(theme, name=self.tr("About the Ollama of this machine"), parent=self)
        self._stack = QStackedWidget(self)
        self._tools = QHBoxLayout()
        self._lines = QVBoxLayout()
        self._body = QHBoxLayout()
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
        self._models = {model.name: model for model in models}
        self._running = {each.name: each for each in running}
        self._known = known
        now = utc_now()
        self._rows.show_rows(
            [ModelRow(model, self._running.get(model.name), now, self._fits.get(model.name)) for model in models]
        )
        self._choose_page()
        self._follow_selection()

    def show_fits(self, fits: Mapping[str, Fit]) -> None:
        """Show whether each model will run, by its name; of those that are not named it stays as it was."""
        self._fits = {**self._fits, **fits}
        self.refresh_times()

    def show_server(self, status: ServerStatus) -> None:
        """A server that does not answer has no models to show."""
        self._status = status
        self._choose_page()
        self._follow_selection()

    def refresh_times(self) -> None:
        """Say again how long ago things were and how long models stay loaded."""
        self.show_models(tuple(self._models.values()), tuple(self._running.values()), known=self._known)

    def add_tool(self, button: QWidget) -> None:
        """A button for what brings models, at the end of the row over the table; it stays where there are none."""
        self._tools.addWidget(button)

    def add_line(self, line: QWidget) -> None:
        """What tells of work on the models, over the table; it shows and hides itself."""
        self._lines.addWidget(line)

    def place_drawer(self, drawer: QWidget) -> None:
        """What tells more of the selected model, at the right of the table; it shows and hides itself."""
        self._body.addWidget(drawer)

    def show_marks(self, mark: Mark, names: frozenset[str]) -> None:
        """For which models this mark holds, from now on; the other marks stay."""
        self._marks[mark] = names

    def select(self, name: str) -> None:
        """Select this model alone, and bring it into view; a name that is not here changes nothing."""
        for row in range(self._sorted.rowCount()):
            index = self._sorted.index(row, 0)
            if index.data(KEY_ROLE) == name:
                self.table.selectRow(row)
                self.table.scrollTo(index)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.filter.hasFocus():
            self.filter.clear()
            return
        super().keyPressEvent(event)

    def _prepare_table(self) -> None:
        self._sorted.setSourceModel(self._rows)
        self._sorted.setSortRole(SORT_ROLE)
        self._sorted.setFilterKeyColumn(0)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.table.setAccessibleName(self.tr("Installed models"))
        self.table.show_columns(self._sorted, self._rows.columns)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.addAction(self.actions_row.delete)
        self.actions_row.delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)

    def _arrange(self) -> None:
        self.filter.setPlaceholderText(self.tr("Filter models"))
        self.filter.setAccessibleName(self.tr("Filter models"))
        self.filter.setClearButtonEnabled(True)
        self._tools.addWidget(self.filter, 100)
        self._tools.addStretch(1)
        self._tools.addWidget(self.actions_row)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.blank)
        self._layout.addWidget(self.advice)
        self._layout.addLayout(self._tools)
        self._layout.addLayout(self._lines)
        self._body.addWidget(self._stack, 1)
        self._layout.addLayout(self._body, 1)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._on_filter_changed)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.table.activated.connect(self._on_activated)  # by Enter or a double click
        self.table.customContextMenuRequested.connect(self._on_context_menu_requested)
        self.blank.requested.connect(self._on_blank_requested)
        self.actions_row.chat.triggered.connect(lambda: self.chat_requested.emit(self.table.current_key()))
        self.actions_row.load.triggered.connect(lambda: self.load_requested.emit(self.table.current_key()))
        self.actions_row.unload.triggered.connect(lambda: self.unload_requested.emit(self.table.current_key()))
        self.actions_row.delete.triggered.connect(self._on_delete_requested)

    def _choose_page(self) -> None:
        answers = self._status.state.answers
        have = bool(self._models)
        self.filter.setVisible(have)
        self.actions_row.setVisible(have)
        nothing_found = have and self._sorted.rowCount() == 0
        self._stack.setCurrentWidget(self.table if have and not nothing_found else self.blank)
        if nothing_found:
            name = one_line(self.filter.text(), 60)
            self.blank.show_words(
                self.tr("No model is called like that"), self.tr("Nothing matches “%1”.").replace("%1", name)
            )
        elif self._status.state.is_passing or (answers and not self._known):
            self.blank.show_words(self.tr("One moment"), self.tr("The server is being asked what it has."))
        elif answers:
            self.blank.show_words(
                self.tr("No models yet"),
                self.tr("Models that are installed on this machine are listed here. Try one that comes with the app."),
                self.tr("Try it without a download"),
            )
        else:
            self.blank.show_words(
                self.tr("The server is not running"),
                one_line(said(self._status.reason)) or self.tr("Start it to see the models on this machine."),
                self.tr("Start server"),
            )

    def _follow_selection(self) -> None:
        name = self.table.current_key()
        answers = self._status.state.answers
        which = possible(self._models.get(name), self._running.get(name), server_answers=answers)
        self.actions_row.show_possible(which)

    def _on_selection_changed(self) -> None:
        self._follow_selection()
        self.current_changed.emit(self.table.current_key())

    def _on_filter_changed(self, text: str) -> None:
        self._sorted.setFilterRegularExpression(
            QRegularExpression(
                QRegularExpression.escape(text.strip()), QRegularExpression.PatternOption.CaseInsensitiveOption
            )
        )
        self._choose_page()
        self._follow_selection()

    def _on_activated(self, _index: QModelIndex) -> None:
        self.actions_row.chat.trigger()

    def _on_context_menu_requested(self, at: QPoint) -> None:
        if self.table.current_key():
            self.actions_row.menu().popup(self.table.viewport().mapToGlobal(at))

    def _on_blank_requested(self) -> None:
        (self.demo_requested if self._status.state.answers else self.start_server_requested).emit()

    def _on_delete_requested(self) -> None:
        name = self.table.current_key()
        if name:
            self.delete_requested.emit((name,))

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(24), 0, px(24), px(8))
        self._layout.setSpacing(px(12))
        self.filter.setMinimumWidth(px(120))
        self.filter.setMaximumWidth(px(320))


def _key(row: ModelRow) -> str:
    return row.model.name

"""The list of downloads: how far each is, and what a person can do about it."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.ui.blank import Blank
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.models.cancel_dialog import CancelDialog
from ollama_desk.ui.models.download_columns import JobRow, job_columns
from ollama_desk.ui.models.download_text import summary, summary_text
from ollama_desk.ui.models.job_actions import JobActions, doable
from ollama_desk.ui.models.job_delegate import JobDelegate
from ollama_desk.ui.models.job_details import JobDetails
from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.table_model import KEY_ROLE, SORT_ROLE, TableModel
from ollama_desk.ui.theme import Theme

ROW_PX = 52  # a bar and a line of words below it
DETAILS_PX = 210
TOOLS_PX = 300  # of the row of buttons without its words


class DownloadsPanel(QWidget):
    """Shows jobs in the order of the queue; asks for what a person wants done with one."""

    pause_requested = Signal(int)
    resume_requested = Signal(int)
    retry_requested = Signal(int)
    cancel_requested = Signal(int, bool)  # whether to keep what has come
    dismiss_requested = Signal(int)
    move_requested = Signal(int, int)  # to this place in the list
    clear_requested = Signal()
    chat_requested = Signal(str)
    get_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._jobs: dict[int, PullJob] = {}
        self._places: dict[int, int] = {}
        self._rows = TableModel(job_columns(), key=_key, parent=self)
        self._ordered = QSortFilterProxyModel(self)
        self.total = ElidedLabel(self)
        self.actions_row = JobActions(theme, parent=self)
        self.clear = QPushButton(self)
        self.more = QPushButton(self)
        self.table = RowTable(theme, row_px=ROW_PX, parent=self)
        self.details = JobDetails(theme, parent=self)
        self.blank = Blank(theme, parent=self)
        self._stack = QStackedWidget(self)
        self._tools = QHBoxLayout()
        self._layout = QVBoxLayout(self)
        self._prepare_table()
        self._arrange()
        self._connect()
        theme.changed.connect(self._space)
        self._space()
        self.setFocusProxy(self.table)
        self.show_jobs(())

    def show_jobs(self, jobs: Sequence[PullJob]) -> None:
        """The list, its order or the state of a job is another."""
        self._jobs = {job.id: job for job in jobs}
        self._places = {job.id: place for place, job in enumerate(jobs)}
        self._rows.show_rows([JobRow(job, place) for place, job in enumerate(jobs)])
        self._stack.setCurrentIndex(1 if jobs else 0)
        self.clear.setEnabled(any(job.state.is_over for job in jobs))
        if jobs and not self.table.current_key():
            self.table.setCurrentIndex(self._ordered.index(0, 0))
        self._sum_up()
        self._follow_selection()

    def show_job(self, job: PullJob) -> None:
        """One job is further."""
        if job.id not in self._jobs:
            return
        self._jobs[job.id] = job
        self._rows.show_row(JobRow(job, self._places[job.id]))
        self._sum_up()
        if job.id == self.selected_id():
            self._follow_selection()

    def selected_id(self) -> int:
        """Of the selected job; 0 for none."""
        return int(self.table.current_key() or 0)

    def select(self, job_id: int) -> None:
        """Select a job and bring it into view."""
        for row in range(self._ordered.rowCount()):
            if self._ordered.index(row, 0).data(KEY_ROLE) == str(job_id):
                self.table.setCurrentIndex(self._ordered.index(row, 0))  # selectRow errs from right to left

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        """Where it is narrow buttons with an icon go without their words; the details leave room for the list."""
        words = {self.more: self.tr("Details"), self.clear: self.tr("Clear ended")}
        metrics, px = self.more.fontMetrics(), self._theme.px
        needed = sum(map(metrics.horizontalAdvance, (self.total.text(), *words.values()))) + px(TOOLS_PX)
        for button, text in words.items():
            button.setText(text if self.width() >= needed else "")
            button.setAccessibleName(text)
            button.setToolTip(text)
        self.details.setFixedHeight(min(px(DETAILS_PX), round(self.height() * 0.55)))

    def _prepare_table(self) -> None:
        self._ordered.setSourceModel(self._rows)
        self._ordered.setSortRole(SORT_ROLE)
        self.table.setAccessibleName(self.tr("Downloads"))
        self.table.show_columns(self._ordered, self._rows.columns)
        self.table.setSortingEnabled(False)  # the order is the queue's
        self._ordered.sort(0)
        self.table.setItemDelegate(JobDelegate(self.table))
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.addActions(list(self.actions_row.all()))

    def _arrange(self) -> None:
        self.more.setCheckable(True)
        for button, icon in ((self.more, "info"), (self.clear, "check")):
            button.setProperty("kind", "quiet")
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            IconSetter(button, theme=self._theme, name=icon, size=16)
        self.details.hide()
        tools = self._tools
        tools.addWidget(self.total)
        tools.addStretch(1)
        for widget in (self.actions_row, self.more, self.clear):
            tools.addWidget(widget)
        self._list = QWidget(self)
        inner = QVBoxLayout(self._list)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addLayout(tools)
        inner.addWidget(self.table, 1)
        inner.addWidget(self.details)
        self._stack.addWidget(self.blank)
        self._stack.addWidget(self._list)
        self._layout.addWidget(self._stack)
        self.blank.show_words(
            self.tr("No downloads"),
            self.tr("Models that you download are listed here while they come, with what went wrong if something did."),
            self.tr("Get models"),
        )

    def _connect(self) -> None:
        act = self.actions_row
        self.blank.requested.connect(self.get_requested)
        self.clear.clicked.connect(self.clear_requested)
        self.more.toggled.connect(self._on_details_toggled)
        self.table.selectionModel().selectionChanged.connect(self._follow_selection)
        self.table.activated.connect(self._on_activated)  # by Enter or a double click
        self.table.customContextMenuRequested.connect(self._on_context_menu_requested)
        for action, wish in (
            (act.pause, self.pause_requested),
            (act.resume, self.resume_requested),
            (act.retry, self.retry_requested),
        ):
            action.triggered.connect(lambda _checked=False, wish=wish: wish.emit(self.selected_id()))
        act.up.triggered.connect(lambda: self._move(-1))
        act.down.triggered.connect(lambda: self._move(1))
        act.cancel.triggered.connect(self._on_cancel_triggered)
        act.dismiss.triggered.connect(self._on_dismiss_triggered)
        act.chat.triggered.connect(self._on_chat_triggered)

    def _sum_up(self) -> None:
        self.total.show_text(summary_text(summary(tuple(self._jobs.values()))))

    def _follow_selection(self) -> None:
        job = self._jobs.get(self.selected_id())
        going = sum(not each.state.is_over for each in self._jobs.values())
        self.actions_row.show_doable(doable(job, self._places[job.id] if job else 0, going))
        self.more.setEnabled(job is not None)
        self.details.setVisible(job is not None and self.more.isChecked())
        if job is not None and self.more.isChecked():
            self.details.show_job(job)

    def _move(self, by: int) -> None:
        job_id = self.selected_id()
        if job_id in self._places:
            self.move_requested.emit(job_id, self._places[job_id] + by)

    def _on_details_toggled(self, _on: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self._follow_selection()

    def _on_activated(self, _index: QModelIndex) -> None:
        self.more.toggle()

    def _on_context_menu_requested(self, at: QPoint) -> None:
        if self.selected_id():
            self.actions_row.menu().popup(self.table.viewport().mapToGlobal(at))

    def _on_cancel_triggered(self) -> None:
        """What has come is worth a question, nothing is not."""
        job = self._jobs.get(self.selected_id())
        if job is None:
            return
        job_id = job.id
        if job.completed_bytes <= 0:
            self.cancel_requested.emit(job_id, False)  # noqa: FBT003 - a Qt signal's argument
            return
        CancelDialog(
            self.window(), theme=self._theme, job=job, on_answer=lambda keep: self.cancel_requested.emit(job_id, keep)
        ).open()

    def _on_dismiss_triggered(self) -> None:
        """A failed download may have left something on the disk."""
        job = self._jobs.get(self.selected_id())
        if job is not None and job.state is PullState.FAILED and job.completed_bytes > 0:
            self._on_cancel_triggered()
        elif job is not None:
            self.dismiss_requested.emit(job.id)

    def _on_chat_triggered(self) -> None:
        job = self._jobs.get(self.selected_id())
        if job is not None:
            self.chat_requested.emit(job.name)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(24), 0, px(24), px(8))
        inner = self._list.layout()
        if inner is not None:
            inner.setSpacing(px(8))
        self._choose()


def _key(row: JobRow) -> str:
    return str(row.job.id)

"""The view of the disk: what the models take as a picture and as a table, what is damaged and what can go."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ollama_desk.domain.upkeep import Leftover, Upkeep, VerifyProgress
from ollama_desk.ui.blank import Blank
from ollama_desk.ui.language import said
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.disk_bar import DiskBar
from ollama_desk.ui.models.disk_clean import CleanDialog
from ollama_desk.ui.models.disk_columns import UseRow, use_columns
from ollama_desk.ui.models.disk_damage import DiskDamage
from ollama_desk.ui.models.disk_picture import DiskPicture
from ollama_desk.ui.models.disk_text import folder_text, verify_text
from ollama_desk.ui.models.work_line import WorkLine
from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.table_model import KEY_ROLE, SORT_ROLE, TableModel
from ollama_desk.ui.text import one_line, tooltip, utc_now
from ollama_desk.ui.theme import Theme

ROWS = 7.5  # of the table that are seen at the least; half a row says that there are more
TITLE_PX, LINE_PX = 160, 260


class DiskPanel(QWidget):
    """Shows what is known of the folder; asks for what a person wants done about it."""

    verify_requested = Signal(object)  # a tuple of names; empty: all
    pause_requested = Signal()
    resume_requested = Signal()
    cancel_requested = Signal()
    clean_requested = Signal(bool)  # whether recent ones count too
    remove_requested = Signal(object)  # a tuple of leftovers
    repair_requested = Signal(str)
    downloads_requested = Signal()
    appeared = Signal()
    get_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._upkeep = Upkeep()
        self._used: Mapping[str, datetime] = {}
        self._dialog: CleanDialog | None = None
        self._rows = TableModel(use_columns(), key=_key, parent=self)
        self._sorted = QSortFilterProxyModel(self)
        self.title = wrapping_label("", parent=self)
        self.verify = QPushButton(self)
        self.clean = QPushButton(self)
        self.line = WorkLine(theme, name=self.tr("Verifying files"), parent=self)
        self.pause = QPushButton(self)
        self.told = WorkLine(theme, name=self.tr("Clean up and mend"), parent=self)
        self.damage = DiskDamage(theme, parent=self)
        self.picture = DiskPicture(theme, parent=self)
        self.bar = DiskBar(theme, parent=self)
        self.table = RowTable(theme, several=True, parent=self)
        self.blank = Blank(theme, parent=self)
        self._area = QScrollArea(self)
        self._inside = QWidget(self._area)
        self._layout = QVBoxLayout(self._inside)
        self._arrange()
        self._connect()
        theme.changed.connect(self._space)
        self._space()
        self.setFocusProxy(self.table)
        self._name_verify()
        self.show_upkeep(Upkeep())

    def show_upkeep(self, upkeep: Upkeep) -> None:
        """What is known is another."""
        self._upkeep = upkeep
        use = upkeep.use
        if use is not None:
            self.title.setText(folder_text(use))
            self.title.setToolTip(tooltip(one_line(use.folder)))
            self.picture.show_use(use, upkeep.damaged)
            self.bar.show_use(use)
            self._fill()
        self.damage.show_healths(upkeep.healths, untouchable=upkeep.untouchable)
        self._say_what_can_be_done()
        if upkeep.progress is not None:
            self.show_progress(upkeep.progress)
        is_empty = use is None or not (use.models or use.used_bytes)
        if is_empty:
            self._say_why_empty()
        self.table.setVisible(use is not None and bool(use.models))
        self.blank.setVisible(is_empty)
        self._head.setVisible(not is_empty)
        self.picture.setVisible(use is not None and bool(self.picture.buttons))
        self.bar.setVisible(use is not None and bool(self.bar.words.text()))

    def show_progress(self, progress: VerifyProgress) -> None:
        """The verification is further."""
        share = progress.done_bytes / progress.total_bytes if progress.total_bytes else None
        self.line.show_work(verify_text(progress), share=share)
        self.pause.setText(self.tr("Resume") if progress.is_paused else self.tr("Pause"))
        self.pause.setAccessibleName(self.pause.text())
        self.pause.show()
        self._work.show()

    def show_verified(self, text: str) -> None:
        """How the verification ended; nothing where it was ended by the person."""
        self.pause.hide()
        self._work.setVisible(bool(text))
        if text:
            self.line.show_result(text)
        else:
            self.line.hide()

    def show_result(self, text: str, *, act: str = "") -> None:
        """What came of a clean-up or a repair, or why it cannot be."""
        self.told.show_result(said(text), act=act)

    def show_used(self, used: Mapping[str, datetime]) -> None:
        """When models were used last, by name."""
        self._used = dict(used)
        self._fill()

    def ask_to_clean(self, leftovers: Sequence[Leftover]) -> None:
        """Show what could go, and ask."""
        if self._dialog is None:
            self._dialog = CleanDialog(self.window(), theme=self._theme, on_yes=self.remove_requested.emit)
            self._dialog.recent_toggled.connect(self.clean_requested)
            self._dialog.finished.connect(self._on_dialog_finished)
            self._dialog.show_leftovers(leftovers)
            self._dialog.open()
        else:
            self._dialog.show_leftovers(leftovers)

    def add_card(self, widget: QWidget) -> None:
        """One more card, below the table."""
        self._layout.insertWidget(self._layout.count() - 1, widget)

    def show_card(self, widget: QWidget) -> None:
        """Bring one of the cards into view."""
        self._area.ensureWidgetVisible(widget)

    def select(self, name: str) -> None:
        """Select a model and bring it into view."""
        for row in range(self._sorted.rowCount()):
            if self._sorted.index(row, 0).data(KEY_ROLE) == name:
                self.table.setCurrentIndex(self._sorted.index(row, 0))
                self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.appeared.emit()

    def _fill(self) -> None:
        use, now = self._upkeep.use, utc_now().replace(second=0, microsecond=0)
        healths = {each.name: each for each in self._upkeep.healths}
        models = use.models if use is not None else ()
        rows = [
            UseRow(model, healths[model.name], now, self._used.get(model.name))
            for model in models
            if model.name in healths
        ]
        self._rows.show_rows(rows)
        shown = min(len(rows), ROWS) + 1  # and the header
        self.table.setFixedHeight(round(shown * self.table.verticalHeader().defaultSectionSize()) + self._theme.px(8))

    def _say_what_can_be_done(self) -> None:
        upkeep = self._upkeep
        is_idle = upkeep.progress is None and upkeep.use is not None and bool(upkeep.use.models)
        self.verify.setEnabled(is_idle)
        why = said(upkeep.untouchable)
        self.clean.setEnabled(upkeep.use is not None and not why)
        hint = why or self.tr("Remove files that no model needs. You see them before.")
        self.clean.setToolTip(tooltip(hint))
        self.clean.setAccessibleDescription(hint)

    def _say_why_empty(self) -> None:
        if self._upkeep.unseen:
            self.blank.show_words(self.tr("The disk cannot be shown"), said(self._upkeep.unseen))
        elif self._upkeep.use is None:
            self.blank.show_words("", "")
        else:
            words = self.tr("Models that you download or import are shown here with the space that they take.")
            self.blank.show_words(self.tr("No models yet"), words, self.tr("Get models"))

    def _arrange(self) -> None:
        self._sorted.setSourceModel(self._rows)
        self._sorted.setSortRole(SORT_ROLE)
        self.table.setAccessibleName(self.tr("Disk use of the models"))
        self.table.show_columns(self._sorted, self._rows.columns)
        self.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        hint = self.tr("Read every file and compare it with its checksum. With models selected: only theirs.")
        self.verify.setToolTip(tooltip(hint))
        self.verify.setAccessibleDescription(hint)
        self.clean.setText(self.tr("Clean up…"))
        self._work = BendingRow(self._theme, self.line, self.pause, stretch=self.line, least_px=LINE_PX, parent=self)
        self._head = BendingRow(
            self._theme, self.title, self.verify, self.clean, stretch=self.title, least_px=TITLE_PX, parent=self
        )
        parts = (self._head, self._work, self.told, self.damage, self.picture, self.bar, self.table, self.blank)
        for part in parts:
            self._layout.addWidget(part)
        self._layout.addStretch(1)
        self._work.hide()
        self._area.setWidget(self._inside)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(self.tr("Disk"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)

    def _connect(self) -> None:
        self.verify.clicked.connect(self._on_verify_clicked)
        self.table.selectionModel().selectionChanged.connect(self._name_verify)
        self.clean.clicked.connect(lambda: self.clean_requested.emit(False))  # noqa: FBT003 - a Qt signal's argument
        self.pause.clicked.connect(self._on_pause_clicked)
        self.line.cancel_requested.connect(self.cancel_requested)
        self.told.act_requested.connect(self.downloads_requested)
        self.line.closed.connect(self._work.hide)
        self.damage.repair_requested.connect(self.repair_requested)
        self.picture.model_chosen.connect(self.select)
        self.picture.clean_requested.connect(self.clean.click)
        self.blank.requested.connect(self.get_requested)

    def _name_verify(self) -> None:
        count = len(self.table.selected_keys())
        self.verify.setText(self.tr("Verify %n models", None, count) if count else self.tr("Verify all files"))

    def _on_verify_clicked(self) -> None:
        self.verify_requested.emit(self.table.selected_keys())

    def _on_pause_clicked(self) -> None:
        is_paused = self._upkeep.progress is not None and self._upkeep.progress.is_paused
        (self.resume_requested if is_paused else self.pause_requested).emit()

    def _on_dialog_finished(self, _result: int) -> None:
        self._dialog = None

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(24), 0, px(24), px(16))
        self._layout.setSpacing(px(12))
        self._fill()


def _key(row: UseRow) -> str:
    return row.model.name

"""The question before a clean-up: what goes, file by file, and what comes back."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from ollama_desk.domain.upkeep import Leftover
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.disk_columns import LeftoverRow, leftover_columns
from ollama_desk.ui.models.disk_text import bytes_text
from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.table_model import SORT_ROLE, TableModel
from ollama_desk.ui.text import utc_now
from ollama_desk.ui.theme import Theme

WIDE_PX, TALL_PX = 560, 400
MARGIN = 24  # to the edges of the window where that is small


class CleanDialog(QDialog):
    """Asks; destroys itself when answered.

    Args:
        parent: the window that waits.
        theme: for its measures.
        on_yes: called once, with what goes.
    """

    recent_toggled = Signal(bool)

    def __init__(self, parent: QWidget, *, theme: Theme, on_yes: Callable[[tuple[Leftover, ...]], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Clean up"))
        self._theme = theme
        self._leftovers: tuple[Leftover, ...] = ()
        self._rows = TableModel(leftover_columns(), key=_key, parent=self)
        self._sorted = QSortFilterProxyModel(self)
        self.question = wrapping_label("title", parent=self)
        self.explanation = wrapping_label("", parent=self)
        self.table = RowTable(theme, parent=self)
        self.recent = QCheckBox(self.tr("Also what was written in the last minutes"), self)
        self.yes = QPushButton(self.tr("Remove"), self)
        self.no = QPushButton(self.tr("Cancel"), self)
        self._arrange(parent.size())
        self.recent.toggled.connect(self.recent_toggled)
        self.accepted.connect(lambda: on_yes(self._leftovers))
        self.show_leftovers(())

    def show_leftovers(self, leftovers: Sequence[Leftover]) -> None:
        """What could go is this."""
        self._leftovers = tuple(leftovers)
        now = utc_now()
        self._rows.show_rows([LeftoverRow(each, now) for each in leftovers])
        freed = sum(each.size_bytes for each in leftovers)
        if leftovers:
            self.question.setText(self.tr("Remove %n entries that no model needs?", None, len(leftovers)))
            words = self.tr("%1 come back. This cannot be undone. Installed models and the downloads in the list stay.")
            self.explanation.setText(words.replace("%1", bytes_text(freed)))
        else:
            self.question.setText(self.tr("There is nothing to clean up"))
            self.explanation.setText(
                self.tr("What was written in the last minutes is left alone: another program may be about to use it.")
            )
        self.table.setVisible(bool(leftovers))
        self.yes.setEnabled(bool(leftovers))
        layout = self.layout()
        if layout is not None:  # labels that wrap are squeezed otherwise
            self.setMinimumHeight(layout.totalHeightForWidth(self.width()) - self.table.sizeHint().height() // 2)

    def _arrange(self, room: QSize) -> None:
        px = self._theme.px
        self._sorted.setSourceModel(self._rows)
        self._sorted.setSortRole(SORT_ROLE)
        self.table.setAccessibleName(self.tr("What would be removed"))
        self.table.show_columns(self._sorted, self._rows.columns)
        self.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
        self.recent.setToolTip(self.tr("Only while no other program adds models to this folder."))
        self.yes.setProperty("kind", "danger")
        buttons = QDialogButtonBox(self)
        buttons.addButton(self.yes, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.no, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(24), px(20), px(24), px(16))
        layout.setSpacing(px(12))
        for widget in (self.question, self.explanation):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.recent)
        layout.addWidget(buttons)
        self.no.setDefault(True)
        self.no.setFocus()
        self.resize(min(px(WIDE_PX), room.width() - MARGIN), min(px(TALL_PX), room.height() - MARGIN))


def _key(row: LeftoverRow) -> str:
    return row.leftover.files[0].path

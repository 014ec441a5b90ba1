"""What there is to know about one download: its whole name, why it stands as it does, and its layers."""

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ollama_desk.domain.pulls import LayerProgress, PullJob
from ollama_desk.ui.models.download_columns import layer_columns
from ollama_desk.ui.models.download_text import reason_text, state_text
from ollama_desk.ui.models.offer_card import leading
from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.table_model import SORT_ROLE, TableModel
from ollama_desk.ui.text import exact_time, one_line
from ollama_desk.ui.theme import Theme


class JobDetails(QFrame):
    """Below the list, for the selected download."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = theme
        self._rows = TableModel(layer_columns(), key=_key, parent=self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self._rows)
        self._proxy.setSortRole(SORT_ROLE)
        self.name = self._label("caption")
        self.reason = self._label("")
        self.times = self._label("note")
        self.layers = RowTable(theme, row_px=28, parent=self)
        self.layers.setProperty("role", "inset")
        self.layers.setAccessibleName(self.tr("Layers of the model"))
        self.layers.show_columns(self._proxy, self._rows.columns)
        self.layers.setSortingEnabled(False)
        self._proxy.sort(-1)  # in the order of the manifest
        self._layout = QVBoxLayout(self)
        for widget in (self.name, self.reason, self.times):
            self._layout.addWidget(widget)
        self._layout.addWidget(self.layers, 1)
        self._layout.addStretch()
        theme.changed.connect(self._space)
        self._space()

    def show_job(self, job: PullJob) -> None:
        """Show this download; of the same one only what has changed is drawn again."""
        _say(self.name, one_line(job.name))
        _say(self.reason, reason_text(job))
        self.reason.setVisible(bool(self.reason.text()))
        _say(self.times, self._times_text(job))
        self._rows.show_rows(job.layers)
        self.layers.setVisible(bool(job.layers))

    def _times_text(self, job: PullJob) -> str:
        asked = self.tr("Asked for on %1").replace("%1", exact_time(job.added_at))
        if job.ended_at is None:
            return asked
        return f"{asked} · {state_text(job)}: {exact_time(job.ended_at)}"

    def _label(self, role: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        label.setProperty("role", role)
        label.setAlignment(leading())
        return label

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), px(12), px(16), px(8))
        self._layout.setSpacing(px(4))


def _say(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)


def _key(layer: LayerProgress) -> str:
    return layer.digest

"""What of the catalogue is shown: words to search for, a task, a size, a licence."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ollama_desk.domain.catalogue import CatalogueWish, Task
from ollama_desk.ui.imports.tick import Tick
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.catalogue_text import task_text
from ollama_desk.ui.settings.controls import Choice
from ollama_desk.ui.text import size_text, tooltip
from ollama_desk.ui.theme import Theme

SIZES_GB = (2, 4, 8, 16, 32)
GB = 1_000_000_000
WORDS_LIMIT = 200  # characters
SEARCH_PX = 240  # what the search box has to have beside the tick


class CatalogueFilters(QWidget):
    """A search box, three choices and, where the memory is known, a tick; says when any of them changed."""

    changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.search = QLineEdit(self)
        self.search.setMaxLength(WORDS_LIMIT)
        self.search.setClearButtonEnabled(True)
        self.fits = Tick(theme, self.tr("Fits this machine"), parent=self)
        self.fits.hide()
        self._room_bytes = 0
        self.search.setPlaceholderText(self.tr("Search the catalogue"))
        self.search.setAccessibleName(self.tr("Search the catalogue"))
        self.task = Choice(theme, parent=self)
        self.task.name(self.tr("Task"))
        self.task.show_choices([("", self.tr("Any task")), *((each.value, task_text(each)) for each in Task)])
        self.limit = Choice(theme, parent=self)
        self.limit.name(self.tr("Size"))
        upto = self.tr("Up to %1 GB")
        self.limit.show_choices([(0, self.tr("Any size")), *((n * GB, upto.replace("%1", str(n))) for n in SIZES_GB)])
        self.licence = Choice(theme, parent=self)
        self.licence.name(self.tr("Licence"))
        self.show_licences(())
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(
            BendingRow(theme, self.search, self.fits, stretch=self.search, least_px=SEARCH_PX, parent=self)
        )
        self._row = QHBoxLayout()
        for choice in self._choices():
            self._row.addWidget(choice, 1)
        self._layout.addLayout(self._row)
        self.search.textChanged.connect(self.changed)
        self.fits.toggled.connect(self.changed)
        for choice in self._choices():
            choice.picked.connect(self.changed)
        theme.changed.connect(self._space)
        self._space()
        self.clear()

    @property
    def wish(self) -> CatalogueWish:
        """What is looked for."""
        task, limit, licence = self.task.value, self.limit.value, self.licence.value
        return CatalogueWish(
            self.search.text(),
            Task(task) if isinstance(task, str) and task else None,
            limit if isinstance(limit, int) else 0,
            self._room_bytes if self.fits.isChecked() else 0,
            licence if isinstance(licence, str) else "",
        )

    def show_licences(self, licences: Sequence[str]) -> None:
        """The licences that there are to choose from."""
        self.licence.show_choices([("", self.tr("Any licence")), *((each, each) for each in licences)])

    def show_room(self, room_bytes: int) -> None:
        """The memory that a model can have here; 0: not known, and then it is no filter."""
        self._room_bytes = room_bytes
        self.fits.setVisible(room_bytes > 0)
        self.fits.setToolTip(tooltip(self.tr("About %1 of memory is free").replace("%1", size_text(room_bytes))))
        if self.fits.isChecked():
            self.changed.emit()

    def clear(self) -> None:
        """Look for anything."""
        with QSignalBlocker(self.search), QSignalBlocker(self.fits):
            self.search.clear()
            self.fits.setChecked(False)
        self.task.show_value("")
        self.limit.show_value(0)
        self.licence.show_value("")
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
        else:
            super().keyPressEvent(event)

    def _choices(self) -> tuple[Choice, Choice, Choice]:
        return self.task, self.limit, self.licence

    def _space(self) -> None:
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(self._theme.px(8))
        self._row.setSpacing(self._theme.px(8))
        self.fits.setMinimumHeight(self._theme.px(32))  # as high as the box that it stands beside

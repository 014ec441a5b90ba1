"""The models with damaged files: what is wrong with each, and what mends it."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from ollama_desk.domain.upkeep import Health, ModelHealth
from ollama_desk.ui.language import said
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import empty, wrapping_label
from ollama_desk.ui.models.disk_text import damages_text
from ollama_desk.ui.text import one_line, tooltip
from ollama_desk.ui.theme import Theme

MOST = 20  # that are shown at once
SENTENCE_PX = 220


class DiskDamage(QFrame):
    """Hidden while nothing is damaged."""

    repair_requested = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("card")
        self.setAccessibleName(self.tr("Damaged models"))
        self._shown: tuple[tuple[ModelHealth, ...], str] = ((), "")
        self.buttons: list[QPushButton] = []
        self._layout = QVBoxLayout(self)
        theme.changed.connect(self._space)
        self._space()
        self.hide()

    def show_healths(self, healths: Sequence[ModelHealth], *, untouchable: str) -> None:
        """Show the damaged ones among them; ``untouchable`` says why nothing can be mended."""
        damaged = tuple(each for each in healths if each.health is Health.DAMAGED)
        if (damaged, untouchable) == self._shown:
            return
        self._shown = (damaged, untouchable)
        empty(self._layout)
        self.buttons = []
        for health in damaged[:MOST]:
            self._layout.addWidget(self._row(health, untouchable))
        if len(damaged) > MOST:
            rest = wrapping_label("note", parent=self)
            rest.setText(self.tr("%n more models are damaged.", None, len(damaged) - MOST))
            self._layout.addWidget(rest)
        self.setVisible(bool(damaged))

    def _row(self, health: ModelHealth, untouchable: str) -> QWidget:
        name = one_line(health.name, 120)
        sentence = wrapping_label("problem", parent=self)
        sentence.setText(self.tr("%1 is damaged. %2").replace("%2", damages_text(health)).replace("%1", name))
        button = QPushButton(self.tr("Download again"), self)
        button.setAccessibleName(self.tr("Download %1 again").replace("%1", name))
        button.setEnabled(not untouchable)
        why = said(untouchable) or self.tr("Only the damaged files are downloaded.")
        button.setToolTip(tooltip(why))
        button.setAccessibleDescription(why)
        button.clicked.connect(lambda: self.repair_requested.emit(health.name))
        self.buttons.append(button)
        return BendingRow(self._theme, sentence, button, stretch=sentence, least_px=SENTENCE_PX, parent=self)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), px(10), px(12), px(10))
        self._layout.setSpacing(px(8))

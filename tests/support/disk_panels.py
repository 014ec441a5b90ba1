"""The view of the disk with a few models in it, and what its table says."""

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ollama_desk.ui.models.disk_panel import DiskPanel
from ollama_desk.ui.theme import Theme
from tests.support import upkeep_states as states


def disk_panel(theme: Theme, qtbot: QtBot) -> DiskPanel:
    made = DiskPanel(theme)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show_upkeep(states.few())
    made.show()
    QApplication.processEvents()
    return made


def texts(panel: DiskPanel, column: int = 0) -> list[str]:
    model = panel.table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]

"""The table looks at the clock while somebody sees it, and a column has room for what it came to show."""

from datetime import timedelta

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.presenter import ModelsPresenter
from ollama_desk.ui.text import utc_now
from ollama_desk.ui.theme import Theme
from tests.support.models_table import LARGE, READY, SMALL, cell


class Listed:
    """A service with one model in memory, of which nothing is asked here."""

    models = (SMALL, LARGE)
    known = True

    def __init__(self, running: RunningModel) -> None:
        self.running = (running,)


def ticking(panel: ModelsPanel) -> list[QTimer]:
    timers = panel.findChildren(QTimer, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [timer for timer in timers if timer.isActive()]


def test_time_counts_down_while_the_page_is_seen_and_no_timer_runs_otherwise(theme: Theme, qtbot: QtBot) -> None:
    panel = ModelsPanel(theme)
    qtbot.addWidget(panel)
    running = RunningModel("small:1b", "", 100, 0, 0, utc_now() + timedelta(seconds=58))
    presenter = ModelsPresenter(
        Listed(running),
        panel=panel,
        signals=Signals(EventBus(), parent=panel),
        server=READY,
        start_server=list[str]().clear,
        try_demo=list[str]().clear,
        chat_with=list[str]().append,
    )
    assert ticking(panel) == []
    panel.show()
    first = cell(panel, "small:1b", "loaded")
    assert len(ticking(panel)) == 1
    qtbot.waitUntil(lambda: cell(panel, "small:1b", "loaded") != first, timeout=20_000)
    assert first.startswith("CPU · 5")
    panel.hide()
    assert ticking(panel) == []
    assert presenter is not None


def test_the_column_grows_with_what_is_loaded_and_never_jumps_back(theme: Theme, qtbot: QtBot) -> None:
    panel = ModelsPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(1200, 600)
    panel.show_server(READY)
    panel.show()
    model = Model("small:1b")
    panel.show_models((model,), ())
    at = next(at for at, column in enumerate(panel.table.columns) if column.key == "loaded")
    empty = panel.table.columnWidth(at)
    panel.show_models((model,), (RunningModel("small:1b", "", 100, 62),))
    split = panel.table.columnWidth(at)
    assert split >= QFontMetrics(panel.table.font()).horizontalAdvance("GPU 62 % · CPU 38 %")
    assert split > empty > 0
    panel.show_models((model,), ())
    assert panel.table.columnWidth(at) == split

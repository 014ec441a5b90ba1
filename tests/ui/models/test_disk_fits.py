"""The view of the disk on the smallest screen, in longer words, larger letters and the other direction."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from ollama_desk.domain.upkeep import Upkeep, VerifyProgress
from ollama_desk.ui.models.disk_clean import CleanDialog
from ollama_desk.ui.models.disk_panel import DiskPanel
from ollama_desk.ui.models.page import ModelsPage
from ollama_desk.ui.theme import Theme
from tests.support import upkeep_states as states
from tests.support.pseudo import LongWords, cut
from tests.support.upkeep_states import GB

SMALLEST = (648, 440)  # what a window of 760 × 520 leaves of itself
REASON = "The models of this server are on another machine. Only folders of this machine can be looked at."


@pytest.fixture(params=["plain", "large", "long", "backwards"])
def page(theme: Theme, qtbot: QtBot, qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[ModelsPage]:
    translator = LongWords(qapp)
    if request.param in ("long", "backwards"):
        qapp.installTranslator(translator)
    if request.param == "backwards":
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    if request.param == "large":
        theme.resize_text(18)
    made = ModelsPage(theme)
    made.add_view("disk", "Disk", DiskPanel(theme, parent=made))
    qtbot.addWidget(made)
    made.resize(*SMALLEST)
    made.show()
    made.show_view("disk")
    yield made
    qapp.removeTranslator(translator)
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def faults(page: ModelsPage) -> list[str]:
    for _ in range(4):
        QApplication.processEvents()
    assert (page.width(), page.height()) == SMALLEST, "it does not ask for more room"
    panel = panel_of(page)
    inside = panel.findChild(QScrollArea)
    content = inside.widget() if inside is not None else None
    assert content is not None
    wide = ["it is wider than its place"] if content.width() > panel.width() else []
    return cut(page) + wide


def panel_of(page: ModelsPage) -> DiskPanel:
    panel = page.findChild(DiskPanel)
    assert panel is not None
    return panel


def test_every_state_of_the_disk_fits(page: ModelsPage) -> None:
    panel = panel_of(page)
    going = VerifyProgress(3 * GB, 900 * GB, left_s=90_000, is_paused=True)
    for state in (
        states.few(),
        states.many(),
        states.damaged(),
        replace(states.damaged(), progress=going),
        states.empty(),
        Upkeep(unseen=REASON),
    ):
        panel.show_upkeep(state)
        assert not faults(page), state
    panel.show_upkeep(states.few())
    panel.show_result("The damaged files of a model are being downloaded again.", act="Show download")
    assert not faults(page)


def test_the_question_before_a_clean_up_fits(page: ModelsPage) -> None:
    panel = panel_of(page)
    panel.show_upkeep(states.few())
    for leftovers in (states.leftovers(), ()):
        panel.ask_to_clean(leftovers)
        dialog = page.window().findChild(CleanDialog)
        assert dialog is not None
        for _ in range(4):
            QApplication.processEvents()
        assert not cut(dialog)
        assert dialog.width() <= SMALLEST[0]
    dialog = page.window().findChild(CleanDialog)
    assert dialog is not None
    dialog.reject()
    QApplication.processEvents()

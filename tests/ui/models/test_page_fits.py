"""The Models page on the smallest screen, in longer words, larger letters and the other direction: nothing is cut."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.core.resources import resource
from ollama_desk.domain.catalogue import Catalogue
from ollama_desk.domain.pulls import PullState
from ollama_desk.services.catalogue import read_catalogue
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.page import ModelsPage
from ollama_desk.ui.theme import Theme
from tests.support.pseudo import LongWords, cut
from tests.support.pull_desk import GB, LAYERS, OFFER, pull_job

SMALLEST = (648, 440)  # what a window of 760 × 520 leaves of itself
LONG = "hf.co/an-organisation-with-a-long-name/DeepSeek-R1-0528-Qwen3-8B-Instruct-Uncensored-Imatrix-GGUF:UD-Q4_K_XL"


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
    qtbot.addWidget(made)
    made.resize(*SMALLEST)
    made.show()
    yield made
    qapp.removeTranslator(translator)
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def faults(page: ModelsPage) -> list[str]:
    for _ in range(4):
        QApplication.processEvents()
    assert (page.width(), page.height()) == SMALLEST, "it does not ask for more room"
    areas = [area for area in page.findChildren(QScrollArea) if area.isVisible()]
    wide = [area.accessibleName() for area in areas if area.horizontalScrollBar().maximum() > 0]
    return cut(page) + [f"{name} scrolls sideways" for name in wide]


def test_the_list_of_downloads_fits(page: ModelsPage) -> None:
    page.show_view("downloads")
    assert not faults(page)
    running = pull_job(1, LONG, total_bytes=4 * GB, completed_bytes=GB, layers=LAYERS)
    page.downloads.show_jobs([running, *(pull_job(at, state=state) for at, state in enumerate(PullState, start=2))])
    page.show_count(3)
    for job_id in range(1, 8):
        page.downloads.select(job_id)
        assert not faults(page)


def test_what_was_found_fits(page: ModelsPage) -> None:
    page.show_view("get")
    assert not faults(page)
    page.get.show_offer(replace(OFFER, name=LONG, is_update=True, free_bytes=GB), "It does not fit. " * 8)
    assert not faults(page)
    page.get.show_consent("registry.of.a.long.name.example.com:5000", insecure=False)
    assert not faults(page)
    page.get.show_problem("The registry does not have this model. " * 5)
    assert not faults(page)


def test_the_catalogue_fits(page: ModelsPage, qtbot: QtBot) -> None:
    page.show_view("get")
    families = read_catalogue(resource("catalogue.toml")).entries
    longest = replace(families[0], name="A-family-of-a-long-name-" * 3, publisher="A publisher of a long name " * 4)
    page.get.show_catalogue(Catalogue((*families[1:4], longest)))
    qtbot.waitUntil(lambda: len(page.get.catalogue.cards) == 4, timeout=20_000)
    page.get.catalogue.show_installed({"llama3.2:3b"})
    page.get.catalogue.show_room(2 * GB)
    assert not faults(page)
    page.get.catalogue.filters.search.setText("nothing is like this")
    assert not faults(page)
    page.get.show_offer(OFFER, "")
    assert page.get.back.isVisible()
    assert not faults(page)


def test_a_row_bends_where_there_is_no_room(theme: Theme, qtbot: QtBot) -> None:
    buttons = QPushButton("One of them"), QPushButton("The other of them")
    window = QWidget()
    qtbot.addWidget(window)
    row = BendingRow(theme, *buttons, parent=window)
    window.resize(700, 200)
    window.show()
    row.resize(600, 100)
    assert not row.is_bent()
    row.resize(max(each.sizeHint().width() for each in buttons), 100)
    assert row.is_bent()
    buttons[1].hide()
    row.resize(buttons[0].sizeHint().width() + 1, 100)
    assert not row.is_bent()

"""Whatever markup a model writes, showing it opens no file and no connection and never holds up the loop."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

from tests.support.hostile_report import LIMIT_S, Report, canaries, counting_server, names, shown
from tests.support.opened_files import opened_files

STALL_MS = 100.0  # CPU time of the thread in one turn of the loop: what other programs take does not count
pytestmark = pytest.mark.timeout(LIMIT_S)
GROUPS = ("blocks", "code", "inline", "links")  # the rest is the other file's, so that both can run at once
NAMES = names(*GROUPS)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return shown(tmp_path_factory.mktemp("canaries"), *GROUPS)


def test_there_are_three_hundred_hostile_messages() -> None:
    assert len(names()) >= 300


def test_rn01_rn02_rn09_no_hostile_markup_opens_a_file_or_makes_a_connection(report: Report) -> None:
    assert sorted(report.messages) == NAMES
    assert report.opened == []
    assert [seen for shown in report.messages.values() for seen in shown.touched] == []
    assert report.connections == 0


@pytest.mark.parametrize("name", NAMES)
def test_rn04_hostile_markup_never_holds_up_the_loop(report: Report, name: str) -> None:
    shown = report.messages[name]
    assert shown.whole_ms <= STALL_MS
    assert shown.growing_ms <= STALL_MS


def test_the_watch_sees_what_a_careless_view_opens(qtbot: QtBot, tmp_path: Path) -> None:
    with counting_server() as (host, _), opened_files(tmp_path) as opened:
        baits = canaries(tmp_path, host)
        opened.look()
        careless = QTextBrowser()
        qtbot.addWidget(careless)
        careless.setHtml(f"<img src='file://{baits.file}'>")
        careless.show()
        careless.grab()
        assert "canary.png" in opened.look()

"""Whatever letters, pictures and HTML a model writes, showing them opens nothing and never holds up the loop."""

import pytest

from tests.support.hostile_report import LIMIT_S, Report, names, shown

STALL_MS = 100.0  # CPU time of the thread in one turn of the loop: what other programs take does not count
pytestmark = pytest.mark.timeout(LIMIT_S)
GROUPS = ("html", "long", "pictures", "unicode")
NAMES = names(*GROUPS)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return shown(tmp_path_factory.mktemp("canaries"), *GROUPS)


def test_rn01_rn02_rn09_no_hostile_text_opens_a_file_or_makes_a_connection(report: Report) -> None:
    assert sorted(report.messages) == NAMES
    assert report.opened == []
    assert [seen for shown in report.messages.values() for seen in shown.touched] == []
    assert report.connections == 0


@pytest.mark.parametrize("name", NAMES)
def test_rn04_hostile_text_never_holds_up_the_loop(report: Report, name: str) -> None:
    shown = report.messages[name]
    assert shown.whole_ms <= STALL_MS
    assert shown.growing_ms <= STALL_MS


def test_both_files_together_show_every_hostile_message() -> None:
    others = names("blocks", "code", "inline", "links")
    assert sorted(NAMES + others) == names()

"""The log on its page: bounded, filtered, searched, followed only from its end, copied and saved."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.server_log import LogLevel, LogLine, LogPiece, level_of
from ollama_desk.ui.server.follower import LogFollower
from ollama_desk.ui.server.log_model import LogModel, brief
from ollama_desk.ui.server.log_panel import LogPanel
from ollama_desk.ui.theme import Theme
from tests.support.deadline import wait_for


def piece(*texts: str, skipped_bytes: int = 0, started_over: bool = False) -> LogPiece:
    lines = tuple(LogLine(text, level_of(text), text.lower()) for text in texts)
    return LogPiece(lines, skipped_bytes, started_over)


def numbered(first: int, end: int) -> LogPiece:
    return piece(*(f"line {number}" for number in range(first, end)))


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> LogPanel:
    made = LogPanel(theme)
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    return made


def test_the_newest_lines_are_kept() -> None:
    model = LogModel(kept=10)
    model.append(numbered(0, 7))
    model.append(numbered(7, 15))
    assert model.texts() == [f"line {number}" for number in range(5, 15)]
    model.append(numbered(0, 1000))
    assert model.texts() == [f"line {number}" for number in range(990, 1000)]
    assert model.rowCount() == model.kept_count == 10


def test_what_was_left_out_is_said_with_its_size() -> None:
    model = LogModel()
    model.append(piece("one", skipped_bytes=3_200_000, started_over=True))
    assert model.texts() == [
        "— the log was begun anew —",
        "— 3.2 MB are left out here; the file has them —",
        "one",
    ]
    model.append(LogPiece((LogLine("zz", cut_bytes=998_000),)))
    assert model.texts()[-1] == "zz … and 998 KB more"


def test_last_words_stand_in_for_the_log_until_it_is_read() -> None:
    model = LogModel()
    model.stand_in(["two", "\x1b[31mthree"])
    assert model.texts() == ["two", "three"]
    model.append(piece("one", "two", "three"))
    assert model.texts() == ["one", "two", "three"]
    model.stand_in(["more"])
    assert model.texts() == ["one", "two", "three"]


def test_the_filter_shows_lines_that_are_so_serious_and_have_the_words() -> None:
    model = LogModel(kept=6)
    model.append(piece("level=INFO load Small", "level=WARN load small", "level=ERROR other"))
    model.show_only(LogLevel.WARNING, " SMALL ")
    assert model.texts() == ["level=WARN load small"]
    assert model.is_filtered
    model.append(piece("level=ERROR small", "level=INFO small", "level=ERROR small again", "level=DEBUG small"))
    assert model.texts() == ["level=WARN load small", "level=ERROR small", "level=ERROR small again"]
    model.append(piece("level=INFO x"))
    assert model.texts() == ["level=ERROR small", "level=ERROR small again"]
    model.show_only(LogLevel.DEBUG, "")
    assert model.rowCount() == 6


def test_the_brief_form_is_the_time_of_day_and_the_message() -> None:
    line = 'time=2026-11-21T05:31:02.123Z level=WARN source=serve.py msg="a \\"b\\" c" model=x'
    assert brief(line) == '05:31:02 a \\"b\\" c model=x'
    assert brief("time=2026-11-21T05:31:02.1+01:00 level=INFO msg=word") == "05:31:02 word"
    assert brief("panic: x") == "panic: x"


def test_the_log_is_followed_only_from_its_end_and_does_not_move_otherwise(panel: LogPanel, qtbot: QtBot) -> None:
    panel.append(numbered(0, 4990))
    bar = panel.log.verticalScrollBar()
    assert bar.maximum() > 0
    assert bar.value() == bar.maximum()
    assert panel.newest.isHidden()
    bar.setValue(2000)
    assert panel.newest.isVisible()
    top = panel.log.indexAt(panel.log.viewport().rect().topLeft()).data()
    panel.append(numbered(5000, 5100))
    assert panel.log.indexAt(panel.log.viewport().rect().topLeft()).data() == top
    QTest.mouseClick(panel.newest, Qt.MouseButton.LeftButton)
    assert bar.value() == bar.maximum()
    panel.append(numbered(5100, 5200))
    assert bar.value() == bar.maximum()
    assert panel.newest.isHidden()


def test_a_taller_page_is_still_at_the_end(panel: LogPanel, qtbot: QtBot) -> None:
    panel.append(numbered(0, 500))
    panel.resize(700, 250)
    bar = panel.log.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum())
    panel.append(numbered(500, 501))
    assert bar.value() == bar.maximum()


def test_level_and_words_are_chosen_on_the_page(panel: LogPanel, qtbot: QtBot) -> None:
    panel.append(piece("level=INFO one", "level=WARN two", "level=ERROR three"))
    panel.level.picked.emit(LogLevel.WARNING)
    assert panel.lines.texts() == ["level=WARN two", "level=ERROR three"]
    QTest.keyClicks(panel.filter, "THREE")
    qtbot.waitUntil(lambda: panel.lines.texts() == ["level=ERROR three"])
    QTest.keyClicks(panel.filter, "x")
    qtbot.waitUntil(lambda: not panel.lines.texts())
    assert not panel.log.isVisible()
    assert not panel.copy.isEnabled()


def test_an_empty_log_says_so(panel: LogPanel) -> None:
    assert not panel.log.isVisible()
    panel.append(piece("one"))
    assert panel.log.isVisible()


def test_the_search_counts_and_goes_round(panel: LogPanel, qtbot: QtBot) -> None:
    panel.append(piece("Hit one", "nothing", "a hit", "nothing", "HIT three"))
    QTest.keyClick(panel, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.bar.isVisible()
    QTest.keyClicks(panel.bar.field, "hit")
    qtbot.waitUntil(lambda: panel.bar.count.text() == "3 of 3")
    QTest.keyClick(panel.bar.field, Qt.Key.Key_Return)
    assert panel.bar.count.text() == "1 of 3"
    QTest.keyClick(panel.bar.field, Qt.Key.Key_Return)
    assert panel.log.currentIndex().data() == "a hit"
    QTest.keyClick(panel.bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert panel.bar.count.text() == "1 of 3"
    QTest.mouseClick(panel.bar.previous, Qt.MouseButton.LeftButton)
    assert panel.bar.count.text() == "3 of 3"
    panel.append(piece("one more hit"))
    assert panel.bar.count.text() == "3 of 4"
    panel.grab()
    QTest.keyClick(panel.bar.field, Qt.Key.Key_Escape)
    assert panel.bar.isHidden()


def test_words_that_are_not_there_are_not_found(panel: LogPanel, qtbot: QtBot) -> None:
    panel.append(piece("one", "two"))
    QTest.mouseClick(panel.search, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel.bar.field, "three")
    qtbot.waitUntil(lambda: panel.bar.count.text() == "not found")
    assert not panel.bar.next.isEnabled()


def test_marked_words_far_to_the_right_are_brought_into_view(panel: LogPanel, qtbot: QtBot) -> None:
    panel.append(piece("short hit", "x" * 1500 + " needle " + "y" * 400))
    panel.bar.open()
    QTest.keyClicks(panel.bar.field, "needle")
    qtbot.waitUntil(lambda: panel.log.horizontalScrollBar().value() > 0)
    panel.grab()


def test_all_or_the_selected_lines_are_copied(panel: LogPanel) -> None:
    panel.append(piece("one", "two", "three"))
    QTest.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "one\ntwo\nthree"
    panel.log.selectRow(1)
    assert panel.copy.accessibleName() == "Copy the selected lines"
    QTest.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "two"
    panel.log.selectAll()
    panel.log.setFocus()
    QTest.keySequence(panel.log, QKeySequence(QKeySequence.StandardKey.Copy))
    assert QGuiApplication.clipboard().text() == "one\ntwo\nthree"


@pytest.mark.qt_log_ignore("does not support raise", "does not support grabbing", extend=True)
def test_the_menu_of_the_log_selects_and_copies(panel: LogPanel) -> None:
    panel.append(piece("one", "two"))
    for wanted in ("Select all", "Copy"):
        at = panel.log.viewport().rect().center()
        QGuiApplication.sendEvent(
            panel.log.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, panel.log.mapToGlobal(at))
        )
        menu = panel.log.findChildren(QMenu)[-1]
        next(action for action in menu.actions() if action.text() == wanted).trigger()
        menu.close()
    assert QGuiApplication.clipboard().text() == "one\ntwo"


def test_what_is_shown_is_saved_where_the_person_says(panel: LogPanel, qtbot: QtBot) -> None:
    panel.append(piece("one", "two"))
    QTest.mouseClick(panel.save, Qt.MouseButton.LeftButton)
    dialog = panel.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    with qtbot.waitSignal(panel.save_requested) as wish:
        dialog.fileSelected.emit("there.log")
    dialog.close()
    assert wish.args == ["there.log", ["one", "two"]]


def test_what_is_foreign_is_drawn_as_plain_text(panel: LogPanel) -> None:
    panel.append(piece("<table>" * 50, "<img src=file:///dev/zero>", "\u05e9\u05dc\u05d5\u05dd", "x" * 2000))
    assert panel.log.grab().toImage().isNull() is False


def test_every_control_of_the_log_has_a_name(panel: LogPanel) -> None:
    assert [control for control in panel.controls() if not control.accessibleName()] == []


def test_the_log_is_read_only_while_somebody_looks(panel: LogPanel) -> None:
    reads, came, seen = list[int](), list[LogPiece](), [False]

    async def read() -> LogPiece:
        reads.append(1)
        return piece("one") if len(reads) == 1 else LogPiece()

    async def scene() -> None:
        actions = Actions(notify=lambda _: None)
        follower = LogFollower(read, actions=actions, takers=(came.append,), is_seen=lambda: seen[0], parent=panel)
        follower.look()
        reading = [follower.reads]
        seen[0] = True
        follower.look()
        reading.append(follower.reads)

        async def count() -> int:
            return len(came)

        await wait_for(count, bool)
        seen[0] = False
        follower.look()
        assert [*reading, follower.reads] == [False, True, False]
        await actions.aclose()

    asyncio.run(scene())
    assert came == [piece("one")]

"""For those who listen and those who type: every control has a name, every icon a tooltip, Tab goes as one reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.chat import Message, MessageState, Role
from ollama_desk.domain.events import ServerStateChanged, TurnFailed, TurnFinished
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.about.about_dialog import AboutDialog
from ollama_desk.ui.about.keys_dialog import KeysDialog
from ollama_desk.ui.about.parts import Part
from ollama_desk.ui.announcer import Announcer, speaker
from ollama_desk.ui.confirm import Confirm
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.reading_order import reading_order, step
from ollama_desk.ui.server.status_body import StatusBody
from ollama_desk.ui.shortcuts import Key
from ollama_desk.ui.text import utc_now
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.panel import WelcomePanel
from tests.support.whole_window import WholeWindow, play

CELLS = (QAccessible.Role.Cell, QAccessible.Role.ListItem, QAccessible.Role.RowHeader, QAccessible.Role.ColumnHeader)
SLACK = 12  # pixels by which what stands in one line may differ
MOST = 200  # controls of a page


def walk(node: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """What a screen reader comes by: what is on screen."""
    if node.state().invisible:
        return
    yield node
    for index in range(node.childCount()):
        child = node.child(index)
        if child.isValid():
            yield from walk(child)


def unnamed(widget: QWidget) -> list[str]:
    """Roles and classes of what can take the focus and says no name."""
    root = QAccessible.queryAccessibleInterface(widget)
    return [
        f"{node.role().name} {type(node.object()).__name__}"
        for node in walk(root)
        if node.state().focusable and node.role() not in CELLS and not node.text(QAccessible.Text.Name).strip()
    ]


def silent_icons(widget: QWidget) -> list[str]:
    """Buttons with only an icon that do not tell by a tooltip what they do."""
    return [
        f"{type(button).__name__} {button.accessibleName()}"
        for button in widget.findChildren(QAbstractButton)
        if button.isVisible()
        and not button.text()
        and not button.toolTip()
        and button.objectName()[:3] != "qt_"
        and type(button.parentWidget()).__module__ != "PySide6.QtWidgets"
    ]


def by_tab() -> list[QWidget]:
    """What takes the focus when one presses Tab, until it begins anew."""
    return [after for _, after in steps()]


def steps(direction: Qt.LayoutDirection = Qt.LayoutDirection.LeftToRight) -> Iterator[tuple[bool, QWidget]]:
    """Each step of Tab until it begins anew: whether it went as one reads, and where it went."""
    before, seen = None, set[QWidget]()
    for _ in range(MOST):
        at = QApplication.focusWidget()
        if at is None or at in seen:
            return
        seen.add(at)
        yield before is None or reads_on(place(before, direction), place(at, direction)), at
        before = at
        QTest.keyClick(at, Qt.Key.Key_Tab)


def place(widget: QWidget, direction: Qt.LayoutDirection) -> QRect:
    """Of the widget in its window, as if that were read from left to right."""
    at = widget.mapTo(widget.window(), QPoint(0, 0))
    if direction is Qt.LayoutDirection.RightToLeft:
        at.setX(widget.window().width() - at.x() - widget.width())
    return QRect(at, widget.size())


def reads_on(before: QRect, after: QRect) -> bool:
    """Whether ``after`` is where one reads next: further right in the line, below it, or in a column to the right."""
    if after.left() >= before.right() - SLACK:
        return True
    return after.top() > before.top() + SLACK or before.contains(after.center())


def shown_and_focusable(window: QWidget) -> set[QWidget]:
    return {
        each
        for each in window.findChildren(QWidget)
        if each.isVisible()
        and each.isEnabled()
        and each.window() is window
        and each.focusProxy() is None
        and each.focusPolicy() & Qt.FocusPolicy.TabFocus
    }


async def with_everything(whole: WholeWindow) -> None:
    """A conversation, the inspector, a notice and the open dock."""
    await whole.ask()
    whole.chat.toggle_inspector()
    whole.window.dock.open(opened=True)
    whole.window.notices.notify("Something happened.", "Undo", lambda: None)
    await whole.pump(5)


def test_every_control_of_every_page_says_its_name(tmp_path: Path, theme: Theme) -> None:
    async def scene(whole: WholeWindow) -> None:
        await with_everything(whole)
        found = {}
        for key in whole.each_page():
            await whole.pump(5)
            found[key] = unnamed(whole.window) + silent_icons(whole.window)
        assert not any(found.values()), found
        assert {"chat", "models", "settings"} <= set(found)

    play(tmp_path, theme, scene)


def test_the_welcome_page_says_its_names(theme: Theme, qtbot: QtBot) -> None:
    panel = WelcomePanel(theme)
    qtbot.addWidget(panel)
    panel.show()
    assert not unnamed(panel) + silent_icons(panel)


def test_the_dialogs_say_their_names(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    about = AboutDialog(theme, versions={"Qt": "6"}, folders={"Log": Path("/var/log")}, parent=window)
    about.show_parts([Part("one", "1", "MIT")])
    keys = KeysDialog(theme, list(Key), parent=window)
    ask = Confirm(window, theme=theme, question="Delete?", explanation="It goes.", verb="Delete", on_yes=window.show)
    for dialog in (about, keys, ask):
        dialog.open()
        assert not unnamed(dialog) + silent_icons(dialog), dialog
        dialog.reject()


@pytest.mark.parametrize("direction", list(Qt.LayoutDirection)[:2])
def test_tab_reaches_everything_in_the_order_in_which_one_reads(
    tmp_path: Path, theme: Theme, qapp: QApplication, direction: Qt.LayoutDirection
) -> None:
    async def scene(whole: WholeWindow) -> None:
        await with_everything(whole)
        window = whole.window
        for key in whole.each_page():
            await whole.pump(5)
            window.activateWindow()
            await whole.until(lambda: QApplication.activeWindow() is window)
            next(reading_order(window)).setFocus()
            wanted = shown_and_focusable(window)  # a table that selects its first row on the way enables more
            order = list(steps(direction))
            names = [f"{'' if reads else '!! '}{type(each).__name__} {each.accessibleName()}" for reads, each in order]
            assert wanted <= {each for _, each in order}, (key, names)
            assert all(reads for reads, _ in order), (key, names)

    qapp.setLayoutDirection(direction)
    try:
        play(tmp_path, theme, scene)
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_back_tab_goes_the_same_way_back(theme: Theme, qtbot: QtBot) -> None:
    window = MainWindow(theme)
    qtbot.addWidget(window, before_close_func=lambda widget: widget.hide())
    for key, shortcut in (("chat", "Ctrl+1"), ("models", "Ctrl+2")):
        window.add_page(key, key, key, QLineEdit(), shortcut)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    first = next(reading_order(window))
    first.setFocus()
    forward = by_tab()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert window.focusWidget() is forward[-1]


def test_a_table_that_is_come_to_by_the_keyboard_shows_where_one_is(theme: Theme, qtbot: QtBot) -> None:
    dialog = KeysDialog(theme, list(Key))
    qtbot.addWidget(dialog)
    dialog.table.clearSelection()
    for reason, selected in ((Qt.FocusReason.MouseFocusReason, ""), (Qt.FocusReason.TabFocusReason, "NEW_CHAT")):
        QApplication.sendEvent(dialog.table, QFocusEvent(QEvent.Type.FocusIn, reason))
        assert dialog.table.current_key() == selected


def test_tab_does_not_go_into_a_folded_dock(theme: Theme, qtbot: QtBot) -> None:
    window = MainWindow(theme)
    qtbot.addWidget(window, before_close_func=lambda widget: widget.hide())
    window.add_page("chat", "Chat", "chat", QLineEdit(), "Ctrl+1")
    window.dock.fill(StatusBody(theme, parent=window.dock))
    window.show()
    qtbot.waitExposed(window)
    folded = {each.accessibleName() for each in reading_order(window)}
    window.dock.open(opened=True)
    qtbot.waitUntil(lambda: "Last log lines of the server" in {each.accessibleName() for each in reading_order(window)})
    assert "Show details" in folded
    assert "Last log lines of the server" not in folded


def test_nothing_to_go_to_is_no_fault(theme: Theme, qtbot: QtBot) -> None:
    empty = QWidget()
    qtbot.addWidget(empty)
    assert not step(empty, forward=True)


def test_an_answer_that_is_done_and_what_fails_is_announced(qtbot: QtBot) -> None:
    bus, spoken = EventBus(), list[tuple[str, bool]]()

    def speak(sentence: str, *, urgent: bool) -> None:
        spoken.append((sentence, urgent))

    signals = Signals(bus)
    announcer = Announcer(signals, speak=speak)
    bus.publish(TurnFinished(message(MessageState.COMPLETE)))
    bus.publish(TurnFailed(message(MessageState.FAILED, "The server at here does not answer.")))
    failed = ServerStatus(ServerState.FAILED, reason="It does not answer after 5 s.")
    bus.publish(ServerStateChanged(failed))
    bus.publish(ServerStateChanged(failed))
    assert spoken == [
        ("small:1b has answered.", False),
        ("The server at here does not answer.", True),
        ("Server: Failed · It does not answer after 5 s.", True),
    ]
    assert announcer is not None
    signals.disconnect_bus()


def test_the_window_speaks_through_the_screen_reader(qtbot: QtBot) -> None:
    """Nothing to hear offscreen; the desktop test hears it."""
    window = QWidget()
    qtbot.addWidget(window)
    speaker(window)("Done.", urgent=True)


def message(state: MessageState, error: str = "") -> Message:
    return Message(2, 1, 1, Role.ASSISTANT, "Words.", utc_now(), model="small:1b", state=state, error=error)

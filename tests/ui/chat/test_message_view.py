"""A message on screen: shown page by page, kept when it ends, copied as it came, with its actions where one looks."""

from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.domain.chat import DoneReason, Message, MessageState, Role, TurnStats
from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.chat.body import PAGE_CHARS
from ollama_desk.ui.chat.code_block import PAGE_CHARS as CODE_PAGE_CHARS
from ollama_desk.ui.chat.code_block import CodeBlock
from ollama_desk.ui.chat.message_view import AnswerView, QuestionView
from ollama_desk.ui.chat.prose import ProseView
from ollama_desk.ui.chat.shy import ShyButton, ShyLabel
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.palette import DARK, LIGHT
from ollama_desk.ui.theme import Theme

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
LONG = "".join(f"Paragraph {number} has some words.\n\n" for number in range(5_000))
WAIT_MS = 60_000
HOSTILE = "<img src='file:///x'>\u202e<b>name</b>"


def message(content: str = "", state: MessageState = MessageState.COMPLETE, **facts: Any) -> Message:
    return Message(2, 1, 1, Role.ASSISTANT, content, NOW, state=state, **{"model": "demo", **facts})


class Room:
    """A window that scrolls, with answers in it."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self._qtbot = qtbot
        self._theme = theme
        self.window = QScrollArea()
        self.window.setWidgetResizable(True)
        self._column = QWidget()
        self._layout = QVBoxLayout(self._column)
        self.window.setWidget(self._column)
        self.window.resize(700, 500)
        qtbot.addWidget(self.window)
        self.window.show()

    def show(self, shown: Message) -> AnswerView:
        view = AnswerView(shown, theme=self._theme, parent=self._column)
        self._layout.addWidget(view)
        self.settle()
        return view

    def grow(self, *pieces: str) -> AnswerView:
        view = self.show(message(state=MessageState.STREAMING))
        for piece in pieces:
            view.append(piece, "")
            QTest.qWait(0)
        self.settle()
        return view

    def settle(self) -> None:
        done = lambda: all(each.are_done for each in self.window.findChildren(Slices))  # noqa: E731 - said once
        self._qtbot.waitUntil(done, timeout=WAIT_MS)
        QTest.qWait(0)


@pytest.fixture
def room(qtbot: QtBot, theme: Theme) -> Room:
    return Room(qtbot, theme)


def parts(view: AnswerView) -> list[ProseView | CodeBlock]:
    found: list[ProseView | CodeBlock] = [*view.findChildren(ProseView), *view.findChildren(CodeBlock)]
    return sorted((each for each in found if each.isVisible()), key=lambda each: each.pos().y())


def button(view: QWidget, text: str) -> QPushButton:
    return next(each for each in view.findChildren(QPushButton) if each.text().startswith(text))


TEXT = (
    "# Title\n\nSome *words*.\n\n- a\n- b\n\n```py\nx = 1\n\ny = 2\n```\n\nMore words.\n\n| a |\n|---|\n| 1 |\n\nEnd."
)


def test_what_was_shown_while_it_grew_is_kept_when_it_ends(room: Room) -> None:
    view = room.grow(*(TEXT[start : start + 7] for start in range(0, len(TEXT), 7)))
    before = parts(view)
    view.finish(message(TEXT))
    room.settle()
    after = parts(view)
    assert [each for each in before if each not in after] == before[-1:]  # to which the end was added
    assert len(before) > 2


@pytest.mark.parametrize("size", [5, 200, 10_000])
def test_however_it_came_it_ends_as_it_is_stored(room: Room, size: int) -> None:
    text = (
        TEXT
        + "\n\n"
        + "word " * 400
        + "\n\n```py\n"
        + "x = 1\n" * 400
        + "```\n"
        + "| a | b |\n|---|---|\n"
        + "| 1 | 2 |\n" * 40
    )
    grown = room.grow(*(text[start : start + size] for start in range(0, len(text), size)))
    grown.finish(message(text))
    room.settle()
    stored = room.show(message(text))
    assert grown.plain_text() == stored.plain_text()
    assert len(parts(grown)) == len(parts(stored))


def test_a_long_block_of_code_is_one_block_while_it_grows(room: Room) -> None:
    view = room.grow("```py\n", *["x = 1\n" * 50] * 20)
    assert len(view.findChildren(CodeBlock)) == 1
    block = view.findChildren(CodeBlock)[0]
    view.finish(message("```py\n" + "x = 1\n" * 1_000))
    room.settle()
    assert view.findChildren(CodeBlock) == [block]
    assert block.code == "x = 1\n" * 1_000


def test_a_definition_at_the_end_makes_links_of_what_was_text(room: Room) -> None:
    text = "See [this][1].\n\n```\ncode\n```\n\n[1]: https://example.org"
    view = room.grow(text)
    block = view.findChildren(CodeBlock)[0]
    view.finish(message(text))
    room.settle()
    first = parts(view)[0]
    assert isinstance(first, ProseView)
    assert "https://example.org" in first.toHtml()
    assert view.findChildren(CodeBlock) == [block]


def test_rn04_a_long_message_is_shown_page_by_page(room: Room) -> None:
    view = room.show(message(LONG))
    assert "Paragraph 100 " in view.plain_text()
    assert len(view.plain_text()) < 2 * PAGE_CHARS
    assert "Paragraph 4999 " not in view.plain_text()
    more = button(view, "Show more")
    while more.isVisible():
        more.click()
        room.settle()
    assert view.plain_text().count("Paragraph") == 5_000


def test_rn04_an_answer_that_grows_for_ever_keeps_few_widgets(room: Room) -> None:
    view = room.grow(*(LONG[start : start + 40_000] for start in range(0, len(LONG), 40_000)))
    count = len(parts(view))
    assert button(view, "Show more").isVisible()
    view.append(LONG, "")
    room.settle()
    assert len(parts(view)) == count
    view.finish(message(LONG + LONG))
    room.settle()
    assert len(parts(view)) <= count
    assert button(view, "Show more").isVisible()


def test_rn04_copy_gives_the_raw_text_of_all_of_it(room: Room) -> None:
    raw = "a\u202eb\x1b[31m **c**  \r\n" + "x" * 200_000
    view = room.show(message(raw))
    button(view, "Copy").click()
    assert QGuiApplication.clipboard().text() == raw


def test_copied_words_hold_none_of_our_breaks(room: Room) -> None:
    view = room.show(message("x" * 3_000))
    prose = parts(view)[0]
    assert isinstance(prose, ProseView)
    assert "\u200b" in prose.toPlainText()
    prose.selectAll()
    prose.copy()
    assert QGuiApplication.clipboard().text() == "x" * 3_000
    assert not QGuiApplication.clipboard().mimeData().hasHtml()


def test_rn10_copied_code_names_what_is_hidden_and_runs_nothing_by_itself(room: Room) -> None:
    view = room.show(message("```sh\nls \u202e\u200b # x\n\n```"))
    block = view.findChildren(CodeBlock)[0]
    block.copy.click()
    assert QGuiApplication.clipboard().text() == "ls ⟨U+202E⟩⟨U+200B⟩ # x"
    assert "Hidden characters: 2" in [label.text() for label in block.findChildren(QLabel) if label.isVisible()]


def test_rn04_long_code_is_shown_page_by_page_and_copied_as_a_whole(qtbot: QtBot, room: Room) -> None:
    code = "".join(f"line {number}\n" for number in range(20_000))
    view = room.show(message(f"```\n{code}```\n\nafter"))
    block = view.findChildren(CodeBlock)[0]
    assert block.more.isVisible()
    block.copy.click()
    assert QGuiApplication.clipboard().text() == code.rstrip("\n")
    high = block.height()
    block.more.click()
    qtbot.waitUntil(lambda: block.height() > high, timeout=WAIT_MS)
    assert len(code) > CODE_PAGE_CHARS


def test_rn12_what_others_would_draw_is_code(room: Room) -> None:
    for language in ("mermaid", "latex", "html", "svg"):
        view = room.show(message(f"```{language}\n<svg onload=alert(1)>\n```"))
        assert view.findChildren(CodeBlock)[0].code == "<svg onload=alert(1)>\n"


def test_rn08_what_comes_from_outside_is_shown_letter_by_letter(room: Room) -> None:
    view = room.show(message("x", MessageState.FAILED, model=HOSTILE, error=HOSTILE))
    shown = [label for label in view.findChildren(QLabel) if "img" in label.text()]
    assert len(shown) == 2
    for label in shown:
        assert label.textFormat() is Qt.TextFormat.PlainText
        assert label.text().replace("\u200b", "") == HOSTILE.replace("\u202e", "")
    for widget in view.findChildren(QWidget):
        assert "<" not in widget.toolTip()


def test_rn08_the_language_of_code_is_shown_letter_by_letter(room: Room) -> None:
    view = room.show(message("```<img/src=file:///x>\nx\n```"))
    label = next(each for each in view.findChildren(QLabel) if "img" in each.text())
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_rn08_a_link_says_where_it_leads_letter_by_letter(room: Room) -> None:
    view = room.show(message("[x](https://example.org/?a=<b>&amp;c)"))
    prose = parts(view)[0]
    assert isinstance(prose, ProseView)
    prose.highlighted.emit(QUrl("https://example.org/?a=<b>"))
    assert "<b>" not in prose.toolTip()
    assert "https://example.org/" in prose.toolTip()
    prose.highlighted.emit(QUrl())
    assert prose.toolTip() == ""


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:x", "https://me@example.org", "smb://x/y"])
def test_rn06_a_link_that_may_not_be_opened_leads_nowhere(room: Room, target: str) -> None:
    view = room.show(message("x"))
    prose = parts(view)[0]
    assert isinstance(prose, ProseView)
    opened: list[QUrl] = []
    view.link_activated.connect(opened.append)
    prose.anchorClicked.emit(QUrl(target))
    assert opened == []
    assert prose.source() == QUrl()
    assert prose.toPlainText() == "x"
    prose.anchorClicked.emit(QUrl("https://example.org"))
    assert opened == [QUrl("https://example.org")]


def test_actions_are_seen_where_the_pointer_is_and_nothing_moves(room: Room) -> None:
    view = room.show(message("x", stats=TurnStats(answer_tokens=10, answer_s=1.0)))
    copy, stats = button(view, "Copy"), view.findChildren(ShyLabel)[0]
    assert isinstance(copy, ShyButton)
    assert copy.isVisible()
    assert (copy.revealed, stats.revealed) == (False, False)
    high = view.sizeHint().height()
    where = QPointF(view.rect().center())
    QApplication.sendEvent(view, QEnterEvent(where, where, where))
    assert (copy.revealed, stats.revealed) == (True, True)
    assert view.sizeHint().height() == high
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert copy.revealed is False


def test_actions_are_seen_where_the_keyboard_is(room: Room) -> None:
    view = room.show(message("x"))
    copy, again = button(view, "Copy"), button(view, "Regenerate")
    assert isinstance(copy, ShyButton)
    assert isinstance(again, ShyButton)
    room.window.activateWindow()
    copy.setFocus(Qt.FocusReason.TabFocusReason)
    assert (copy.revealed, again.revealed) == (True, True)
    view.findChildren(ProseView)[0].setFocus()
    assert copy.revealed is False


def test_an_unseen_action_paints_nothing(room: Room) -> None:
    view = room.show(message("x"))
    copy = button(view, "Copy")
    assert isinstance(copy, ShyButton)
    unseen = copy.grab().toImage()
    copy.revealed = True
    assert copy.grab().toImage() != unseen
    assert unseen.pixelColor(unseen.rect().center()) == unseen.pixelColor(QPoint(1, 1))


@pytest.mark.parametrize(
    "shown",
    [
        message("x", MessageState.FAILED, error="It failed."),
        message("x", MessageState.STOPPED),
        message("x", done_reason=DoneReason.LENGTH),
    ],
)
def test_what_mends_an_answer_is_always_seen(room: Room, shown: Message) -> None:
    view = room.show(shown)
    assert all(each.revealed for each in view.findChildren(ShyButton))


def test_the_room_of_the_actions_is_there_while_the_answer_grows(room: Room) -> None:
    view = room.grow("Words.\n\n")
    high = view.sizeHint().height()
    view.finish(message("Words.\n\n"))
    room.settle()
    assert view.sizeHint().height() == high


def test_the_edit_of_a_question_is_seen_where_the_pointer_is(qtbot: QtBot, theme: Theme) -> None:
    view = QuestionView(Message(1, 1, None, Role.USER, "A question?", NOW), theme=theme)
    qtbot.addWidget(view)
    view.show()
    view.offer_edit(offered=True)
    edit = button(view, "Edit")
    assert isinstance(edit, ShyButton)
    assert edit.revealed is False
    where = QPointF(view.rect().center())
    QApplication.sendEvent(view, QEnterEvent(where, where, where))
    assert edit.revealed is True


def test_a_huge_question_is_shown_page_by_page(qtbot: QtBot, theme: Theme) -> None:
    view = QuestionView(Message(1, 1, None, Role.USER, "<b>word</b> " * 10_000, NOW), theme=theme)
    qtbot.addWidget(view)
    view.show()
    assert view.plain_text().startswith("<b>word</b> <b>")
    qtbot.waitUntil(lambda: any(each.isVisible() for each in view.findChildren(QPushButton)), timeout=WAIT_MS)
    more = button(view, "Show more")
    shown = len(view.plain_text())
    more.click()
    qtbot.waitUntil(lambda: len(view.plain_text()) > shown, timeout=WAIT_MS)


@pytest.mark.parametrize(("seconds", "title"), [(0.0, "Thoughts"), (4.2, "Thought for 4 s"), (0.2, "Thought for 1 s")])
def test_thoughts_are_folded_into_a_line_that_says_how_long_they_took(room: Room, seconds: float, title: str) -> None:
    view = room.show(message("x", thinking="I <b>think</b>.", thinking_s=seconds))
    fold = button(view, "Thought")
    assert fold.text() == title
    assert all("think" not in each.toPlainText() for each in view.findChildren(ProseView))
    fold.click()
    room.settle()
    assert any(each.toPlainText() == "I <b>think</b>." for each in view.findChildren(ProseView) if each.isVisible())


def test_thinking_is_said_until_the_answer_begins(room: Room) -> None:
    view = room.show(message(state=MessageState.STREAMING))
    view.append("", "Hm")
    assert button(view, "Thinking").isVisible()
    view.append("Well", "")
    assert button(view, "Thoughts").isVisible()


def test_another_look_changes_colours_and_nothing_else(room: Room, theme: Theme) -> None:
    theme.apply(ThemeChoice.LIGHT)
    view = room.show(message("`a` [b](https://example.org)\n\n```py\ndef f(): pass\n```", thinking="Hm"))
    before = parts(view)
    prose, block = before
    assert isinstance(prose, ProseView)
    assert LIGHT.accent.lower() in prose.toHtml().lower()
    theme.apply(ThemeChoice.DARK)
    view.restyle()
    room.settle()
    assert parts(view) == before
    assert DARK.accent.lower() in prose.toHtml().lower()
    assert block.isVisible()


def test_larger_text_makes_code_larger(room: Room, theme: Theme) -> None:
    view = room.show(message("```py\na = 1\nb = 2\n```"))
    block = view.findChildren(CodeBlock)[0]
    high = block.sizeHint().height()
    theme.resize_text(18)
    view.restyle()
    room.settle()
    assert block.sizeHint().height() > high
    theme.resize_text(None)

"""The chat page's parts do what a person expects of them."""

import socket
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from ollama_desk.domain.chat import Chat, DoneReason, Message, MessageState, Role, TurnStats
from ollama_desk.ui.chat.chat_list import ChatList
from ollama_desk.ui.chat.code_block import CodeBlock
from ollama_desk.ui.chat.composer import Composer
from ollama_desk.ui.chat.editor import PASTE_LIMIT
from ollama_desk.ui.chat.transcript import SHOWN, Transcript
from ollama_desk.ui.theme import Theme

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def answer(
    number: int = 2, content: str = "An answer.", state: MessageState = MessageState.COMPLETE, **facts: Any
) -> Message:
    return Message(number, 1, number - 1, Role.ASSISTANT, content, NOW, model="demo", state=state, **facts)


def question(number: int = 1, content: str = "A question?") -> Message:
    return Message(number, 1, None, Role.USER, content, NOW)


@pytest.fixture
def composer(qtbot: QtBot, theme: Theme) -> Composer:
    made = Composer(theme)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def transcript(qtbot: QtBot, theme: Theme) -> Transcript:
    made = Transcript(theme)
    qtbot.addWidget(made)
    made.resize(800, 400)
    made.show()
    return made


def test_enter_sends_and_shift_enter_breaks_the_line(qtbot: QtBot, composer: Composer) -> None:
    sent: list[str] = []
    composer.send_requested.connect(sent.append)
    QTest.keyClicks(composer.editor, "one")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(composer.editor, "two")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert sent == ["one\ntwo"]
    assert composer.text() == ""


def test_nothing_is_sent_while_there_is_a_reason_and_the_words_stay(qtbot: QtBot, composer: Composer) -> None:
    sent: list[str] = []
    composer.send_requested.connect(sent.append)
    composer.set_reason("The server is not running.")
    QTest.keyClicks(composer.editor, "hello")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert sent == []
    assert composer.text() == "hello"
    assert not composer.button.isEnabled()


def test_while_an_answer_comes_the_button_and_escape_stop_it(qtbot: QtBot, composer: Composer) -> None:
    stopped: list[bool] = []
    composer.stop_requested.connect(lambda: stopped.append(True))
    composer.set_streaming(streaming=True)
    assert composer.button.text() == "Stop"
    QTest.mouseClick(composer.button, Qt.MouseButton.LeftButton)
    QTest.keyClick(composer.editor, Qt.Key.Key_Escape)
    assert stopped == [True, True]


def test_ui09_a_huge_paste_is_cut_and_said_to_be(composer: Composer) -> None:
    QGuiApplication.clipboard().setText("x" * (PASTE_LIMIT + 5))
    composer.editor.paste()
    assert len(composer.text()) == PASTE_LIMIT
    assert composer.editor.wordWrapMode() is QTextOption.WrapMode.WrapAnywhere
    composer.set_text("short again")
    assert composer.editor.wordWrapMode() is QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
    QGuiApplication.clipboard().clear()


def test_an_answer_grows_and_ends_as_it_is_stored(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.show_messages((question(), answer(content="", state=MessageState.STREAMING)))
    transcript.append_text(2, "Hello **wor", "")
    transcript.append_text(2, "ld**\n\nmore", "")
    qtbot.waitUntil(lambda: "Hello world" in transcript.plain_text())
    assert "more" in transcript.plain_text()
    stats = TurnStats(answer_tokens=84, answer_s=2.0, first_token_s=0.31)
    transcript.finish_answer(answer(content="Hello **world**\n\nmore", stats=stats))
    assert "42 tok/s · 0.3 s to first · 84 tokens" in transcript.plain_text()


def test_a_failed_answer_says_why_and_offers_retry(qtbot: QtBot, transcript: Transcript) -> None:
    asked: list[int] = []
    transcript.retry_requested.connect(asked.append)
    transcript.show_messages((question(), answer(state=MessageState.INTERRUPTED, error="The server ended.")))
    assert "The server ended." in transcript.plain_text()
    retry = next(button for button in transcript.findChildren(QPushButton) if button.text() == "Retry")
    QTest.mouseClick(retry, Qt.MouseButton.LeftButton)
    assert asked == [2]


def test_a_full_context_is_said(transcript: Transcript) -> None:
    transcript.show_messages((question(), answer(done_reason=DoneReason.LENGTH)))
    assert "The context is full" in transcript.plain_text()


def test_messages_that_the_model_was_not_given_are_not_hidden(transcript: Transcript) -> None:
    before = answer(2, stats=TurnStats(prompt_tokens=900))
    after = answer(4, stats=TurnStats(prompt_tokens=500))
    transcript.show_messages((question(), before, question(3), after))
    assert transcript.plain_text().count("the oldest messages were left out") == 1


def test_a_stopped_answer_is_marked(transcript: Transcript) -> None:
    transcript.show_messages((question(), answer(state=MessageState.STOPPED)))
    assert "Stopped" in transcript.plain_text()


def test_long_chats_show_their_end_first(qtbot: QtBot, transcript: Transcript) -> None:
    messages = tuple(question(number, f"Question {number}.") for number in range(1, SHOWN + 11))
    transcript.show_messages(messages)
    assert "Question 1." not in transcript.plain_text().split("\n")
    earlier = next(b for b in transcript.findChildren(QPushButton) if b.text() == "Show earlier messages")
    QTest.mouseClick(earlier, Qt.MouseButton.LeftButton)
    assert transcript.plain_text().split("\n")[0] == "Question 1."


def test_who_reads_above_is_not_moved(qtbot: QtBot, transcript: Transcript) -> None:
    transcript.show_messages((question(), answer(content="word\n\n" * 100, state=MessageState.STREAMING)))
    bar = transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    bar.setValue(0)
    transcript.append_text(2, "more\n\n" * 50, "")
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert bar.value() == 0


def test_code_is_copied_as_it_was_written(qtbot: QtBot, theme: Theme) -> None:
    block = CodeBlock("python", "x = '<b>'\n\ty", theme=theme)
    qtbot.addWidget(block)
    QTest.mouseClick(block.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "x = '<b>'\n\ty"
    assert block.copy.text() == "Copied"


def test_chats_are_grouped_by_day_filtered_and_renamed(qtbot: QtBot, theme: Theme) -> None:
    chats = ChatList(theme)
    qtbot.addWidget(chats)
    today = datetime.now(UTC)
    entries = (Chat(1, "New one", today, today), Chat(2, "Old one", today, today - timedelta(days=40)))
    chats.show_chats(entries, now=today)
    texts = [chats.list.item(row).text() for row in range(chats.list.count())]
    assert texts == ["Today", "New one", "Older", "Old one"]
    chats.search.setText("old")
    assert [chats.list.item(row).text() for row in range(chats.list.count())] == ["Older", "Old one"]
    renamed: list[tuple[int, str]] = []
    chats.rename_requested.connect(lambda number, title: renamed.append((number, title)))
    chats.list.item(1).setText("Better")
    assert renamed == [(2, "Better")]


def test_choosing_a_chat_tells_which(qtbot: QtBot, theme: Theme) -> None:
    chats = ChatList(theme)
    qtbot.addWidget(chats)
    today = datetime.now(UTC)
    chats.show_chats((Chat(1, "One", today, today), Chat(2, "Two", today, today)))
    chosen: list[int] = []
    chats.selected.connect(chosen.append)
    chats.set_current(1)
    assert chosen == []
    chats.list.setCurrentRow(2)
    assert chosen == [2]


HOSTILE = (
    "![x](file:///etc/passwd) <img src='file:///etc/passwd'> ![y](http://127.0.0.1:9/x)",
    "<table background='file:///etc/passwd'>" * 60,
    "[a](file:///etc/passwd) <file:///etc/passwd> [b](javascript:x)",
    "> " * 400 + "deep",
    "- " * 400 + "deep",
    "x" * 200_000,
    "\u202egnp.exe\u0000\x1b[31m",
    "```\n" + "<div>" * 5_000 + "\n```",
    "|a|\n|-|\n" + "|<b>|\n" * 2_500,
    "<div>" * 5_000,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_rn01_rn02_showing_a_message_opens_no_file_and_no_connection(
    qtbot: QtBot, transcript: Transcript, text: str
) -> None:
    opened: list[str] = []
    watching = True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and (event == "socket.connect" or (event == "open" and "passwd" in str(arguments[0]))):
            opened.append(f"{event} {arguments}")

    sys.addaudithook(hook)
    with socket.socket() as canary:
        canary.bind(("127.0.0.1", 0))
        transcript.show_messages((question(content=text), answer(content=text)))
        qtbot.wait(20)
        transcript.grab()
    watching = False
    assert opened == []


def test_ui06_a_chat_can_be_left_while_it_is_still_laid_out(transcript: Transcript, qapp: QApplication) -> None:
    code = "\n\n".join(f"Some words.\n\n```python\nprint({number})\n```" for number in range(60))
    messages = (question(), answer(content=code), question(3), answer(4, content=code))
    for turns in range(6):
        transcript.show_messages(messages)
        for _ in range(turns):
            qapp.processEvents()
        transcript.clear()
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        for _ in range(3):
            qapp.processEvents()
    assert not transcript.has_messages

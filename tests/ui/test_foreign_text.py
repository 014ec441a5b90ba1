"""Text from outside (names, titles, errors, log lines) is shown literally, on one screen, and breaks no page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QListWidget, QTableView, QWidget

from ollama_desk.domain.chat import Chat, Message, MessageState, Role
from ollama_desk.domain.events import ChatsChanged, ModelsChanged, NoticeRaised, ServerStateChanged
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.ui.text import UNSEEN
from ollama_desk.ui.theme import Theme
from tests.support.whole_window import WholeWindow, play

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
NARROW = 760
HOSTILE = {
    "rich-text": '<img src="file:///canary.png"><b>bold</b><table><tr><td>x</td></tr></table> &amp; &lt;',
    "controls": "\x1b[31mred\x1b[0m \x1b]0;title\x07 bell\x07 nul\x00 back\x08\x08 \x9b31m\r\nline\u2028line",
    "bidi": "\u202egnp.exe\u202c שלום مرحبا \u2066isolated\u2069 \u200f\u200e",
    "emoji": "👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈 e\u0301\u0301\u0301 Z̸̢̛a̴l̵g̶o̷",
    "long": "registry.example.com/a-very-long-namespace/" + "n" * 120 + ":q4_K_M",
    "lone-surrogate": "half \ud83d and \udc69 half",
    "ampersands": "&File && &&& %1 %2 %n %L1",
}


def widgets(window: QWidget) -> Iterator[QWidget]:
    yield window
    yield from window.findChildren(QWidget)


def shown_texts(window: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Every text that Qt paints or tells, but for what the person and the model said."""
    for widget in widgets(window):
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget, widget.text()
        if isinstance(widget, QListWidget):
            for row in range(widget.count()):
                yield widget, widget.item(row).text()
        if isinstance(widget, QTableView):
            model = widget.model()
            for row in range(model.rowCount()):
                yield widget, str(model.index(row, 0).data() or "")
        yield widget, widget.accessibleName()


def assert_harmless(window: QWidget) -> None:
    for widget in widgets(window):
        if isinstance(widget, QLabel):
            assert widget.textFormat() is Qt.TextFormat.PlainText or "<" not in widget.text(), widget.text()
        tip = widget.toolTip()
        assert not re.search(r"<(img|b|table)\b", tip), tip
    for widget, text in shown_texts(window):
        assert not UNSEEN.search(text), (widget, text)
        assert not re.search("[\ud800-\udfff]", text), (widget, text)


def tell(whole: WholeWindow, text: str) -> None:
    """Say ``text`` in everything that comes from outside."""
    bus = whole.desk.bus
    bus.publish(
        ModelsChanged((Model(text, family=text, quantization=text, parameter_size=text),), (RunningModel(text),))
    )
    status = ServerStatus(
        ServerState.EXTERNAL, f"A sentence about {text}", kind=ServerKind.OLLAMA, version=text, log_tail=(text, text)
    )
    bus.publish(ServerStateChanged(status))
    bus.publish(ChatsChanged((Chat(1, text, NOW, NOW, model=text), Chat(2, text, NOW, NOW, pinned=True, unread=True))))
    bus.publish(NoticeRaised(text))
    question = Message(1, 1, None, Role.USER, text, NOW)
    failed = Message(2, 1, 1, Role.ASSISTANT, text, NOW, model=text, state=MessageState.FAILED, error=text)
    whole.chat.transcript.show_messages((question, failed))


@pytest.mark.parametrize("kind", HOSTILE)
def test_rn08_gw13_foreign_text_is_shown_literally_everywhere(tmp_path: Path, theme: Theme, kind: str) -> None:
    async def scene(whole: WholeWindow) -> None:
        whole.window.resize(NARROW, 520)
        tell(whole, HOSTILE[kind])
        whole.window.dock.open(opened=True)
        for _ in whole.each_page():
            await whole.pump(3)
            assert whole.window.width() == NARROW
        assert_harmless(whole.window)

    play(tmp_path, theme, scene)


def test_thousands_of_foreign_names_leave_the_window_as_it_is(tmp_path: Path, theme: Theme) -> None:
    async def scene(whole: WholeWindow) -> None:
        names = [f"{text} {number}" for number in range(150) for text in HOSTILE.values()]
        whole.window.resize(NARROW, 520)
        whole.desk.bus.publish(ModelsChanged(tuple(map(Model, names)), tuple(map(RunningModel, names[:50]))))
        whole.desk.bus.publish(ChatsChanged(tuple(Chat(at, name, NOW, NOW) for at, name in enumerate(names, 1))))
        for _ in whole.each_page():
            await whole.pump(3)
            assert (whole.window.width(), whole.window.height()) == (NARROW, 520)
        assert_harmless(whole.window)

    play(tmp_path, theme, scene)

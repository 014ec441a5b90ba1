"""Plays a person with several chats inside the real program, as ``driver.py`` does."""

import asyncio
import sys

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from ollama_desk.ui.chat.chat_rows import MARK, Mark
from ollama_desk.ui.chat.panel import ChatPanel
from tests.e2e.driver import Person, main
from tests.support.app import emit


def panel(person: Person) -> ChatPanel:
    found = person.window.findChild(ChatPanel)
    assert found is not None
    return found


def marks(person: Person) -> list[Mark]:
    rows = panel(person).chats.list
    return [rows.item(row).data(MARK) for row in range(rows.count()) if rows.item(row).data(MARK) is not None]


async def new_chat(person: Person) -> None:
    await person.click("New chat")
    await person.until("an empty chat", lambda: not panel(person).transcript.has_messages)


async def a_day_of_chatting(person: Person) -> None:
    """Two answers at once, a stop unseen, continuing, editing, options, undo, and a draft left behind."""
    await person.server_running()
    emit("READY")
    await person.can_send()
    await person.say("endless")
    await person.until("some text", lambda: len(person.seen()) > len("endless") + 100)
    await new_chat(person)
    panel(person).picker.model_picked.emit("quick:latest")
    await person.until("the quick model", lambda: panel(person).picker.current == "quick:latest")
    await person.say("story")
    await person.sees("tok/s")
    emit("BOTH", Mark.STREAMING in marks(person))
    chats = panel(person).chats
    chats.selected.emit(1)
    await person.until("the first chat", lambda: "endless" in person.seen())
    person.press_escape()
    await person.sees("Stopped")
    QTest.keyClick(person.composer().editor, Qt.Key.Key_Up)
    person.composer().set_text("code")
    QTest.keyClick(person.composer().editor, Qt.Key.Key_Return)
    await person.sees("tok/s")
    emit("EDITED", person.seen())
    longest = panel(person).inspector.max_tokens
    longest.edit.setText("5")
    longest.flush()
    await person.say("table")
    await person.sees("Continue it, or raise the limit")
    longest.reset.click()
    await person.click("Continue")
    await person.until("the rest", lambda: "Continue it" not in person.seen() and person.composer().can_send())
    emit("CONTINUED")
    chats.delete_requested.emit(2)
    await person.click("Undo")
    await person.until("the second chat again", lambda: len(marks(person)) == 2)
    QTest.keyClicks(person.composer().editor, "left behind")
    await asyncio.sleep(0)
    person.leave()


async def reopen_draft(person: Person) -> None:
    """Show the draft that the last run left."""
    await person.until("old messages", lambda: bool(person.seen()))
    await person.until("a draft", lambda: person.composer().text() != "")
    emit("DRAFT", person.composer().text())
    person.leave()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], {each.__name__: each for each in (a_day_of_chatting, reopen_draft)}))

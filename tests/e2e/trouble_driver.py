"""Plays a person whose server gives trouble, inside the real program, as ``driver.py`` does."""

import asyncio
import sys

from PySide6.QtWidgets import QPushButton

from ollama_desk.ui.chat.panel import ChatPanel
from ollama_desk.ui.notices import Notices
from tests.e2e.driver import Person, main
from tests.support.app import emit
from tests.support.lag import measured_lag

WATCHED_S = 2.0  # after the trouble shows


async def trouble(person: Person) -> None:
    """Wait for the state that the arguments name; tell what the window says and for how long it did not answer."""
    wanted = sys.argv[4].replace("_", " ")
    await person.until("the pages", lambda: person.window.findChild(ChatPanel) is not None)
    await asyncio.sleep(0.5)  # they are filled
    async with measured_lag() as lag:
        await person.until(wanted, lambda: person.dock().state_text() == wanted)
        then = person.dock().details_text()  # a moment later the state may be another
        person.dock().open(opened=True)
        for page in ("models", "server", "settings", "chat"):
            person.window.show_page(page)
            await asyncio.sleep(WATCHED_S / 4)
        emit("LAG", round(lag.longest_s * 1000))
    notices = person.window.findChild(Notices)
    emit("SAID", " | ".join((then, person.dock().details_text(), notices.current_text() if notices else "")))
    buttons = [button.text() for button in person.window.findChildren(QPushButton)]
    emit("BUTTONS", " ".join(text for text in buttons if text))
    person.leave()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], {"trouble": trouble}))

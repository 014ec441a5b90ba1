"""Scenarios for those who listen: the program waits for what is done from outside, or speaks German."""

import asyncio
import sys

from tests.e2e.driver import Person, main
from tests.support.app import emit


async def listened_to(person: Person) -> None:
    """Install the demonstration model, say so, and stay."""
    await person.server_running()
    await person.click("Try it without a download")
    await person.can_send()
    emit("READY")
    await asyncio.Event().wait()


async def in_german(person: Person) -> None:
    """Say in which words the server is told to run, and leave."""
    await person.until("German", lambda: person.dock().state_text() == "Läuft")
    emit("GERMAN", person.window.dock.details_text())
    person.leave()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], {each.__name__: each for each in (listened_to, in_german)}))

"""Scenario for those who listen: the program with its demonstration model, waiting for what is done from outside."""

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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], {"listened_to": listened_to}))

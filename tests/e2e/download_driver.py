"""Plays a person who gets a model from a registry inside the real program, as ``driver.py`` does."""

import sys
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.ui.models.page import ModelsPage
from ollama_desk.ui.server.status_line import StatusLine
from tests.e2e.driver import Person, main
from tests.support.app import emit


def page(person: Person) -> ModelsPage:
    found = person.window.findChild(ModelsPage)
    assert found is not None
    return found


def job(person: Person) -> PullJob | None:
    """The first download of the list."""
    return next(iter(page(person).downloads._jobs.values()), None)


def words(person: Person, column: int) -> str:
    return str(page(person).downloads.table.model().index(0, column).data() or "")


async def in_state(person: Person, state: PullState) -> None:
    def is_there() -> bool:
        first = job(person)
        return first is not None and first.state is state

    await person.until(f"a download that is {state.value}", is_there)


async def some_came(person: Person, more_than: int = 0) -> int:
    def came() -> int:
        first = job(person)
        return first.completed_bytes if first is not None else 0

    await person.until("some bytes", lambda: came() > more_than)
    return came()


async def look_up(person: Person, name: str) -> None:
    """Up to the card, having agreed to plain HTTP."""
    person.window.show_page("models")
    page(person).show_view("get")
    field = page(person).get.field
    field.setFocus()
    QTest.keyClicks(field, f"ollama pull http://{name}")
    QTest.keyClick(field, Qt.Key.Key_Return)
    await person.click("Ask without encryption")
    await person.until("the card", page(person).get.card.isVisible)
    card = page(person).get.card
    emit("CARD", card.name.text(), card.room.text(), card.licence.text(), card.download.text())


async def get_a_model(person: Person, name: str) -> None:
    """Look up, download, pause, go on, chat."""
    await person.server_running()
    emit("READY")
    await look_up(person, name)
    await person.click("Download (")
    await person.until("the list", lambda: page(person).current_view() == "downloads")
    came = await some_came(person)
    line = person.window.findChild(StatusLine)
    assert line is not None
    emit("COMING", words(person, 2), line.downloads.accessibleName())
    table = page(person).downloads.table
    QTest.keyClick(table, Qt.Key.Key_Space)
    await in_state(person, PullState.PAUSED)
    emit("PAUSED", words(person, 1), words(person, 2), line.downloads.isVisible())
    QTest.keyClick(table, Qt.Key.Key_Space)
    await in_state(person, PullState.RUNNING)
    await some_came(person, came)
    emit("GOES-ON")
    await in_state(person, PullState.FINISHED)
    await person.until("the notice", lambda: "is downloaded" in person.window.notices.current_text())
    emit("DONE", person.window.notices.current_text(), words(person, 1))
    await person.click("Chat")
    await person.can_send()
    await person.say("Tell me a story, please.")
    await person.sees("tok/s")
    emit("ANSWER", person.seen())
    page(person).downloads.clear.click()
    await person.until("an empty list", lambda: job(person) is None)
    person.leave()


async def begin_and_leave(person: Person, name: str) -> None:
    """Leave in the middle of a download."""
    await person.server_running()
    emit("READY")
    await look_up(person, name)
    await person.click("Download (")
    await some_came(person)
    person.leave()


async def find_it_done(person: Person, name: str) -> None:
    """It goes on by itself."""
    await person.server_running()
    await person.until("the last run's download", lambda: page(person).downloads.table.model().rowCount() == 1)
    emit("THERE")
    await in_state(person, PullState.FINISHED)
    emit("DONE", words(person, 0) == name)
    person.leave()


async def give_up(person: Person, name: str) -> None:
    """Cancel a running download and remove what has come; a model that does not exist is a sentence."""
    await person.server_running()
    emit("READY")
    await look_up(person, name)
    await person.click("Download (")
    await some_came(person)
    QTest.keyClick(page(person).downloads.table, Qt.Key.Key_Delete)
    await person.click("Remove it")
    await person.until("an empty list", lambda: job(person) is None)
    emit("REMOVED")
    page(person).show_view("get")
    page(person).get.field.setText(f"http://{name}-not-there")
    QTest.mouseClick(page(person).get.button, Qt.MouseButton.LeftButton)
    await person.click("Ask without encryption")
    await person.until("a sentence", page(person).get.problem.isVisible)
    emit("PROBLEM", page(person).get.problem.text())
    person.leave()


async def hide_in_the_tray(person: Person, name: str) -> None:
    """Begin, close the window, which hides, and come back through the tray."""
    await person.server_running()
    emit("READY")
    await look_up(person, name)
    await person.click("Download (")
    await some_came(person)
    person.window.show_page("chat")
    person.leave()
    await person.until("hidden", lambda: not person.window.isVisible())
    emit("HIDDEN")
    await person.until("shown", person.window.isVisible)
    emit("SHOWN", person.window.current_page(), page(person).current_view())
    await in_state(person, PullState.FINISHED)
    emit("DONE")
    person.window.quit_requested.emit()


SCENARIOS = (get_a_model, begin_and_leave, find_it_done, give_up, hide_in_the_tray)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], {each.__name__: partial(each, name=sys.argv[4]) for each in SCENARIOS}))

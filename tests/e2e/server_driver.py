"""Plays a person with a server in trouble and one at work inside the real program, as ``driver.py`` does."""

import sys

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from ollama_desk.ui.server.loaded import LoadedModels
from ollama_desk.ui.server.panel import ServerPanel
from ollama_desk.ui.server.status_body import StatusBody
from tests.e2e.driver import Person, main
from tests.support.app import emit


def panel(person: Person) -> ServerPanel:
    found = person.window.findChild(ServerPanel)
    assert found is not None
    return found


def loaded(person: Person) -> LoadedModels:
    found = person.window.findChild(LoadedModels)
    assert found is not None
    return found


async def trouble_and_work(person: Person) -> None:
    """A taken port, another one, a model in memory and out of it again, the log, the graphics processor."""
    await person.until("the page", lambda: person.window.findChild(ServerPanel) is not None)
    person.window.show_page("server")
    await person.until("trouble", lambda: person.dock().state_text() == "Port in use")
    emit("TROUBLE", panel(person).card.reason.text())
    await person.click("Use port")
    await person.server_running()
    emit("ADDRESS", panel(person).card.facts.texts()["Address"])
    await person.until("lines", lambda: panel(person).log.lines.kept_count > 0)
    await person.until("advice", panel(person).gpu.isVisible)
    emit("ADVICE", panel(person).gpu.text.text())
    QTest.mouseClick(panel(person).gpu.close_button, Qt.MouseButton.LeftButton)
    person.window.show_page("chat")
    await person.click("Try it without a download")
    await person.can_send()
    person.dock().open(opened=True)
    await person.until("a loaded model", lambda: len(loaded(person).rows()) == 1)
    emit("LOADED", loaded(person).texts()[0])
    body = person.window.findChild(StatusBody)
    assert body is not None
    await person.until("a plot", lambda: body.cpu.value_text() != "")
    QTest.mouseClick(loaded(person).rows()[0].button, Qt.MouseButton.LeftButton)
    await person.until("no loaded model", lambda: not loaded(person).rows())
    emit("LINES", body.lines.kept_count > 0)
    person.leave()


async def second_day(person: Person) -> None:
    """What was sent away does not come back."""
    await person.server_running()
    person.window.show_page("server")
    await person.until("lines", lambda: panel(person).log.lines.kept_count > 0)
    emit("REMEMBERED", sorted(person.window.memory), panel(person).gpu.isVisible())
    person.leave()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], {each.__name__: each for each in (trouble_and_work, second_day)}))

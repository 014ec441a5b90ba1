"""Plays a person who starts the program for the first time, as ``driver.py`` does."""

import sys

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from ollama_desk.domain.pulls import PullState
from ollama_desk.ui.models.page import ModelsPage
from ollama_desk.ui.welcome.panel import WelcomePanel
from ollama_desk.ui.welcome.proposal_card import ProposalCard, Stage
from tests.e2e.driver import Person, main
from tests.support.app import emit


def welcome(person: Person) -> WelcomePanel:
    found = person.window.findChild(WelcomePanel)
    assert found is not None
    return found


def card(person: Person) -> ProposalCard:
    return welcome(person).proposal


async def is_at(person: Person, stage: Stage) -> None:
    await person.until(f"the card at {stage.value}", lambda: card(person).stage is stage)


async def proposed(person: Person) -> None:
    """Up to the proposal, with what was found."""
    await person.server_running()
    emit("READY")
    await is_at(person, Stage.PROPOSED)
    found = welcome(person).found
    emit("FOUND", found.server.text(), found.gpu.text(), found.memory.text(), found.disk.text())
    emit("PROPOSED", card(person).name.text(), card(person).reason.text(), card(person).download.text())


async def some_came(person: Person) -> str:
    line = card(person).progress.line
    await person.until("an amount", lambda: " of " in line.text())
    return line.text()


async def one_click(person: Person) -> None:
    """One click, and the model answers; the focus was in the composer by itself."""
    await proposed(person)
    await person.click("Download and chat")
    await is_at(person, Stage.COMING)
    emit("COMING", await some_came(person))
    await person.can_send()
    editor = person.composer().editor
    await person.until("the focus in the composer", editor.hasFocus)
    emit("CHAT", editor.isVisible(), welcome(person).isVisible())
    QTest.keyClicks(editor, "Tell me a story, please.")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    await person.sees("tok/s")
    emit("ANSWER", person.seen())
    person.leave()


async def leave_in_the_middle(person: Person) -> None:
    """Pause, go on, look at another page, come back, and leave the program."""
    await proposed(person)
    await person.click("Download and chat")
    await some_came(person)
    await person.click("Pause")
    await person.until("paused", lambda: "Paused" in card(person).progress.line.text())
    emit("PAUSED", card(person).progress.line.text())
    await person.click("Go on")
    person.window.show_page("models")
    person.window.show_page("chat")
    await person.until("going on", lambda: "Paused" not in card(person).progress.line.text())
    emit("GOES-ON", card(person).stage.value)
    person.leave()


async def come_back(person: Person) -> None:
    """The page takes it up again, and leads to the chat."""
    await person.until("the page", lambda: person.window.findChild(WelcomePanel) is not None)
    await person.until("the last run's download", lambda: card(person).stage is Stage.COMING)
    emit("THERE", card(person).name.text(), await some_came(person))
    page = person.window.findChild(ModelsPage)
    assert page is not None

    def is_over() -> bool:
        jobs = page.downloads._jobs.values()
        return bool(jobs) and all(job.state is PullState.FINISHED for job in jobs)

    await person.until("its end", is_over)
    await person.until("the chat", lambda: not card(person).isVisible() and person.composer().can_send())
    emit("CHAT", person.window.current_page())
    emit("FINISHED", len(page.downloads._jobs))
    person.leave()


async def without_a_network(person: Person) -> None:
    """Nothing answers; the sentence stands there with a way to try again, and the rest works."""
    await proposed(person)
    await person.click("Download and chat")
    await is_at(person, Stage.FAILED)
    emit("FAILED", card(person).problem.text(), card(person).note.text(), card(person).again.isEnabled())
    await person.click("Try it without a download")
    await person.can_send()
    emit("DEMO")
    person.leave()


SCENARIOS = (one_click, leave_in_the_middle, come_back, without_a_network)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], {each.__name__: each for each in SCENARIOS}))

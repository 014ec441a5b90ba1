"""Plays a person who looks at the disk in the real program, verifies the models and tidies up."""

import asyncio
import sys
from pathlib import Path

from ollama_desk import desktop
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.disk_clean import CleanDialog
from ollama_desk.ui.models.disk_panel import DiskPanel
from ollama_desk.ui.models.page import ModelsPage
from tests.e2e.driver import Person
from tests.support.app import emit


def panel_of(window: MainWindow) -> DiskPanel:
    panel = window.findChild(DiskPanel)
    assert panel is not None
    return panel


async def play(person: Person) -> None:
    """Look, verify, clean up, leave."""
    await person.server_running()
    window = person.window
    window.show_page("models")
    page = window.findChild(ModelsPage)
    assert page is not None
    page.show_view("disk")
    panel = panel_of(window)
    await person.until("the picture", lambda: bool(panel.picture.buttons))
    emit("HOLDS", panel.title.text())
    await person.until("the button", panel.verify.isEnabled)
    panel.verify.click()
    await person.until("the verdict", lambda: "damaged" in panel.line.text.text())
    emit("VERDICT", panel.line.text.text())
    panel.damage.buttons[0].click()
    await person.until("the remedy", lambda: "import it again" in panel.told.text.text())
    emit("REMEDY", panel.told.text.text())
    panel.clean.click()
    await person.until("the question", lambda: window.findChild(CleanDialog) is not None)
    dialog = window.findChild(CleanDialog)
    assert dialog is not None
    emit("ASKS", dialog.question.text())
    dialog.recent.click()
    await person.until("what is young", dialog.yes.isEnabled)
    emit("ASKS", dialog.question.text())
    dialog.yes.click()
    await person.until("the end", lambda: "freed" in panel.told.text.text())
    emit("FREED", panel.told.text.text())
    person.leave()


def main(argv: list[str]) -> int:
    """Run the program and the scene."""
    data_dir, address, _scenario = argv
    tasks: list[asyncio.Task[None]] = []

    def begin(window: MainWindow) -> None:
        tasks.append(asyncio.get_running_loop().create_task(play(Person(window)), name="disk"))

    return desktop.main(data_dir=Path(data_dir), host=address, on_window=begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Make the README's pictures by driving the real program: ``python packaging/screenshots.py [FOLDER] [--models N]``.

Opens the app on an empty data folder, with the built-in engine and the demonstration model, asks it something, and
saves what the window shows, light and dark, into ``resources/screenshots`` or FOLDER. With ``--models`` it shows the
views of the Models page over so many models that look like those of the catalogue. Needs the test requirements.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "1")

from ollama_desk import desktop  # noqa: E402 - the platform has to be chosen before Qt is imported
from ollama_desk.domain.settings import ThemeChoice  # noqa: E402
from ollama_desk.ui.main_window import MainWindow  # noqa: E402
from ollama_desk.ui.models.page import ModelsPage  # noqa: E402
from ollama_desk.ui.settings.panel import SettingsPanel  # noqa: E402
from tests.e2e.driver import Person  # noqa: E402
from tests.support.app import free_port  # noqa: E402
from tests.support.model_shelf import fill_shelf  # noqa: E402

QUESTIONS = ("Tell me a story, please.", "Show me some code.", "What can you do with Markdown?")


async def take(person: Person, folder: Path) -> None:
    """Walk through the app and save a picture of each page in both looks."""
    window = person.window
    await person.server_running()
    await shoot(window, folder, "welcome")
    await person.click("Try it without a download")
    await person.can_send()
    await shoot(window, folder, "empty")
    for number, question in enumerate(QUESTIONS, start=1):
        await person.say(question)
        await person.until("answer", lambda number=number: person.seen().count("tok/s") >= number)  # type: ignore[misc]
    await shoot(window, folder, "chat")
    for page in ("models", "settings"):
        window.show_page(page)
        await shoot(window, folder, page)
    window.show_page("models")
    for view in ("get", "downloads", "disk"):
        window.findChildren(ModelsPage)[0].show_view(view)
        await shoot(window, folder, view)
    person.leave()


async def take_models(person: Person, folder: Path, count: int) -> None:
    """Save a picture of each view of the Models page, the first model selected."""
    window = person.window
    await person.server_running()
    page = window.findChildren(ModelsPage)[0]
    window.show_page("models")
    table = page.installed.table
    await person.until("the models", lambda: table.model().rowCount() == count)
    if count:
        table.selectRow(0)
    for view in ("installed", "get", "downloads", "disk"):
        page.show_view(view)
        await shoot(window, folder, f"{view}-{count}")
    person.leave()


async def shoot(window: MainWindow, folder: Path, name: str) -> None:
    """A picture of the window in each look."""
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
        window.findChildren(SettingsPanel)[0].change_requested.emit("theme", choice)
        await asyncio.sleep(1.5)  # a sample of the resource monitor and a settled layout
        path = folder / f"{name}-{choice}.png"
        window.grab().save(str(path))
        sys.stdout.write(f"{path}\n")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Make pictures of the real program.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "resources" / "screenshots")
    parser.add_argument("--models", type=int, help="show the Models page over so many look-alikes instead")
    asked = parser.parse_args(argv)
    folder: Path = asked.folder
    folder.mkdir(parents=True, exist_ok=True)
    tasks: list[asyncio.Task[None]] = []

    def begin(window: MainWindow) -> None:
        person = Person(window)
        tour = take(person, folder) if asked.models is None else take_models(person, folder, asked.models)
        tasks.append(asyncio.get_running_loop().create_task(tour, name="screenshots"))

    with tempfile.TemporaryDirectory() as data:
        (Path(data) / "settings.toml").write_text('server_program = "built-in"\n')
        fill_shelf(Path(data) / "models", asked.models or 0)
        return desktop.main(data_dir=Path(data), host=f"127.0.0.1:{free_port()}", on_window=begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The program to those who do not see it: every control of every page has a name, and what happens is said."""

import asyncio
import shutil
import signal
from pathlib import Path

import pytest

from tests.support.app import App
from tests.support.screen_reader import CELLS, LAUNCHER, ScreenReader, screen_reader

DRIVER = Path(__file__).with_name("listening_driver.py")

NO_BUS = pytest.mark.skipif(
    not (Path(LAUNCHER).exists() and shutil.which("dbus-daemon")), reason="there is no bus for screen readers"
)


async def nameless(reader: ScreenReader) -> list[str]:
    nodes = await reader.everything()
    assert len(nodes) > 20, nodes
    return [node.role for node in nodes if node.is_focusable and node.role not in CELLS and not node.name.strip()]


async def listen(app: App, reader: ScreenReader) -> dict[str, list[str]]:
    """Go through the program by the names of its buttons, and collect what has none."""
    await asyncio.to_thread(app.wait_for, "READY")
    found = {"suggestions": await nameless(reader)}
    await reader.press("A story")
    await reader.hear("demo has answered.")
    found["chat"] = await nameless(reader)
    for page in ("Models", "Server", "Settings"):
        await reader.press(page)
        found[page] = await nameless(reader)
    await reader.press("About Ollama Desk")
    await reader.find("Parts and their licences", "list")
    found["about"] = await nameless(reader)
    await reader.press("Close")
    return found


@pytest.mark.e2e
@pytest.mark.xvfb
@NO_BUS
def test_every_control_has_a_name_and_the_end_of_an_answer_is_said(tmp_path: Path, xvfb: str, bus: str) -> None:
    async def scenario() -> None:
        environment = {"DBUS_SESSION_BUS_ADDRESS": bus, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
        async with screen_reader(display=xvfb, bus=bus) as reader:
            with App(tmp_path, "listened_to", driver=DRIVER, display=xvfb, environment=environment) as app:
                found = await listen(app, reader)
                app.process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(app.wait) == 0, app.errors()
        assert not any(found.values()), found

    asyncio.run(scenario())


@pytest.mark.e2e
def test_on_a_german_system_it_speaks_german(tmp_path: Path) -> None:
    environment = {"LANG": "de_AT.UTF-8", "LC_ALL": "de_AT.UTF-8"}
    with App(tmp_path, "in_german", driver=DRIVER, environment=environment) as app:
        assert "eingebaute Engine · PID " in app.wait_for("GERMAN")
        assert app.wait() == 0, app.errors()

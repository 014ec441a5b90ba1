"""A model comes from a registry through the real window and the real engine, and can be chatted with."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from tests.support.app import ROOT, App
from tests.support.blob_contents import Content, Large
from tests.support.processes import marked_processes
from tests.support.registry_server import CONFIG, MANIFEST, MODEL, RegistryServer
from tests.support.tray_host import TrayHost

DRIVER = ROOT / "tests" / "e2e" / "download_driver.py"
LICENCE = b"A LICENCE OF SOME LENGTH\nIt says nothing.\n"
REST = Large(3_400_000)  # so that there is time to pause
FACTS = {"model_format": "gguf", "model_family": "llama", "model_type": "184K", "file_type": "F16"}
SLOW = 400_000.0  # bytes a second of one connection


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """Has the demonstration model, as one that can be downloaded."""
    with RegistryServer() as server:
        parts = [
            (MODEL, Content(resource("demo", "demo.gguf").read_bytes())),
            ("application/vnd.ollama.image.license", Content(LICENCE)),
            ("application/x.rest", REST),
            (CONFIG, Content(json.dumps(FACTS).encode())),
        ]
        rows = [{"mediaType": kind, "digest": part.digest(), "size": part.size} for kind, part in parts]
        server.blobs.update({part.digest(): part for _, part in parts})
        told = {"schemaVersion": 2, "mediaType": MANIFEST, "config": rows[-1], "layers": rows[:-1]}
        server.add_manifest(json.dumps(told).encode())
        server.faults.bytes_per_s = SLOW
        yield server


@pytest.mark.e2e
def test_a_model_is_looked_up_downloaded_paused_finished_and_chatted_with(
    tmp_path: Path, registry: RegistryServer
) -> None:
    with App(tmp_path, "get_a_model", f"{registry.host}/library/tiny", driver=DRIVER) as app:
        app.wait_for("READY")
        card = app.wait_for("CARD")
        assert "A LICENCE OF SOME LENGTH" in card
        assert "Fits the disk" in card
        assert "Download (4.0 MB)" in card
        coming = app.wait_for("COMING")
        assert "of 4.0 MB" in coming
        assert "1 download" in coming
        paused = app.wait_for("PAUSED")
        assert "Paused" in paused
        assert "false" in paused
        app.wait_for("GOES-ON")
        registry.faults.bytes_per_s = 0
        done = app.wait_for("DONE")
        assert "is downloaded" in done
        assert "Done" in done
        assert "Once upon a time" in app.wait_for("ANSWER")
        assert app.wait() == 0, app.errors()
        assert app.errors() == ""
        assert marked_processes(app.owner()) == []


@pytest.mark.e2e
def test_a_download_that_was_left_goes_on_with_the_next_start(tmp_path: Path, registry: RegistryServer) -> None:
    name = f"{registry.host}/library/tiny"
    with App(tmp_path, "begin_and_leave", name, driver=DRIVER) as app:
        assert app.wait(60) == 0, app.errors()
    registry.faults.bytes_per_s = 0
    with App(tmp_path, "find_it_done", name, driver=DRIVER) as app:
        app.wait_for("THERE")
        assert app.wait_for("DONE") == "true"
        assert app.wait() == 0, app.errors()
        assert app.errors() == ""


@pytest.mark.e2e
def test_what_is_cancelled_leaves_nothing_and_what_is_not_there_is_a_sentence(
    tmp_path: Path, registry: RegistryServer
) -> None:
    with App(tmp_path, "give_up", f"{registry.host}/library/tiny", driver=DRIVER) as app:
        app.wait_for("REMOVED")
        app.wait_for("PROBLEM")
        assert app.wait() == 0, app.errors()
        assert app.errors() == ""
        left = [path.name for path in (tmp_path / "models").rglob("*") if "partial" in path.name]
        assert left == []


@pytest.mark.e2e
@pytest.mark.xvfb
@pytest.mark.skipif(not shutil.which("dbus-daemon"), reason="there is no dbus-daemon to play a desktop with")
def test_a_download_is_followed_and_its_end_told_on_the_desktop_while_the_window_is_hidden(
    tmp_path: Path, registry: RegistryServer, xvfb: str, bus: str
) -> None:
    (tmp_path / "settings.toml").write_text('server_program = "built-in"\nclose_to_tray = true\n')
    desktop = {"DBUS_SESSION_BUS_ADDRESS": bus}
    name = f"{registry.host}/library/tiny"
    with (
        TrayHost(bus) as host,
        App(tmp_path, "hide_in_the_tray", name, driver=DRIVER, display=xvfb, environment=desktop) as app,
    ):
        app.wait_for("HIDDEN")
        host.wait_for_item()
        host.until(lambda: host.labels()[1].startswith("1 download"))
        host.until(lambda: any(0 < told < 1 for told in host.seen.launcher))
        registry.faults.bytes_per_s = 0
        host.until(lambda: any("is downloaded" in text for text in host.seen.notifications))
        host.until(lambda: host.seen.launcher[-1] == -1)
        host.click("Open Ollama Desk")
        app.wait_for("DONE")
        assert app.wait() == 0, app.errors()
        assert app.errors() == ""

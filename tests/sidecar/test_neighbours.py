"""PL-20: other servers in our models folder are found, by what they are and by where they work."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ollama_desk.sidecar.launch import MARKER
from ollama_desk.sidecar.neighbours import SERVICE, Neighbour, Neighbourhood, neighbours, server_name, works_in
from ollama_desk.sidecar.ownership import owner_id
from ollama_desk.sidecar.system_service import SystemService
from tests.support.engine import EngineProcess
from tests.support.processes import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other processes are looked into by /proc")

SLEEPS = "import time\ntime.sleep(600)\n"


@contextmanager
def ollama(folder: Path, environment: dict[str, str], script: str = SLEEPS) -> Iterator[int]:
    """A process that looks like ``ollama serve``; its pid."""
    folder.mkdir()
    (folder / "ollama").symlink_to(sys.executable)
    (folder / "serve").write_text(script)
    home = {"PYTHONHOME": sys.base_prefix, "PATH": os.environ["PATH"]}
    process = subprocess.Popen([str(folder / "ollama"), "serve"], cwd=folder, env={**home, **environment})
    try:
        assert wait_until(lambda: any(found.pid == process.pid for found in neighbours("")))
        yield process.pid
    finally:
        process.kill()
        process.wait()


class Systemd(SystemService):
    """A machine whose own Ollama works in a folder, or does not run."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__({}, root=Path("/nowhere"))
        self._at = folder

    async def running(self) -> Path | None:
        return self._at


def sharing(folder: Path, server: Path, service: Path | None = None) -> str:
    return asyncio.run(Neighbourhood(Systemd(service), server).sharing(folder))


def test_pl20_an_ollama_in_our_folder_is_found_whatever_its_path_is_called(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (tmp_path / "link").symlink_to(models)
    with ollama(tmp_path / "bin", {"OLLAMA_MODELS": str(tmp_path / "link")}) as pid:
        assert sharing(models, tmp_path / "server") == f"another Ollama (process {pid})"
        assert not sharing(tmp_path / "others", tmp_path / "server")
    assert not sharing(models, tmp_path / "server")


def test_pl20_one_without_a_word_about_models_works_below_its_home(tmp_path: Path) -> None:
    with ollama(tmp_path / "bin", {"HOME": str(tmp_path)}):
        assert sharing(tmp_path / ".ollama" / "models", tmp_path / "server")


def test_pl20_our_own_server_is_no_other(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    owner = owner_id(tmp_path / "server")
    with ollama(tmp_path / "bin", {"OLLAMA_MODELS": str(tmp_path), MARKER: owner}):
        assert not sharing(tmp_path, tmp_path / "server")
        assert sharing(tmp_path, tmp_path / "other-server")


def test_pl20_an_engine_of_another_app_is_found(tmp_path: Path) -> None:
    with EngineProcess(tmp_path / "models") as engine:
        text = f"the engine of another Ollama Desk (process {engine.pid})"
        assert sharing(tmp_path / "models", tmp_path / "server") == text


def test_pl20_the_service_of_the_machine_is_asked_of_systemd(tmp_path: Path) -> None:
    assert sharing(tmp_path, tmp_path / "server", service=tmp_path) == SERVICE
    assert not sharing(tmp_path, tmp_path / "server", service=tmp_path / "elsewhere")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a process another root")
def test_pl20_a_folder_of_a_container_is_the_one_that_it_sees(tmp_path: Path) -> None:
    root, done = tmp_path / "root", tmp_path / "root" / "done"
    (root / "models").mkdir(parents=True)
    script = f"import os, time\nos.chroot({str(root)!r})\nos.chdir('/')\nos.mkdir('/done')\ntime.sleep(600)\n"
    with ollama(tmp_path / "bin", {"OLLAMA_MODELS": "/models"}, script):
        assert wait_until(done.exists)
        assert sharing(root / "models", tmp_path / "server")
        assert not sharing(Path("/models"), tmp_path / "server")


def test_of_a_server_that_has_gone_the_path_alone_counts(tmp_path: Path) -> None:
    gone = Neighbour("another Ollama", 2**22 + 1, tmp_path)  # no such process
    assert works_in(gone, tmp_path)
    assert not works_in(gone, tmp_path / "models")


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["/usr/local/bin/ollama", "serve"], "another Ollama"),
        (["ollama", "serve"], "another Ollama"),
        (["ollama", "run", "x"], ""),
        (["ollama", "runner", "--port", "1"], ""),
        (["/bin/sh", "ollama", "serve"], ""),
        (["/opt/ollama-desk/ollama-desk", "engine", "serve"], "the engine of another Ollama Desk"),
        (["python", "-m", "ollama_desk", "engine", "serve"], "the engine of another Ollama Desk"),
        (
            ["python", "-m", "ollama_desk", "_guardian", "log", "3", "python", "-m", "ollama_desk", "engine", "serve"],
            "",
        ),
        (["steam", "engine", "serve"], ""),
        ([], ""),
    ],
)
def test_a_server_is_known_by_its_command_line(argv: list[str], name: str) -> None:
    assert server_name(argv) == name

"""The machine's own Ollama, with a systemctl and a pkexec of our making."""

import asyncio
import os
from pathlib import Path

import pytest

from ollama_desk.domain.errors import SidecarError
from ollama_desk.domain.server import ServerAddress
from ollama_desk.sidecar.system_service import StoppedService, SystemService, assignments

STOPPED = "LoadState=loaded\nActiveState=inactive\nUser=ollama\nEnvironment="


class Machine:
    """A root with a unit, and programs that say what they are told."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.programs = folder / "bin"
        self.programs.mkdir(parents=True)
        self.asked = folder / "asked"

    def unit(self, where: str = "etc/systemd/system") -> None:
        folder = self.root / where
        folder.mkdir(parents=True)
        (folder / "ollama.service").write_text("[Service]\n")

    def program(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.asked}\n{script}\n')
        path.chmod(0o755)

    def shows(self, text: str) -> None:
        (self.root / "answer").parent.mkdir(exist_ok=True)
        (self.root / "answer").write_text(text)
        self.program("systemctl", f"cat {self.root / 'answer'}")

    def service(self, *, is_root: bool = False, limit_s: float = 5.0) -> SystemService:
        environment = {"PATH": f"{self.programs}{os.pathsep}/usr/bin{os.pathsep}/bin", "SECRET": "x"}
        if not (self.programs / "systemctl").exists():
            environment["PATH"] = str(self.programs)
        homes = {"ollama": "/usr/share/ollama"}
        return SystemService(
            environment, root=self.root, home_of=lambda user: homes.get(user, ""), is_root=is_root, limit_s=limit_s
        )

    def stopped(self, **options: bool) -> StoppedService | None:
        return asyncio.run(self.service(**options).stopped())

    def said(self) -> list[str]:
        return self.asked.read_text().splitlines() if self.asked.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_a_unit_nothing_is_run(machine: Machine) -> None:
    machine.shows(STOPPED)
    assert machine.stopped() is None
    assert machine.said() == []


def test_without_systemd_there_is_nothing(machine: Machine) -> None:
    machine.unit()
    assert machine.stopped() is None


@pytest.mark.parametrize("where", ["etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"])
def test_a_stopped_service_tells_where_its_models_are(machine: Machine, where: str) -> None:
    machine.unit(where)
    machine.shows(STOPPED)
    folder = machine.root / "usr/share/ollama/.ollama/models"
    assert machine.stopped(is_root=True) == StoppedService(folder, ServerAddress(), can_be_started=True)


def test_what_the_unit_sets_comes_first(machine: Machine) -> None:
    machine.unit()
    machine.shows(f'{STOPPED}"OLLAMA_MODELS=/data/my models" OLLAMA_HOST=0.0.0.0:11500 PATH=/bin\n')
    found = machine.stopped(is_root=True)
    assert found is not None
    assert found.models_folder == machine.root / "data/my models"
    assert found.address == ServerAddress(port=11500)
    machine.shows(f"{STOPPED}HOME=/var/lib/ollama\n")
    found = machine.stopped(is_root=True)
    assert found is not None
    assert found.models_folder == machine.root / "var/lib/ollama/.ollama/models"


@pytest.mark.parametrize(
    "text",
    [
        "LoadState=loaded\nActiveState=active\n",
        "LoadState=loaded\nActiveState=activating\n",
        "LoadState=masked\nActiveState=inactive\n",
        "LoadState=not-found\nActiveState=inactive\n",
        "",
        "System has not been booted with systemd as init system (PID 1).",
    ],
)
def test_a_service_that_runs_or_cannot_be_started_is_none_to_offer(machine: Machine, text: str) -> None:
    machine.unit()
    machine.shows(text)
    assert machine.stopped() is None


@pytest.mark.parametrize("state", ["active", "activating", "reloading"])
def test_pl20_a_service_that_runs_tells_where_its_models_are(machine: Machine, state: str) -> None:
    machine.unit()
    machine.shows(f"LoadState=loaded\nActiveState={state}\nUser=ollama\nEnvironment=OLLAMA_MODELS=/data/models")
    assert asyncio.run(machine.service().running()) == machine.root / "data/models"
    machine.shows(STOPPED)
    assert asyncio.run(machine.service().running()) is None


def test_a_failed_service_is_a_stopped_one(machine: Machine) -> None:
    machine.unit()
    machine.shows(STOPPED.replace("inactive", "failed"))
    assert machine.stopped() is not None


def test_systemd_that_does_not_answer_is_not_waited_for(machine: Machine) -> None:
    machine.unit()
    machine.program("systemctl", "sleep 600")
    assert asyncio.run(machine.service(limit_s=0.3).stopped()) is None


def test_an_environment_that_cannot_be_read_is_none() -> None:
    assert assignments('A=1 "B=2 3" C') == {"A": "1", "B": "2 3"}
    assert assignments('A="unended') == {}


def test_the_home_of_a_user_is_asked_of_the_system(machine: Machine) -> None:
    machine.unit()
    machine.shows("LoadState=loaded\nActiveState=inactive\nUser=root\n")
    environment = {"PATH": f"{machine.programs}{os.pathsep}/usr/bin{os.pathsep}/bin"}

    def found() -> StoppedService | None:
        return asyncio.run(SystemService(environment, root=machine.root).stopped())

    known = found()
    assert known is not None
    assert known.models_folder == machine.root / "root/.ollama/models"
    machine.shows("LoadState=loaded\nActiveState=inactive\nUser=nobody-of-this-name\n")
    unknown = found()
    assert unknown is not None
    assert unknown.models_folder == machine.root / "usr/share/ollama/.ollama/models"


def started(machine: Machine, *, is_root: bool = False) -> str:
    try:
        asyncio.run(machine.service(is_root=is_root).start())
    except SidecarError as error:
        return str(error)
    return ""


def test_it_is_started_with_a_password(machine: Machine) -> None:
    machine.program("systemctl", "exit 0")
    machine.program("pkexec", 'exec "$@"')
    assert started(machine) == ""
    assert machine.said()[0].startswith("pkexec ")
    assert machine.said()[1] == "systemctl start ollama.service"


def test_root_needs_none(machine: Machine) -> None:
    machine.program("systemctl", "exit 0")
    assert started(machine, is_root=True) == ""
    assert machine.said() == ["systemctl start ollama.service"]


@pytest.mark.parametrize(
    ("script", "words"),
    [("exit 126", "it was not allowed"), ("exit 127", "it was not allowed"), ("exit 1", "did not start")],
)
def test_a_refusal_says_how_to_do_it_by_hand(machine: Machine, script: str, words: str) -> None:
    machine.program("systemctl", "exit 0")
    machine.program("pkexec", script)
    sentence = started(machine)
    assert words in sentence
    assert "sudo systemctl start ollama" in sentence


def test_without_polkit_it_says_how_to_do_it_by_hand(machine: Machine) -> None:
    machine.program("systemctl", "exit 0")
    (machine.programs / "pkexec").write_text("no program")
    (machine.programs / "pkexec").chmod(0o755)
    assert "sudo systemctl start ollama" in started(machine)

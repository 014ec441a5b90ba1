"""Connects what was found of the machine to the advice on the Server and Models pages."""

from collections.abc import Callable, Coroutine, MutableMapping, Sequence
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.events import MachineExamined, ServerStateChanged
from ollama_desk.domain.machine import Gpu, GpuFacts, SystemOllama, idle_gpu
from ollama_desk.domain.server import ServerStatus
from ollama_desk.ui.advice import Advice, Step
from ollama_desk.ui.language import said
from ollama_desk.ui.text import one_line, size_text

DOWNLOAD_PAGE = "https://ollama.com/download"
START_COMMAND = "sudo systemctl start ollama"
GIB = 1 << 30  # what a card's box calls GB
GPU_KEY, SYSTEM_KEY = "advice.gpu", "advice.system"


class Machine(Protocol):
    """What the advice needs of the service."""

    @property
    def gpu(self) -> GpuFacts: ...
    @property
    def system(self) -> SystemOllama | None: ...
    def start_system_server(self) -> Coroutine[Any, Any, None]: ...
    def use_system_folder(self) -> Coroutine[Any, Any, None]: ...


class AdvicePresenter:
    """Advice that was sent away does not come back for the same GPU, the same folder.

    Args:
        machine: the service.
        gpu: where an idle GPU is told of.
        system: where a stopped Ollama is told of.
        signals: the events.
        actions: runs what takes time.
        server: the server's status now.
        memory: what the window remembers; written to.
        open_page: shows a page of the web with what the desktop has for it.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        gpu: Advice,
        system: Sequence[Advice],
        signals: Signals,
        actions: Actions,
        server: ServerStatus,
        memory: MutableMapping[str, str],
        open_page: Callable[[str], None] | None = None,
    ) -> None:
        self._machine = machine
        self._gpu = gpu
        self._system = tuple(system)
        self._actions = actions
        self._status = server
        self._memory = memory
        self._open_page = open_page or _open_with_desktop
        self._shown: tuple[str, SystemOllama | None] = ("", None)
        signals.machine_examined.connect(self._on_machine_examined)
        signals.server_state_changed.connect(self._on_server_state_changed)
        self._advise(machine.gpu, machine.system)

    def _on_machine_examined(self, event: MachineExamined) -> None:
        self._advise(event.gpu, event.system)

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        self._status = event.status
        self._advise(self._machine.gpu, self._machine.system)

    def _advise(self, facts: GpuFacts, system: SystemOllama | None) -> None:
        idle = idle_gpu(facts, self._status)
        gpu_text = said(facts.problem) if facts.problem else idle_text(idle) if idle is not None else ""
        if (gpu_text, system) == self._shown:
            return  # what a person reads, and the button under the pointer, stays
        self._shown = (gpu_text, system)
        self._advise_gpu(gpu_text, can_install=idle is not None and not facts.problem)
        self._advise_system(system)

    def _advise_gpu(self, text: str, *, can_install: bool) -> None:
        if not text or self._memory.get(GPU_KEY) == text:
            self._gpu.withdraw()
            return
        steps = [Step(_tr("How to install Ollama"), self._on_install, DOWNLOAD_PAGE)] if can_install else []
        self._gpu.advise(text, steps, on_closed=lambda: self._memory.update({GPU_KEY: text}))

    def _advise_system(self, system: SystemOllama | None) -> None:
        folder = "" if system is None else str(system.models_folder)
        for advice in self._system:
            if system is None or self._memory.get(SYSTEM_KEY) == folder:
                advice.withdraw()
            else:
                advice.advise(stopped_text(system), self._steps(system), on_closed=partial(self._on_closed, folder))

    def _on_closed(self, folder: str) -> None:
        self._memory[SYSTEM_KEY] = folder
        for advice in self._system:
            advice.withdraw()

    def _steps(self, system: SystemOllama) -> list[Step]:
        steps = []
        if system.can_be_started:
            tip = _tr("Stops the server of Ollama Desk and asks for your password")
            steps.append(Step(_tr("Start it"), self._on_start, tip))
        else:
            steps.append(Step(_tr("Copy the command that starts it"), _copy_command, START_COMMAND))
        if system.folder_can_be_used:
            tip = _tr("Restarts the server of Ollama Desk with the models in %1")
            folder = one_line(str(system.models_folder), 200)
            steps.append(Step(_tr("Use its models folder"), self._on_use, tip.replace("%1", folder)))
        return steps

    def _on_start(self) -> None:
        self._actions.run(self._machine.start_system_server(), name="start the system's Ollama")

    def _on_use(self) -> None:
        self._actions.run(self._machine.use_system_folder(), name="use the system's models")

    def _on_install(self) -> None:
        self._open_page(DOWNLOAD_PAGE)


def idle_text(gpu: Gpu) -> str:
    """What is found, why it lies idle, what to do."""
    named = one_line(gpu.name, 80)
    if gpu.memory_bytes:
        memory = _tr("%1 GB").replace("%1", str(round(gpu.memory_bytes / GIB) or 1))
        named = _tr("%1 with %2").replace("%2", memory).replace("%1", named)
    words = _tr(
        "This machine has a graphics processor (%1), and models run on the CPU: the built-in engine has no support"
        " for it. Install Ollama, which computes on it and is many times as fast. Ollama Desk then uses it by itself."
    )
    return words.replace("%1", named)


def stopped_text(system: SystemOllama) -> str:
    """What is found, and what it holds."""
    found = _tr("Ollama is installed as a service of this machine and is stopped.")
    holds = _tr("Its models folder holds %n models", "", system.model_count)
    size = size_text(system.size_bytes)
    words = f"{found} {holds}{f' ({size})' if size else ''}."
    if system.folder_can_be_used and not system.folder_is_writable:
        words += " " + _tr("They can be read from here, but none can be added or deleted.")
    return words


def _copy_command() -> None:
    QGuiApplication.clipboard().setText(START_COMMAND)


def _open_with_desktop(page: str) -> None:
    QDesktopServices.openUrl(QUrl(page))


def _tr(text: str, disambiguation: str | None = None, number: int = -1) -> str:
    return QCoreApplication.translate("Advice", text, disambiguation, number)

"""The machine as the faces see it: its graphics processors, and a stopped Ollama whose models could be used."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import SidecarError
from ollama_desk.domain.events import MachineExamined, ServerStateChanged
from ollama_desk.domain.machine import GpuFacts, SystemOllama
from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus
from ollama_desk.domain.setting_values import SettingValue
from ollama_desk.domain.settings import Override
from ollama_desk.registry.manifests import ManifestFolder
from ollama_desk.sidecar.system_service import StoppedService

AT_REST = (ServerState.STOPPED, ServerState.FAILED, ServerState.CONFLICT, ServerState.EXTERNAL)
TELLING = (ServerState.READY, *AT_REST)  # states in which what was found may be another
PAUSE_S = 10.0  # between two looks at the machine
STOP_LIMIT_S = 10.0
ANSWER_LIMIT_S = 20.0
LOOK_EVERY_S = 0.1


class Gpus(Protocol):
    """Who looks for graphics processors."""

    async def look(self) -> GpuFacts: ...


class System(Protocol):
    """Who knows the machine's own Ollama."""

    async def stopped(self) -> StoppedService | None: ...
    async def start(self) -> None: ...


class Server(Protocol):
    """The server that is kept by us."""

    @property
    def status(self) -> ServerStatus: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def move_to(self, address: ServerAddress) -> None: ...


class Settings(Protocol):
    """What is set about the models folder."""

    @property
    def models_folder(self) -> Path: ...
    def overrides(self) -> Mapping[str, Override]: ...
    async def change(self, **values: SettingValue) -> None: ...
    def restart_server(self) -> None: ...


class MachineService:
    """Looks at the machine when the server came up or is at rest, and publishes what it found.

    Args:
        gpus: looks for graphics processors.
        system: knows the machine's own Ollama.
        server: the server that is kept by us.
        answers: whether a server answers at an address.
        settings: for the models folder.
        bus: for ``MachineExamined``.
        tasks: owns the looking.
        pause_s: between two looks.
        stop_limit_s: for our server to stop.
        answer_limit_s: for the machine's own to answer.
    """

    def __init__(
        self,
        gpus: Gpus,
        *,
        system: System,
        server: Server,
        answers: Callable[[ServerAddress], Awaitable[bool]],
        settings: Settings,
        bus: EventBus,
        tasks: TaskScope,
        pause_s: float = PAUSE_S,
        stop_limit_s: float = STOP_LIMIT_S,
        answer_limit_s: float = ANSWER_LIMIT_S,
    ) -> None:
        self._gpus = gpus
        self._system = system
        self._server = server
        self._answers = answers
        self._settings = settings
        self._bus = bus
        self._stop_limit_s = stop_limit_s
        self._answer_limit_s = answer_limit_s
        self._found = MachineExamined(GpuFacts(), None)
        self._wake = asyncio.Event()
        bus.subscribe(ServerStateChanged, self._on_server_state_changed)
        tasks.spawn(self._keep_looking(pause_s), name="look at the machine")

    @property
    def gpu(self) -> GpuFacts:
        return self._found.gpu

    @property
    def system(self) -> SystemOllama | None:
        return self._found.system

    async def look(self) -> None:
        """Look now, and publish what was found."""
        gpu, stopped = await asyncio.gather(self._gpus.look(), self._system.stopped())
        system = None if stopped is None else await asyncio.to_thread(self._describe, stopped)
        found = MachineExamined(gpu, system)
        if found != self._found:
            self._found = found
            self._bus.publish(found)

    async def start_system_server(self) -> None:
        """Let the machine's own Ollama have its port, start it, and use it.

        Raises:
            SidecarError: it was not started; ours runs again if it did before.
        """
        system = self._found.system
        if system is None:
            raise SidecarError("There is no stopped Ollama on this machine any more.")
        ran = self._server.status.state not in AT_REST
        try:
            if ran:
                self._server.stop()
                await self._until_at_rest()
            await self._system.start()
            await self._until_answered(system.address)
        except SidecarError:
            if ran:
                self._server.start()
            raise
        self._server.move_to(system.address)
        self._server.start()
        await self.look()

    async def use_system_folder(self) -> None:
        """Let our server use the models of the machine's own Ollama.

        Raises:
            SettingsError: the folder cannot be used.
            StorageError: the setting cannot be written.
        """
        system = self._found.system
        if system is not None:
            await self._settings.change(models_folder=str(system.models_folder))
            self._settings.restart_server()
            await self.look()

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        if event.status.state in TELLING:
            self._wake.set()

    async def _keep_looking(self, pause_s: float) -> None:
        while True:
            await self._wake.wait()  # for as long as nothing happens
            self._wake.clear()
            await self.look()
            await asyncio.sleep(pause_s)

    def _describe(self, stopped: StoppedService) -> SystemOllama | None:
        """What its folder holds; None where that cannot be read, holds nothing, or is ours already."""
        folder = stopped.models_folder
        if folder.resolve() == self._settings.models_folder.resolve() or not os.access(folder / "blobs", os.R_OK):
            return None
        stored = ManifestFolder(folder / "manifests").all()
        layers = [layer for each in stored for layer in (each.manifest.config, *each.manifest.layers)]
        blobs = folder / "blobs"
        if not layers or not os.access(blobs / layers[0].digest.replace(":", "-"), os.R_OK):
            return None
        return SystemOllama(
            folder,
            len(stored),
            sum({layer.digest: layer.size for layer in layers}.values()),
            stopped.address,
            can_be_started=stopped.can_be_started,
            folder_can_be_used="models_folder" not in self._settings.overrides(),
            folder_is_writable=os.access(blobs, os.W_OK),
        )

    async def _until_answered(self, address: ServerAddress) -> None:
        """Otherwise ours would take the port before it does."""
        deadline = asyncio.get_running_loop().time() + self._answer_limit_s
        while not await self._answers(address):
            if asyncio.get_running_loop().time() > deadline:
                raise SidecarError(f"The system's Ollama was started but does not answer at {address}.")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _until_at_rest(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._stop_limit_s
        while self._server.status.state not in AT_REST:
            if asyncio.get_running_loop().time() > deadline:
                raise SidecarError("The server did not stop, so the system's Ollama was not started.")
            await asyncio.sleep(LOOK_EVERY_S)

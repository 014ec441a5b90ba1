"""Whether another server works in the models folder of ours, and that a person learns of it once."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.events import NoticeRaised, ServerStateChanged
from ollama_desk.domain.server import ServerState

LOOK_EVERY_S = 60.0


class SharingService:
    """Looks when our server is ready, and every minute as long as it is.

    Args:
        sharing: who else works in a folder, in words; empty where nobody does.
        own_folder: where our server has its models.
        bus: for the notice.
        tasks: owns the looking.
        look_every_s: the pause between two looks.
    """

    def __init__(
        self,
        sharing: Callable[[Path], Awaitable[str]],
        *,
        own_folder: Callable[[], Path],
        bus: EventBus,
        tasks: TaskScope,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._sharing = sharing
        self._own_folder = own_folder
        self._bus = bus
        self._look_every_s = look_every_s
        self._ready = asyncio.Event()
        self._told: set[tuple[Path, str]] = set()
        self.shared_with = ""  # in words; while it is not empty, nothing in the folder may be mended or removed
        bus.subscribe(ServerStateChanged, self._on_server_state_changed)
        tasks.spawn(self._keep_looking(), name="look for servers in the same folder")

    async def look(self) -> None:
        """Look now, and tell what was not told before."""
        folder = self._own_folder()
        self.shared_with = other = await self._sharing(folder)
        if other and (folder, other) not in self._told:
            self._told.add((folder, other))
            self._bus.publish(NoticeRaised(_sentence(folder, other)))

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        if event.status.state is ServerState.READY:
            self._ready.set()
        elif not event.status.state.is_passing:
            self._ready.clear()

    async def _keep_looking(self) -> None:
        while True:
            await self._ready.wait()  # for as long as no server of ours runs
            await self.look()
            await asyncio.sleep(self._look_every_s)


def _sentence(folder: Path, other: str) -> str:
    return (
        f"The models folder {folder} is used by {other}, too. Both can run the models there, but do not download or "
        "delete the same one in both at once. Ollama Desk removes and mends nothing there meanwhile."
    )

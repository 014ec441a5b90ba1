"""Fills the catalogue of *Get models* when it is first looked at, and follows what is installed and what fits."""

from collections.abc import Iterable
from typing import Protocol

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.catalogue import Catalogue, room_bytes
from ollama_desk.domain.events import ModelsChanged
from ollama_desk.domain.fit import MachineMemory
from ollama_desk.domain.models import Model
from ollama_desk.ui.models.get_panel import GetPanel
from ollama_desk.ui.models.typed_name import full_name


class Catalogues(Protocol):
    """Where the catalogue is read."""

    async def catalogue(self) -> Catalogue: ...


class Memory(Protocol):
    """Who knows the memory of the machine; never raises."""

    async def memory(self) -> MachineMemory: ...


class CataloguePresenter:
    """Nothing is read before somebody looks.

    Args:
        catalogues: the service.
        memory: looked at whenever the page is.
        panel: the page.
        signals: the events.
        actions: runs what takes time.
        models: what is installed now.
    """

    def __init__(
        self,
        catalogues: Catalogues,
        *,
        memory: Memory,
        panel: GetPanel,
        signals: Signals,
        actions: Actions,
        models: Iterable[Model],
    ) -> None:
        self._catalogues = catalogues
        self._memory = memory
        self._is_read = False
        self._panel = panel
        self._actions = actions
        self._show_installed(models)
        panel.shown.connect(self._on_shown)
        signals.models_changed.connect(self._on_models_changed)

    def _on_shown(self) -> None:
        if not self._is_read:
            self._is_read = True
            self._actions.run(self._load(), name="read the catalogue")
        self._actions.run(self._look(), name="look at the memory for the catalogue")

    def _on_models_changed(self, event: ModelsChanged) -> None:
        self._show_installed(event.models)

    async def _load(self) -> None:
        self._panel.show_catalogue(await self._catalogues.catalogue())

    async def _look(self) -> None:
        self._panel.catalogue.show_room(room_bytes(await self._memory.memory()))

    def _show_installed(self, models: Iterable[Model]) -> None:
        self._panel.catalogue.show_installed({full_name(model.name) for model in models})

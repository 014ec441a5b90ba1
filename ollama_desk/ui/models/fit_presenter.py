"""Tells the pages of models whether each will run: the one that is looked up, and those that are installed."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.events import MachineExamined, ModelsChanged, ServerStateChanged
from ollama_desk.domain.fit import Fit
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import Offer
from ollama_desk.ui.models.offer_card import OfferCard
from ollama_desk.ui.models.panel import ModelsPanel

AT_ONCE = 25  # estimates that are shown together


class Fits(Protocol):
    """Who estimates; never raises."""

    def fit_of(self, wanted: Offer | str, *, context: int | None = None) -> Coroutine[Any, Any, Fit]: ...


class FitPresenter:
    """Installed models are looked at while their page is seen, one after the other.

    Args:
        fits: the service.
        card: of the model that was looked up.
        installed: the page of those that are installed.
        signals: the events.
        actions: runs what takes time.
        models: what is installed now.
    """

    def __init__(
        self,
        fits: Fits,
        *,
        card: OfferCard,
        installed: ModelsPanel,
        signals: Signals,
        actions: Actions,
        models: Sequence[Model] = (),
    ) -> None:
        self._fits = fits
        self._card = card
        self._installed = installed
        self._actions = actions
        self._models = tuple(models)
        self._is_busy = False
        self._is_stale = True
        card.offer_shown.connect(self._on_offer_shown)
        installed.shown.connect(self._again)
        signals.models_changed.connect(self._on_models_changed)
        signals.server_state_changed.connect(self._on_server_state_changed)
        signals.machine_examined.connect(self._on_machine_examined)

    def _on_offer_shown(self, offer: Offer) -> None:
        self._actions.run(self._tell_of(offer), name="estimate a model's memory")

    def _on_models_changed(self, event: ModelsChanged) -> None:
        self._models = event.models
        self._again()

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        if event.status.state.answers:  # it may be another, that uses other hardware
            self._again()

    def _on_machine_examined(self, _event: MachineExamined) -> None:
        self._again()

    def _again(self) -> None:
        self._is_stale = True
        self._look()

    def _look(self) -> None:
        if self._is_stale and not self._is_busy and self._installed.isVisible():
            self._is_busy = True
            self._actions.run(self._tell_all(), name="estimate the models' memory")

    async def _tell_of(self, offer: Offer) -> None:
        fit = await self._fits.fit_of(offer)
        self._card.show_fit(offer, fit)

    async def _tell_all(self) -> None:
        """Again from the start where something changed meanwhile."""
        try:
            while self._is_stale and self._installed.isVisible():
                self._is_stale = False
                await self._tell(self._models)
        finally:
            self._is_busy = False

    async def _tell(self, models: Sequence[Model]) -> None:
        found: dict[str, Fit] = {}
        for number, model in enumerate(models, start=1):
            found[model.name] = await self._fits.fit_of(model.name)
            if number % AT_ONCE == 0 or number == len(models):
                self._installed.show_fits(found)
                await asyncio.sleep(0)

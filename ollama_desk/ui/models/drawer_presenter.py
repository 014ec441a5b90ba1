"""Tells the drawer about its model: what the server says, what it is made of, whether it runs here."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QTimer

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.anatomy import Anatomy
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import ModelsChanged, ServerStateChanged
from ollama_desk.domain.fit import Fit
from ollama_desk.domain.models import Model, ModelDetails, RunningModel
from ollama_desk.domain.pulls import Offer
from ollama_desk.domain.server import ServerStatus
from ollama_desk.ui.language import said
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.drawer_text import Subject
from ollama_desk.ui.text import one_line

REST_MS = 80  # on one model, before it is asked about: who holds an arrow key passes thirty a second
TIMES_MS = 5_000  # between two looks at the clock, while the drawer is seen


class Models(Protocol):
    """What is asked of the service."""

    @property
    def models(self) -> tuple[Model, ...]: ...
    @property
    def running(self) -> tuple[RunningModel, ...]: ...
    @property
    def known(self) -> bool: ...
    def details(self, name: str) -> Coroutine[Any, Any, ModelDetails]: ...


class Anatomies(Protocol):
    """Who looks into the models folder."""

    def anatomy(self, name: str) -> Coroutine[Any, Any, Anatomy]: ...


class Fits(Protocol):
    """Who estimates; never raises."""

    def fit_of(self, wanted: Offer | str, *, context: int | None = None) -> Coroutine[Any, Any, Fit]: ...


class DrawerPresenter:
    """What was asked for another model, or before its files changed, is not shown.

    Args:
        models: the service.
        anatomies: looks into the models folder.
        fits: estimates.
        drawer: shows it.
        signals: the events.
        actions: runs what takes time.
        server: the server's status now.
        chat_with: opens a chat with the model of this name.
    """

    def __init__(
        self,
        models: Models,
        *,
        anatomies: Anatomies,
        fits: Fits,
        drawer: ModelDrawer,
        signals: Signals,
        actions: Actions,
        server: ServerStatus,
        chat_with: Callable[[str], None],
    ) -> None:
        self._models = models
        self._anatomies = anatomies
        self._fits = fits
        self._drawer = drawer
        self._actions = actions
        self._status = server
        self._asked = ("", "")  # the name and the digest that the answers are to be about
        self._has_failed = False  # an answer about it: asked again as soon as something changes
        self._others: frozenset[str] = frozenset()  # with whom it may share something
        self._soon = QTimer(drawer)
        self._soon.setSingleShot(True)
        self._soon.setInterval(REST_MS)
        self._soon.timeout.connect(self._ask)
        drawer.model_shown.connect(self._on_model_shown)
        drawer.details_requested.connect(self._on_details_requested)
        drawer.layers_requested.connect(self._on_layers_requested)
        drawer.chat_requested.connect(chat_with)
        signals.models_changed.connect(self._on_models_changed)
        signals.server_state_changed.connect(self._on_server_state_changed)
        clock = QTimer(drawer)
        clock.setInterval(TIMES_MS)
        clock.timeout.connect(self._on_clock)
        clock.start()

    def _on_model_shown(self, _name: str) -> None:
        self._asked, self._has_failed = ("", ""), False
        self._follow()

    def _on_models_changed(self, event: ModelsChanged) -> None:
        name = self._drawer.name
        if name and self._models.known and all(model.name != name for model in event.models):
            self._drawer.show_model("")
            return
        self._follow()
        others = _all_of(event.models)
        if self._has_failed:
            self._soon.start()
        elif others != self._others and self._asked[0]:
            self._others = others
            self._look(self._asked)

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        self._status = event.status
        self._follow()
        if self._has_failed and event.status.state.answers:
            self._soon.start()

    def _on_clock(self) -> None:
        if self._drawer.isVisible():
            self._drawer.refresh_times()

    def _on_details_requested(self, _name: str) -> None:
        self._actions.run(self._tell_details(self._asked), name="ask about a model")

    def _on_layers_requested(self, _name: str) -> None:
        self._look(self._asked)

    def _follow(self) -> None:
        """Show what is known; ask about a model that was not asked about."""
        name = self._drawer.name
        self._drawer.show_taken([model.name for model in self._models.models])
        model = next((model for model in self._models.models if model.name == name), None)
        if model is None:
            self._drawer.show_server(self._status)
            return
        running = next((each for each in self._models.running if each.name == name), None)
        self._drawer.show_subject(Subject(model, running, self._status))
        asked = (name, model.digest)
        if asked != self._asked and self._status.state.answers:
            self._asked = asked
            self._soon.start()

    def _ask(self) -> None:
        asked, self._has_failed = self._asked, False
        if asked[0]:
            self._others = _all_of(self._models.models)
            self._actions.run(self._tell_details(asked), name="ask about a model")
            self._actions.run(self._tell_fit(asked), name="estimate a model's memory")
            self._look(asked)

    def _look(self, asked: tuple[str, str]) -> None:
        self._actions.run(self._tell_layers(asked), name="look at a model's layers")

    async def _tell_details(self, asked: tuple[str, str]) -> None:
        try:
            details = await self._models.details(asked[0])
        except DeskError as error:
            if asked == self._asked:
                self._has_failed = True
                self._drawer.show_details_trouble(one_line(said(str(error))))
            return
        if asked == self._asked:
            self._drawer.show_details(details)

    async def _tell_layers(self, asked: tuple[str, str]) -> None:
        try:
            anatomy = await self._anatomies.anatomy(asked[0])
        except DeskError as error:
            if asked == self._asked:
                self._has_failed = True
                self._drawer.show_anatomy_trouble(one_line(said(str(error))))
            return
        if asked == self._asked:
            self._drawer.show_anatomy(anatomy)

    async def _tell_fit(self, asked: tuple[str, str]) -> None:
        fit = await self._fits.fit_of(asked[0])
        if asked == self._asked:
            self._drawer.show_fit(fit)


def _all_of(models: Sequence[Model]) -> frozenset[str]:
    return frozenset(f"{model.name} {model.digest}" for model in models)

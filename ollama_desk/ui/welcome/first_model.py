"""From the machine to the first chat: what is recommended, its download, and the chat with it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.catalogue import Task
from ollama_desk.domain.errors import DeskError, RegistryTimeoutError, RegistryUnreachableError
from ollama_desk.domain.events import (
    MachineExamined,
    ServerStateChanged,
)
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import Offer
from ollama_desk.domain.recommendation import Recommendation
from ollama_desk.domain.server import ServerStatus
from ollama_desk.services.recommendation import Found
from ollama_desk.ui.models.offer_text import refusal
from ollama_desk.ui.models.pulls import Pulls
from ollama_desk.ui.models.tellings import installed
from ollama_desk.ui.models.typed_name import full_name
from ollama_desk.ui.text import one_line, size_text
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.first_download import NAME_LIMIT, FirstDownload
from ollama_desk.ui.welcome.panel import WelcomePanel
from ollama_desk.ui.welcome.proposal_card import Stage

LARGER = 1.2  # times the estimate: what is more than that is shown before it is downloaded


class Recommendations(Protocol):
    """What is needed of the service. ``look`` never raises, ``recommend`` may raise ``CatalogueError``."""

    def look(self) -> Coroutine[Any, Any, Found]: ...
    def recommend(
        self, task: Task = ..., *, found: Found | None = ...
    ) -> Coroutine[Any, Any, Recommendation | None]: ...


class Models(Protocol):
    """What is needed of the installed models."""

    @property
    def models(self) -> Sequence[Model]: ...
    def load(self, name: str) -> Coroutine[Any, Any, None]: ...


class FirstModelPresenter:
    """Nothing is looked at before the page is seen, nothing asked of a registry before the click.

    Args:
        recommendations: knows the machine, and what to propose for it.
        pulls: downloads.
        models: what is installed, and loads it.
        panel: the page.
        theme: for the question before a download is given up.
        signals: the events.
        actions: runs what takes time.
        server: the server's status now.
        chat_with: opens a chat with a model.
    """

    def __init__(
        self,
        recommendations: Recommendations,
        *,
        pulls: Pulls,
        models: Models,
        panel: WelcomePanel,
        theme: Theme,
        signals: Signals,
        actions: Actions,
        server: Callable[[], ServerStatus],
        chat_with: Callable[[str], None],
    ) -> None:
        self._recommendations = recommendations
        self._pulls = pulls
        self._models = models
        self._panel = panel
        self._card = panel.proposal
        self._actions = actions
        self._server = server
        self._chat_with = chat_with
        self._seen_server = _what_matters(server())
        self._has_looked = False
        self._recommended: Recommendation | None = None
        self._agreed_bytes = 0  # what the person has seen, and clicked on
        self._looking_up: asyncio.Task[object] | None = None
        self._again: Callable[[], None] = self._begin
        self._download = FirstDownload(
            pulls,
            panel=panel,
            theme=theme,
            signals=signals,
            actions=actions,
            recommended=lambda: self._recommended,
        )
        self._connect(signals)

    def _connect(self, signals: Signals) -> None:
        card, download = self._card, self._download
        self._panel.shown.connect(self._look)
        card.download_requested.connect(self._begin)
        card.try_again_requested.connect(self._on_try_again_requested)
        card.cancel_requested.connect(self._on_cancel_look_up_requested)
        download.failed.connect(self._on_download_failed)
        download.finished.connect(self._on_finished)
        download.gone.connect(self._propose)
        signals.server_state_changed.connect(self._on_server_state_changed)
        signals.machine_examined.connect(self._on_machine_examined)
        download.begin()

    # the machine

    def _look(self) -> None:
        if self._panel.isVisible():
            self._actions.run(self._look_and_propose(), name="look for a first model")

    async def _look_and_propose(self) -> None:
        """Not while the server starts: which program it will be decides what is used of the machine."""
        found = await self._recommendations.look()
        if self._server().state.is_passing:
            return
        self._panel.found.show_found(found)
        before = self._recommended
        try:
            self._recommended = await self._recommendations.recommend(found=found)
        except DeskError as error:
            self._fail(error, again=self._look_again)
            return
        self._has_looked = True
        self._download.name_anew()
        if self._card.stage in (Stage.LOOKING, Stage.NOTHING) or (
            self._card.stage is Stage.PROPOSED and _gist(before) != _gist(self._recommended)
        ):
            self._propose()

    def _look_again(self) -> None:
        self._card.show_looking()
        self._look()

    def _propose(self) -> None:
        if not self._has_looked:
            self._look_again()
            return
        self._agreed_bytes = 0 if self._recommended is None else round(self._recommended.size.size_bytes * LARGER)
        self._card.show_recommendation(self._recommended)

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        seen = _what_matters(event.status)
        if seen != self._seen_server:
            self._seen_server = seen
            self._look()

    def _on_machine_examined(self, _event: MachineExamined) -> None:
        self._look()

    # the download

    def _begin(self) -> None:
        if self._recommended is not None:
            self._actions.run(self._fetch(self._recommended), name="download the first model")

    async def _fetch(self, wanted: Recommendation) -> None:
        """Look it up, see that it has room, put it into the list."""
        self._card.show_busy(_tr("Looking up %1").replace("%1", wanted.title), can_cancel=True)
        self._looking_up = asyncio.current_task()
        try:
            offer = await self._pulls.look_up(wanted.name)
            self._looking_up = None
            said_no = refusal(offer, name=wanted.name, server=self._server().kind, jobs=self._pulls.jobs)
            if offer.is_installed:
                await self._chat(wanted.name)
            elif said_no:
                self._again = self._begin
                self._card.show_problem(said_no)
            elif not self._is_agreed(offer):
                self._ask_again(offer)
            else:
                self._download.show(await self._pulls.add(wanted.name))
        except DeskError as error:
            self._fail(error, again=self._begin)

    def _on_try_again_requested(self) -> None:
        self._again()

    def _on_download_failed(self, reason: str) -> None:
        self._again = self._download.retry
        self._card.show_problem(reason)

    def _on_cancel_look_up_requested(self) -> None:
        if self._looking_up is not None:
            self._looking_up.cancel()
            self._looking_up = None
            self._propose()

    def _is_agreed(self, offer: Offer) -> bool:
        return offer.total_bytes <= self._agreed_bytes

    def _ask_again(self, offer: Offer) -> None:
        self._agreed_bytes = offer.total_bytes
        text = _tr("The registry says that it is %1, more than was estimated.")
        self._card.show_size(offer.total_bytes, text.replace("%1", size_text(offer.total_bytes)))

    # the chat

    def _on_finished(self, name: str) -> None:
        """Nobody who looks at something else by now is led away from it: a notice tells them."""
        if self._panel.isVisible() or self._has_just_given_way(name):
            self._actions.run(self._chat(name), name="chat with the first model")
        else:
            self._propose()

    def _has_just_given_way(self, name: str) -> bool:
        """Whether it was seen, and went only because the model was listed before its download had ended."""
        models = self._models.models
        is_only_one = bool(models) and all(full_name(model.name) == full_name(name) for model in models)
        return self._download.is_watched() and is_only_one

    async def _chat(self, name: str) -> None:
        self._card.show_busy(_tr("Loading %1").replace("%1", one_line(name, NAME_LIMIT)))
        try:
            await self._models.load(name)
        except DeskError as error:
            self._fail(error, again=lambda: self._load_again(name))
            if not self._panel.isVisible():
                raise
            return
        there = installed(name, self._models.models)
        self._chat_with(there.name if there is not None else name)
        self._propose()  # for the day on which all models are gone

    def _load_again(self, name: str) -> None:
        self._actions.run(self._chat(name), name="chat with the first model")

    def _fail(self, error: DeskError, *, again: Callable[[], None]) -> None:
        self._again = again
        is_offline = isinstance(error, RegistryUnreachableError | RegistryTimeoutError)
        hint = _tr("The demonstration model and files of your own need no network.") if is_offline else ""
        self._card.show_problem(str(error), hint=hint)


def _what_matters(status: ServerStatus) -> tuple[object, ...]:
    """Of a server: which program, where, whose, and whether it is at rest. It decides what is used of which machine."""
    return status.kind, status.address, status.is_ours, status.state.is_passing


def _gist(recommended: Recommendation | None) -> tuple[object, ...]:
    """What the card says of it."""
    if recommended is None:
        return ()
    return recommended.name, recommended.why, recommended.context, recommended.is_held_by_disk


def _tr(text: str) -> str:
    return QCoreApplication.translate("Welcome", text)

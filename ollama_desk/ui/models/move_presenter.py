"""Connects the move of the models folder to its card."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import MoveChanged, MoveProgressed
from ollama_desk.domain.moving import MoveJob, MoveOffer, MoveState
from ollama_desk.domain.settings import FolderContent
from ollama_desk.ui.models.move_card import MoveCard
from ollama_desk.ui.models.move_text import end_text


class Moving(Protocol):
    """What is needed of the service."""

    @property
    def job(self) -> MoveJob | None: ...
    def refusal(self) -> str: ...
    def examine(self, chosen: Path) -> Coroutine[Any, Any, MoveOffer]: ...
    def start(self, offer: MoveOffer) -> None: ...
    def cancel(self) -> None: ...


class Places(Protocol):
    """Who knows the folder."""

    @property
    def models_folder(self) -> Path: ...
    def models_content(self) -> Coroutine[Any, Any, FolderContent]: ...


class MovePresenter:
    """The folder is looked at when the card appears, and when something in it may be different.

    Args:
        moving: the service.
        places: knows the folder.
        card: shows both.
        signals: the events.
        actions: runs what takes time.
        notify: tells how a move ended to who looks elsewhere.
        open_path: shows a folder with what the desktop has for it.
    """

    def __init__(
        self,
        moving: Moving,
        *,
        places: Places,
        card: MoveCard,
        signals: Signals,
        actions: Actions,
        notify: Callable[[str], None],
        open_path: Callable[[Path], None],
    ) -> None:
        self._moving = moving
        self._places = places
        self._card = card
        self._actions = actions
        self._notify = notify
        self._open_path = open_path
        self._was_asked_for = False  # otherwise it is the end of one of an earlier run, which has a notice of its own
        card.open_requested.connect(lambda: self._open_path(self._places.models_folder))
        card.place_chosen.connect(self._on_place_chosen)
        card.move_requested.connect(self._on_move_requested)
        card.cancel_requested.connect(moving.cancel)
        signals.move_changed.connect(self._on_move_changed)
        signals.move_progressed.connect(self._on_move_progressed)
        for changed in (signals.server_state_changed, signals.imports_changed, signals.exports_changed):
            changed.connect(self._show_refusal)
        signals.settings_changed.connect(self.look)
        signals.models_changed.connect(self._on_models_changed)
        if moving.job is not None and not moving.job.state.is_over:
            card.show_job(moving.job)

    def look(self) -> None:
        """Show what is there now."""
        self._show_refusal()
        self._actions.run(self._show_content(), name="look into the models folder")

    def _show_refusal(self) -> None:
        self._card.show_refusal(self._moving.refusal())

    async def _show_content(self) -> None:
        self._card.show_content(await self._places.models_content())

    def _on_models_changed(self) -> None:
        if self._card.isVisible():
            self.look()

    def _on_place_chosen(self, place: Path) -> None:
        self._actions.run(self._examine(place), name="look at a place for models")

    async def _examine(self, place: Path) -> None:
        """What speaks against it is told in the card."""
        try:
            self._card.show_offer(await self._moving.examine(place))
        except DeskError as error:
            self._card.show_failure(str(error))

    def _on_move_requested(self, offer: MoveOffer) -> None:
        try:
            self._moving.start(offer)
        except DeskError as error:
            self._card.show_failure(str(error))

    def _on_move_changed(self, event: MoveChanged) -> None:
        job = event.job
        self._card.show_job(job)
        if job.state is MoveState.COPYING:
            self._was_asked_for = True
        if job.state.is_over:
            self.look()
            if self._was_asked_for and job.state is not MoveState.CANCELLED:
                self._notify(end_text(job))
            self._was_asked_for = False

    def _on_move_progressed(self, event: MoveProgressed) -> None:
        self._card.show_job(event.job)

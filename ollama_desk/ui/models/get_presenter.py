"""Connects *Get models* to the registries: look up, agree, download."""

import asyncio
from collections.abc import Callable

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import ConsentNeededError, DeskError
from ollama_desk.domain.events import PullsChanged, ServerStateChanged
from ollama_desk.domain.pulls import Offer, PullJob
from ollama_desk.domain.server import ServerKind, ServerStatus
from ollama_desk.ui.language import said
from ollama_desk.ui.models.get_panel import GetPanel
from ollama_desk.ui.models.offer_text import refusal
from ollama_desk.ui.models.pulls import Pulls
from ollama_desk.ui.models.typed_name import TypedName, typed_name


class GetPresenter:
    """Nothing is asked of a registry that a person did not name, nothing downloaded that they did not see.

    Args:
        pulls: the service.
        panel: the page.
        signals: the events.
        actions: runs what takes time.
        server: the server's status now.
        show_job: shows the download with this id.
    """

    def __init__(
        self,
        pulls: Pulls,
        *,
        panel: GetPanel,
        signals: Signals,
        actions: Actions,
        server: ServerStatus,
        show_job: Callable[[int], None],
    ) -> None:
        self._pulls = pulls
        self._panel = panel
        self._actions = actions
        self._show_job = show_job
        self._server: ServerKind = server.kind
        self._asked = TypedName("")
        self._consented = False
        self._offer: Offer | None = None
        self._looking: asyncio.Task[object] | None = None
        panel.look_up_requested.connect(self._on_look_up_requested)
        panel.cancel_requested.connect(self._on_cancel_requested)
        panel.agreed.connect(self._on_agreed)
        panel.download_requested.connect(self._on_download_requested)
        signals.pulls_changed.connect(self._on_pulls_changed)
        signals.server_state_changed.connect(self._on_server_state_changed)

    def _on_look_up_requested(self, text: str) -> None:
        """Plain HTTP is a matter for the person, whatever the service says to it."""
        self._stop()
        self._asked, self._consented = typed_name(text), False
        if self._asked.insecure:
            self._panel.show_consent(self._asked.host, insecure=True)
        elif self._asked.name:
            self._begin()

    def _on_agreed(self) -> None:
        self._consented = True
        self._begin()

    def _on_cancel_requested(self) -> None:
        self._stop()
        self._panel.show_nothing()

    def _on_download_requested(self) -> None:
        if self._offer is not None:
            self._actions.run(self._download(self._asked), name="add a download")

    def _on_pulls_changed(self, event: PullsChanged) -> None:
        self._judge(event.jobs)

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        if event.status.kind is not self._server:
            self._server = event.status.kind
            self._judge(self._pulls.jobs)

    def _begin(self) -> None:
        self._offer = None
        self._panel.show_looking(self._asked.name)
        self._actions.run(self._look_up(self._asked), name="look up a model")

    def _stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look_up(self, asked: TypedName) -> None:
        """What comes of a name that is no longer asked for is not shown."""
        if asked is not self._asked:
            return  # another name came before this task began
        self._looking = asyncio.current_task()
        try:
            offer = await self._pulls.look_up(asked.name, insecure=asked.insecure, consented=self._consented)
        except ConsentNeededError as error:
            self._panel.show_consent(error.host or asked.host, insecure=asked.insecure)
        except DeskError as error:
            self._panel.show_problem(said(str(error)))
        else:
            self._offer = offer
            self._panel.show_offer(offer, self._refusal(offer, self._pulls.jobs))
        self._looking = None

    async def _download(self, asked: TypedName) -> None:
        self._panel.card.download.setEnabled(False)  # until it is among the downloads, or refused
        try:
            job = await self._pulls.add(asked.name, insecure=asked.insecure, consented=self._consented)
        except DeskError as error:
            self._panel.show_problem(said(str(error)))
            return
        self._offer = None
        self._panel.show_nothing()
        self._panel.field.clear()
        self._show_job(job.id)

    def _judge(self, jobs: tuple[PullJob, ...]) -> None:
        if self._offer is not None:
            self._panel.card.show_refusal(self._refusal(self._offer, jobs))

    def _refusal(self, offer: Offer, jobs: tuple[PullJob, ...]) -> str:
        return refusal(offer, name=self._asked.name, server=self._server, jobs=jobs)

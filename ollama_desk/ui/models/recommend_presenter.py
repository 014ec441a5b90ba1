"""Keeps the line above the catalogue true: for the task that is chosen, for this machine, for what is installed."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.catalogue import Task
from ollama_desk.domain.events import MachineExamined, ModelsChanged, ServerStateChanged
from ollama_desk.domain.models import Model
from ollama_desk.domain.recommendation import Recommendation
from ollama_desk.domain.server import ServerAddress, ServerKind, ServerStatus
from ollama_desk.ui.models.get_panel import GetPanel
from ollama_desk.ui.models.recommend_row import RecommendRow
from ollama_desk.ui.models.tellings import installed


class Recommendations(Protocol):
    """Raises ``CatalogueError`` where there is nothing to recommend from."""

    def recommend(self, task: Task = Task.CHAT) -> Coroutine[Any, Any, Recommendation | None]: ...


class RecommendPresenter:
    """Nothing is asked before somebody looks at *Get models*.

    Args:
        recommendations: the service.
        row: the line.
        panel: the page that it stands on.
        signals: the events.
        actions: runs what takes time.
        models: what is installed now.
        server: the server's status now.
        chat_with: opens a chat with a model.
    """

    def __init__(
        self,
        recommendations: Recommendations,
        *,
        row: RecommendRow,
        panel: GetPanel,
        signals: Signals,
        actions: Actions,
        models: Callable[[], Sequence[Model]],
        server: ServerStatus,
        chat_with: Callable[[str], None],
    ) -> None:
        self._recommendations = recommendations
        self._row = row
        self._panel = panel
        self._actions = actions
        self._models = models
        self._server = _what_matters(server)
        self._shown: tuple[Task, Recommendation | None] | None = None
        row.look_up_requested.connect(panel.catalogue.look_up_requested)
        row.chat_requested.connect(chat_with)
        panel.shown.connect(self._look)
        panel.catalogue.filters.changed.connect(self._on_filters_changed)
        signals.models_changed.connect(self._on_models_changed)
        signals.machine_examined.connect(self._on_machine_examined)
        signals.server_state_changed.connect(self._on_server_state_changed)

    def _on_filters_changed(self) -> None:
        if self._shown is None or self._shown[0] is not self._task():
            self._look()

    def _on_models_changed(self, _event: ModelsChanged) -> None:
        if self._shown is not None:
            self._show(*self._shown)

    def _on_machine_examined(self, _event: MachineExamined) -> None:
        self._look()

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        now = _what_matters(event.status)
        if now != self._server:
            self._server = now
            self._look()

    def _look(self) -> None:
        if self._panel.isVisible():
            self._actions.run(self._recommend(self._task()), name="recommend a model")

    async def _recommend(self, task: Task) -> None:
        recommended = await self._recommendations.recommend(task)
        if task is self._task():
            self._show(task, recommended)

    def _show(self, task: Task, recommended: Recommendation | None) -> None:
        self._shown = task, recommended
        if recommended is None:
            self._row.show_nothing(task)
            return
        models = self._models()
        there = next((found for name in recommended.size.names if (found := installed(name, models))), None)
        self._row.show_recommendation(recommended, installed=there.name if there is not None else "")

    def _task(self) -> Task:
        """The one that is chosen; without a choice people want to chat."""
        return self._panel.catalogue.filters.wish.task or Task.CHAT


def _what_matters(status: ServerStatus) -> tuple[ServerKind, ServerAddress]:
    """Which program runs models decides whether a GPU is used, and where it is, which machine is meant."""
    return status.kind, status.address

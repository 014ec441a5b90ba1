"""Deleting models in two steps: gone from sight at once, from the server when nobody took it back."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError, ModelChangeError, ModelNotFoundError, OllamaError, PullRefusedError
from ollama_desk.domain.events import (
    ImportFinished,
    NoticeRaised,
    PullsChanged,
    ServerStateChanged,
    TurnStarted,
)
from ollama_desk.domain.model_names import key_of
from ollama_desk.domain.models import Model
from ollama_desk.domain.pending import ChangeKind, PendingChange
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.models import ModelsService

log = logging.getLogger(__name__)

UNDO_S = 10.0  # as a person is told
LAST_MOMENT_S = 0.5  # what is taken back when the notice goes is taken back still
AGAIN_S = 2.0  # between two tries to reach a server that should answer
LEAVING_S = 2.0
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Deletion:
    """What can be taken back at once."""

    id: int
    models: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """One model of a deletion."""

    deletion: int
    model: Model  # as it was when it was deleted
    change: PendingChange


class ModelDeletions:
    """Keeps what is deleted until it cannot be taken back any more, and then has the server remove it.

    While the server does not answer, the wish is kept; a server at another address never hears of it. A model that is
    used, downloaded or imported meanwhile is not removed, nor is another one that got its name.

    Args:
        client: asks the server.
        models: shows what is left.
        is_pulling: whether a download of the model goes on.
        bus: for ``NoticeRaised`` about what could not be deleted.
        tasks: owns the waiting.
        undo_s: how long a deletion can be taken back.
    """

    def __init__(
        self,
        client: OllamaClient,
        *,
        models: ModelsService,
        is_pulling: Callable[[str], bool],
        bus: EventBus,
        tasks: TaskScope,
        undo_s: float = UNDO_S + LAST_MOMENT_S,
    ) -> None:
        self._client = client
        self._models = models
        self._is_pulling = is_pulling
        self._bus = bus
        self._tasks = tasks
        self._undo_s = undo_s
        self._numbers = count(1)
        self._wishes: dict[str, _Wish] = {}  # by the key of the name; those that can be taken back
        self._sent: set[int] = set()  # the deletions of which something cannot be taken back
        self._removing = asyncio.Lock()
        self._address = ""
        self._answers = asyncio.Event()
        bus.subscribe(ServerStateChanged, self._on_server_state_changed)
        bus.subscribe(TurnStarted, lambda event: self.keep_used(event.answer.model))
        bus.subscribe(ImportFinished, self._on_import_finished)
        bus.subscribe(PullsChanged, self._on_pulls_changed)

    def delete(self, names: Sequence[str]) -> Deletion:
        """Let models vanish; ``undo`` brings them back for ``undo_s`` seconds.

        Raises:
            PullRefusedError: one is being downloaded; all stay.
            ModelNotFoundError: one is not installed; all stay.
        """
        models = tuple(self._deletable(name) for name in names)
        deletion = Deletion(next(self._numbers), models)
        for model in models:
            wish = _Wish(deletion.id, model, PendingChange(ChangeKind.DELETE, model.name))
            self._wishes[key_of(model.name)] = wish
            self._models.give_up_loading(model.name)
        self._models.begin(*(wish.change for wish in self._of(deletion.id)))
        self._tasks.spawn(self._carry_out(deletion.id), name="delete models")
        return deletion

    def undo(self, deletion_id: int) -> bool:
        """Take a deletion back; False: it is too late."""
        self._give_back(self._of(deletion_id))
        return deletion_id not in self._sent

    def keep(self, name: str) -> bool:
        """Take the deletion of one model back, if there is one."""
        wish = self._wishes.get(key_of(name))
        return wish is not None and self._give_back([wish])

    def keep_used(self, name: str) -> None:
        """Take the deletion of a model back that is about to be used, and say so."""
        if self.keep(name):
            self._bus.publish(NoticeRaised(f'"{name}" is used, so it was not deleted.'))

    async def finish(self, name: str) -> None:
        """Have the server remove the model now, if it is deleted: its name is needed.

        Raises:
            OllamaError: the server refused it or did not answer; the model is there again.
        """
        wish = self._wishes.pop(key_of(name), None)
        if wish is None:
            return
        self._sent.add(wish.deletion)
        async with self._removing:
            try:
                await self._remove(wish, await self._client.tags())
            except BaseException:
                self._models.drop(wish.change)
                raise
            await self._models.confirm(wish.change)

    async def aclose(self) -> None:
        """The person leaves: what is deleted is removed now, within 2 s, where the server answers."""
        try:
            async with asyncio.timeout(LEAVING_S):
                if self._answers.is_set() and self._wishes:
                    there = await self._client.tags()
                    await self._remove_all(list(self._wishes.values()), there)
                async with self._removing:
                    pass  # what is being removed is removed to its end
        except (TimeoutError, OllamaError) as error:
            log.info("Models that were deleted may be there still: %s", error)

    def _deletable(self, name: str) -> Model:
        if self._is_pulling(name):
            raise PullRefusedError(f'"{name}" is being downloaded. Cancel the download first.')
        model = self._models.installed(name)
        if model is None or key_of(name) in self._wishes:
            raise ModelNotFoundError(f'"{name}" is not installed any more.', status=NOT_FOUND)
        return model

    def _of(self, deletion_id: int) -> list[_Wish]:
        return [wish for wish in self._wishes.values() if wish.deletion == deletion_id]

    def _give_back(self, wishes: Sequence[_Wish]) -> bool:
        for wish in wishes:
            del self._wishes[key_of(wish.model.name)]
        self._models.drop(*(wish.change for wish in wishes))
        return bool(wishes)

    async def _carry_out(self, deletion_id: int) -> None:
        await asyncio.sleep(self._undo_s)  # so long it can be taken back
        while wishes := self._of(deletion_id):
            await self._answers.wait()  # as long as it takes: it is out of sight, and can be taken back
            try:
                there = await self._client.tags()
            except OllamaError as error:
                log.info("Models are deleted later: %s", error)
                await asyncio.sleep(AGAIN_S)
            else:
                await self._remove_all(wishes, there)

    async def _remove_all(self, wishes: Sequence[_Wish], there: Sequence[Model]) -> None:
        async with self._removing:
            due = [wish for wish in wishes if self._wishes.get(key_of(wish.model.name)) is wish]
            for wish in due:
                del self._wishes[key_of(wish.model.name)]
                self._sent.add(wish.deletion)
            done: list[PendingChange] = []
            for wish in due:
                try:
                    await self._remove(wish, there)
                except DeskError as error:
                    self._models.drop(wish.change)
                    self._bus.publish(NoticeRaised(f'"{wish.model.name}" was not deleted. {error}'))
                else:
                    done.append(wish.change)
            await self._models.confirm(*done)

    async def _remove(self, wish: _Wish, there: Sequence[Model]) -> None:
        name = wish.model.name
        if any(each.name == name and each.digest != wish.model.digest for each in there):
            raise ModelChangeError("Another model has this name by now.")
        await self._models.let_go(name)
        try:
            await self._client.delete(name)
        except ModelNotFoundError:
            log.info("A model that was deleted is gone already")

    def _on_import_finished(self, event: ImportFinished) -> None:
        self.keep(event.job.name)

    def _on_pulls_changed(self, _event: PullsChanged) -> None:
        for wish in list(self._wishes.values()):
            if self._is_pulling(wish.model.name):
                self.keep(wish.model.name)

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        if event.status.state.answers:
            self._answers.set()
        else:
            self._answers.clear()
        moved = self._address not in ("", event.status.address.url)
        self._address = event.status.address.url
        if moved and self._give_back(list(self._wishes.values())):
            self._bus.publish(NoticeRaised("What was deleted last stays on its server: this is another one."))

"""Connects what a person wants changed about models, in the table and in the drawer, to the services."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QLocale

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import ModelsChanged, SettingsChanged
from ollama_desk.domain.keep_alive import unloads
from ollama_desk.domain.model_draft import ModelDraft
from ollama_desk.domain.model_names import is_named, key_of
from ollama_desk.domain.models import PullStep
from ollama_desk.services.model_deletions import UNDO_S, Deletion
from ollama_desk.services.model_opening import ModelChanges
from ollama_desk.services.models import ModelsService
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.text import one_line, size_text

FIGURE_S = 0.3  # for what a deletion gives back: what takes longer is not told


class Notify(Protocol):
    """A line above the page."""

    def __call__(
        self, text: str, action_label: str | None = None, on_action: Callable[[], None] | None = None, /,
        *, for_s: float | None = None,
    ) -> None: ...  # fmt: skip


class ChangesPresenter:
    """What is under way is marked; what was deleted can be taken back from the notice.

    Args:
        changes: copies, renames, deletes, creates, and keeps what is chosen.
        models: loads and unloads.
        freed_by: how many bytes deleting models gives back; None where nobody knows.
        panel: the table.
        drawer: about one of its rows.
        signals: the events.
        actions: runs what takes time, and shows what goes wrong.
        notify: says what was deleted.
    """

    def __init__(
        self,
        changes: ModelChanges,
        *,
        models: ModelsService,
        freed_by: Callable[[tuple[str, ...]], Awaitable[int | None]],
        panel: ModelsPanel,
        drawer: ModelDrawer,
        signals: Signals,
        actions: Actions,
        notify: Notify,
    ) -> None:
        self._changes = changes
        self._models = models
        self._freed_by = freed_by
        self._panel = panel
        self._drawer = drawer
        self._actions = actions
        self._notify = notify
        self._creating: asyncio.Timeout | None = None  # ends what is being made
        for wishes in (panel, drawer):
            wishes.load_requested.connect(self._on_load_requested)
            wishes.unload_requested.connect(self._on_unload_requested)
        panel.delete_requested.connect(self._on_delete_requested)
        panel.rename_requested.connect(self._on_name_wanted)
        drawer.delete_requested.connect(lambda name: self._on_delete_requested((name,)))
        drawer.copy_requested.connect(self._on_copy_requested)
        drawer.rename_requested.connect(self._on_rename_requested)
        drawer.create_requested.connect(self._on_create_requested)
        drawer.create_cancelled.connect(self._on_create_cancelled)
        drawer.keep_alive_requested.connect(self._on_keep_alive_requested)
        drawer.default_requested.connect(self._on_default_requested)
        drawer.preload_requested.connect(self._on_preload_requested)
        drawer.model_shown.connect(self._show_choices)
        signals.models_changed.connect(self._on_models_changed)
        signals.settings_changed.connect(self._on_settings_changed)
        self._mark_default()

    # what a person wants

    def _on_load_requested(self, name: str) -> None:
        self._actions.run(self._models.load(name), name="load a model")

    def _on_unload_requested(self, name: str) -> None:
        self._actions.run(self._models.unload(name), name="unload a model")

    def _on_delete_requested(self, names: tuple[str, ...]) -> None:
        self._actions.run(self._delete(names), name="delete models")

    def _on_name_wanted(self, name: str) -> None:
        """The drawer has the field for it."""
        self._panel.select(name)
        self._panel.place.begin_rename()

    def _on_copy_requested(self, name: str, new_name: str) -> None:
        self._actions.run(self._changes.making.copy(name, new_name), name="copy a model")

    def _on_rename_requested(self, name: str, new_name: str) -> None:
        self._actions.run(self._rename(name, new_name), name="rename a model")

    def _on_create_requested(self, draft: ModelDraft) -> None:
        self._actions.run(self._create(draft), name="create a model")

    def _on_create_cancelled(self) -> None:
        if self._creating is not None:
            self._creating.reschedule(asyncio.get_running_loop().time())
            self._creating = None

    def _on_keep_alive_requested(self, name: str, text: str) -> None:
        if unloads(text):
            self._on_unload_requested(name)
        else:
            self._actions.run(
                self._choose(self._changes.choices.set_keep_alive(name, text)), name="keep a model loaded"
            )

    def _on_default_requested(self, name: str) -> None:
        self._actions.run(self._choose(self._changes.choices.set_default(name)), name="set the default model")

    def _on_preload_requested(self, name: str, wanted: bool) -> None:  # noqa: FBT001 - Qt's signal
        choosing = self._changes.choices.set_preload(name, wanted=wanted)
        self._actions.run(self._choose(choosing), name="set what is loaded at the start")

    # what is done about it

    async def _delete(self, names: tuple[str, ...]) -> None:
        figure = await self._figure(names)
        deletion = self._changes.deletions.delete(names)
        undo = partial(self._undo, deletion)
        self._notify(deleted_text(names, figure), _tr("Undo"), undo, for_s=UNDO_S)

    async def _figure(self, names: tuple[str, ...]) -> int | None:
        try:
            async with asyncio.timeout(FIGURE_S):
                return await self._freed_by(names)
        except TimeoutError:
            return None

    def _undo(self, deletion: Deletion) -> None:
        if not self._changes.deletions.undo(deletion.id):
            self._notify(_tr("It is too late to take this back: the server has begun to delete."))
        elif len(deletion.models) == 1:
            self._panel.select(deletion.models[0].name)

    async def _rename(self, name: str, new_name: str) -> None:
        was_shown = self._drawer.name == name
        try:
            await self._changes.making.rename(name, new_name)
        finally:
            if was_shown:
                self._panel.select(name)
                self._panel.select(self._models.spelled(new_name))

    async def _create(self, draft: ModelDraft) -> None:
        try:
            async with asyncio.timeout(None) as self._creating, aclosing(self._changes.making.create(draft)) as steps:
                async for step in steps:
                    self._drawer.show_creating(step_text(step))
        except TimeoutError:
            self._drawer.show_create_error("")
            return
        except DeskError as error:
            self._drawer.show_create_error(str(error))
            return
        finally:
            self._creating = None
        self._drawer.created(draft.name)
        self._panel.select(self._models.spelled(draft.name))

    async def _choose(self, choosing: Awaitable[None]) -> None:
        try:
            await choosing
        finally:
            self._show_choices(self._drawer.name)  # what could not be kept is not shown as chosen

    # what is shown

    def _on_models_changed(self, event: ModelsChanged) -> None:
        self._panel.show_marks(Mark.CHANGING, frozenset(change.shown_name for change in event.changes))
        self._mark_default()

    def _on_settings_changed(self, _event: SettingsChanged) -> None:
        self._mark_default()
        self._show_choices(self._drawer.name)

    def _mark_default(self) -> None:
        default = self._changes.choices.default
        same = (model.name for model in self._models.models if default and key_of(model.name) == key_of(default))
        self._panel.show_marks(Mark.DEFAULT, frozenset(same))

    def _show_choices(self, name: str) -> None:
        if not name:
            return
        choices = self._changes.choices
        self._drawer.show_default(bool(choices.default) and key_of(choices.default) == key_of(name))
        self._drawer.show_preload(is_named(choices.preloaded, name))
        self._drawer.show_keep_alive(choices.keep_alive(name))


def deleted_text(names: tuple[str, ...], freed_bytes: int | None) -> str:
    """What was deleted and, where that is known, what comes back."""
    if len(names) == 1:
        said = _tr("%1 was deleted.").replace("%1", one_line(names[0], 140))
    else:
        said = _tr("%1 models were deleted.").replace("%1", QLocale().toString(len(names)))
    if not freed_bytes:
        return said
    return f"{said} {_tr('%1 come back.').replace('%1', size_text(freed_bytes))}"


def step_text(step: PullStep) -> str:
    """How far the making of a model is."""
    if step.total_bytes > 0:
        done = min(step.completed_bytes, step.total_bytes) * 100 // step.total_bytes
        return _tr("The model is being made: %1 %").replace("%1", str(done))
    return _tr("The model is being made")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelChanges", text)

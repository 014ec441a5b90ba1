"""Connects the upkeep of the models folder to the view of the disk, and the damaged models to their marks."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication, QTimer

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import UpkeepChanged, VerifyProgressed
from ollama_desk.domain.pulls import PullJob
from ollama_desk.domain.speed import SpeedSummary
from ollama_desk.domain.upkeep import CleanedUp, Leftover, Upkeep
from ollama_desk.ui.models.disk_panel import DiskPanel
from ollama_desk.ui.models.disk_text import cleaned_text, verified_text
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.text import one_line

LOOK_AFTER_MS = 500  # changes come in swarms


class UpkeepOfFolder(Protocol):
    """What is needed of the service."""

    @property
    def state(self) -> Upkeep: ...
    def usage(self) -> Coroutine[Any, Any, Upkeep]: ...
    def verify(self, names: Iterable[str] | None = None) -> Coroutine[Any, Any, None]: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def cancel(self) -> None: ...
    def leftovers(self, *, recent: bool = False) -> Coroutine[Any, Any, tuple[Leftover, ...]]: ...
    def clean_up(self, leftovers: Iterable[Leftover]) -> Coroutine[Any, Any, CleanedUp]: ...
    def repair(self, name: str) -> Coroutine[Any, Any, PullJob]: ...


class Speeds(Protocol):
    """Who knows when models answered."""

    def summary(self, name: str) -> Coroutine[Any, Any, SpeedSummary]: ...


class Table(Protocol):
    """Where the marks are seen."""

    def show_marks(self, mark: Mark, names: frozenset[str]) -> None: ...


class DiskPresenter:
    """The folder is looked at while the view is seen, and while something in it is known to be damaged.

    Args:
        upkeep: the service.
        speeds: knows when models were used.
        panel: the view.
        table: of the installed models.
        signals: the events.
        actions: runs what takes time.
    """

    def __init__(
        self,
        upkeep: UpkeepOfFolder,
        *,
        speeds: Speeds,
        panel: DiskPanel,
        table: Table,
        signals: Signals,
        actions: Actions,
    ) -> None:
        self._upkeep = upkeep
        self._speeds = speeds
        self._panel = panel
        self._table = table
        self._actions = actions
        self._is_verifying = False
        self._is_cancelled = False
        self._later = QTimer(panel)
        self._later.setSingleShot(True)
        self._later.setInterval(LOOK_AFTER_MS)
        self._later.timeout.connect(self._look)
        panel.appeared.connect(self._on_appeared)
        panel.verify_requested.connect(self._on_verify_requested)
        panel.pause_requested.connect(upkeep.pause)
        panel.resume_requested.connect(upkeep.resume)
        panel.cancel_requested.connect(self._on_cancel_requested)
        panel.clean_requested.connect(self._on_clean_requested)
        panel.remove_requested.connect(self._on_remove_requested)
        panel.repair_requested.connect(self._on_repair_requested)
        signals.upkeep_changed.connect(self._on_upkeep_changed)
        signals.verify_progressed.connect(self._on_verify_progressed)
        for changed in (
            signals.models_changed,
            signals.pulls_changed,
            signals.imports_changed,
            signals.server_state_changed,
            signals.move_changed,
        ):
            changed.connect(self._on_something_changed)
        panel.show_upkeep(upkeep.state)

    def _on_something_changed(self) -> None:
        if self._panel.isVisible() or self._upkeep.state.damaged:
            self._later.start()

    def _look(self) -> None:
        self._run(self._upkeep.usage, name="look at the models folder")

    def _on_appeared(self) -> None:
        self._run(self._look_at_all, name="look at the models folder")

    async def _look_at_all(self) -> None:
        state = await self._upkeep.usage()
        names = [model.name for model in state.use.models] if state.use is not None else []
        ends = {name: (await self._speeds.summary(name)).until for name in names}
        self._panel.show_used({name: end for name, end in ends.items() if end is not None})

    def _on_upkeep_changed(self, event: UpkeepChanged) -> None:
        state = event.upkeep
        was, self._is_verifying = self._is_verifying, state.progress is not None
        self._panel.show_upkeep(state)
        self._table.show_marks(Mark.DAMAGED, state.damaged)
        if was and not self._is_verifying:
            self._panel.show_verified("" if self._is_cancelled else verified_text(state.healths))
        self._is_cancelled = self._is_cancelled and self._is_verifying

    def _on_verify_progressed(self, event: VerifyProgressed) -> None:
        if self._is_verifying:
            self._panel.show_progress(event.progress)

    def _on_verify_requested(self, names: tuple[str, ...]) -> None:
        self._run(lambda: self._upkeep.verify(names or None), name="verify files")

    def _on_cancel_requested(self) -> None:
        self._is_cancelled = True
        self._upkeep.cancel()

    def _on_clean_requested(self, recent: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self._run(lambda: self._find(recent=recent), name="look for unused files")

    def _on_remove_requested(self, leftovers: tuple[Leftover, ...]) -> None:
        self._run(lambda: self._remove(leftovers), name="clean up")

    def _on_repair_requested(self, name: str) -> None:
        self._run(lambda: self._repair(name), name="download damaged files again")

    async def _find(self, *, recent: bool) -> None:
        self._panel.ask_to_clean(await self._upkeep.leftovers(recent=recent))

    async def _remove(self, leftovers: tuple[Leftover, ...]) -> None:
        self._panel.show_result(_tr("Removing files…"))
        self._panel.show_result(cleaned_text(await self._upkeep.clean_up(leftovers)))

    async def _repair(self, name: str) -> None:
        self._panel.show_result(_tr("Asking the registry for the files of %1…").replace("%1", one_line(name, 120)))
        job = await self._upkeep.repair(name)
        words = _tr("The damaged files of %1 are being downloaded again.").replace("%1", one_line(job.name, 120))
        self._panel.show_result(words, act=_tr("Show download"))

    def _run(self, action: Callable[[], Coroutine[Any, Any, Any]], *, name: str) -> None:
        self._actions.run(self._told(action), name=name)

    async def _told(self, action: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """What goes wrong is told where it was asked for."""
        try:
            await action()
        except DeskError as error:
            self._panel.show_result(str(error))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Disk", text)

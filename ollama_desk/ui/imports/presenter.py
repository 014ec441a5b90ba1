"""Connects the imports to their dialogs, to the window that files are dropped on, and to what offers to choose one."""

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import ImportFailed, ImportFinished, ImportProgressed, ImportsChanged
from ollama_desk.domain.imports import ImportJob, ImportOffer, ImportState, Placing
from ollama_desk.ui.imports.dialog import ImportDialog
from ollama_desk.ui.imports.drop_zone import DropZone
from ollama_desk.ui.imports.wording import state_text
from ollama_desk.ui.shortcuts import Key, install
from ollama_desk.ui.theme import Theme

CHOOSER = "gguf chooser"
Notify = Callable[[str, str | None, Callable[[], None] | None], None]


class Imports(Protocol):
    """What the dialogs need of the service."""

    def examine(self, paths: Sequence[Path]) -> Coroutine[Any, Any, ImportOffer]: ...
    def check_name(self, name: str) -> None: ...
    def start(
        self, offer: ImportOffer, *, name: str, with_projector: bool = True, placing: Placing = Placing.COPY
    ) -> int: ...
    def cancel(self, job_id: int) -> None: ...


class ImportPresenter:
    """One dialog for each import, from its file to its end.

    Args:
        imports: the service.
        window: files can be dropped on it; the dialogs stand beside it.
        theme: the look.
        signals: the events.
        actions: runs what takes time.
        address: where the server is now, in words.
        notify: says a sentence in the window, with something to do about it.
        chat_with: opens a chat with a model.
    """

    def __init__(
        self,
        imports: Imports,
        *,
        window: QWidget,
        theme: Theme,
        signals: Signals,
        actions: Actions,
        address: Callable[[], str],
        notify: Notify,
        chat_with: Callable[[str], None],
    ) -> None:
        self._imports = imports
        self._window = window
        self._theme = theme
        self._actions = actions
        self._address = address
        self._notify = notify
        self._chat_with = chat_with
        self._dialogs: dict[int, ImportDialog] = {}
        self.zone = DropZone(window, theme=theme)
        self.zone.files_dropped.connect(self.import_files)
        self.zone.refused.connect(lambda why: notify(why, None, None))
        install(Key.IMPORT, window, self.choose_files)
        signals.imports_changed.connect(self._on_imports_changed)
        signals.import_progressed.connect(self._on_import_progressed)
        signals.import_finished.connect(self._on_import_finished)
        signals.import_failed.connect(self._on_import_failed)

    def choose_files(self) -> None:
        """Let the person choose; several where a model is split, or has a projector.

        Imports in the background show themselves again: this is where one looks for them.
        """
        for hidden in [each for each in self._dialogs.values() if each.isHidden()]:
            self._show(hidden)
        if self._window.findChild(QFileDialog, CHOOSER) is not None:
            return
        dialog = QFileDialog(self._window, _tr("Import a GGUF file"))
        dialog.setObjectName(CHOOSER)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([_tr("GGUF models (*.gguf)"), _tr("All files (*)")])
        places = QStandardPaths.standardLocations(QStandardPaths.StandardLocation.DownloadLocation)
        if places and Path(places[0]).is_dir():
            dialog.setDirectory(places[0])
        dialog.filesSelected.connect(self.import_files)
        dialog.open()

    def import_files(self, paths: Sequence[str | Path]) -> None:
        """Look at the files, and ask for a name."""
        files = [Path(path) for path in paths]
        if files:
            self._actions.run(self._ask(files), name="look at a file")

    async def _ask(self, files: Sequence[Path]) -> None:
        offer = await self._imports.examine(files)
        dialog = ImportDialog(
            self._window,
            theme=self._theme,
            offer=offer,
            address=self._address(),
            check_name=self._imports.check_name,
        )
        dialog.import_requested.connect(
            lambda name, sees, placing: self._begin(dialog, offer, name, with_projector=sees, placing=placing)
        )
        dialog.chat_requested.connect(self._chat_with)
        dialog.cancel_requested.connect(lambda: self._cancel(dialog))
        dialog.left.connect(lambda: self._on_left(dialog))
        dialog.finished.connect(lambda _: self._on_finished(dialog))
        dialog.show()
        dialog.activateWindow()

    def _begin(
        self, dialog: ImportDialog, offer: ImportOffer, name: str, *, with_projector: bool, placing: Placing
    ) -> None:
        try:
            job_id = self._imports.start(offer, name=name, with_projector=with_projector, placing=placing)
        except DeskError as error:
            dialog.show_refusal(str(error))
            return
        self._forget(dialog)
        self._dialogs[job_id] = dialog
        dialog.show_job(ImportJob(job_id, name, ImportState.QUEUED))

    def _cancel(self, dialog: ImportDialog) -> None:
        for job_id, each in self._dialogs.items():
            if each is dialog:
                self._imports.cancel(job_id)

    def _on_left(self, dialog: ImportDialog) -> None:
        """It was closed, the import goes on: leave a way back."""
        self._notify(_tr("The import goes on in the background."), _tr("Show import"), lambda: self._show(dialog))

    def _on_finished(self, dialog: ImportDialog) -> None:
        """Closed, and nothing more to come: let it go."""
        if not dialog.is_under_way:
            self._forget(dialog)
            dialog.deleteLater()

    def _show(self, dialog: ImportDialog) -> None:
        if dialog in self._dialogs.values():
            dialog.show()
            dialog.activateWindow()

    def _forget(self, dialog: ImportDialog) -> None:
        self._dialogs = {job_id: each for job_id, each in self._dialogs.items() if each is not dialog}

    def _on_imports_changed(self, event: ImportsChanged) -> None:
        for job in event.jobs:
            self._show_job(job)

    def _on_import_progressed(self, event: ImportProgressed) -> None:
        self._show_job(event.job)

    def _show_job(self, job: ImportJob) -> None:
        dialog = self._dialogs.get(job.id)
        if dialog is None:
            return
        was_hidden = dialog.isHidden()
        dialog.show_job(job)
        if job.state.is_over and was_hidden:
            self._on_finished(dialog)

    def _on_import_finished(self, event: ImportFinished) -> None:
        if event.job.id not in self._dialogs:
            name = event.job.name
            self._notify(state_text(event.job), _tr("Chat"), lambda: self._chat_with(name))

    def _on_import_failed(self, event: ImportFailed) -> None:
        if event.job.id not in self._dialogs:
            self._notify(event.job.reason, None, None)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Imports", text)

"""Connects exports to their action, the dialog that chooses a file, a line over the table, and a notice at the end."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication, QStandardPaths, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.events import ExportFailed, ExportFinished, ExportProgressed, ExportsChanged, ServerStateChanged
from ollama_desk.domain.exports import SUFFIX, ExportJob, ExportOffer
from ollama_desk.ui.language import said
from ollama_desk.ui.models.actions import Names
from ollama_desk.ui.models.export_text import failed_text, finished_text, shown, work_text
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.work_line import WorkLine
from ollama_desk.ui.text import one_line

CHOOSER = "export chooser"
Notify = Callable[[str, str | None, Callable[[], None] | None], None]


class Exports(Protocol):
    """What is needed of the service."""

    @property
    def jobs(self) -> tuple[ExportJob, ...]: ...
    def refusal(self, name: str = "") -> str: ...
    def offer(self, name: str) -> Coroutine[Any, Any, ExportOffer]: ...
    def start(self, name: str, path: Path, *, replace: bool = False) -> int: ...
    def cancel(self, job_id: int) -> None: ...


class ExportPresenter:
    """One dialog at a time; the exports themselves go on while the window is used.

    Args:
        exports: the service.
        panel: has the models.
        line: tells how far it is.
        signals: the events.
        actions: runs what takes time.
        notify: says a sentence in the window, with something to do about it.
        show_folder: shows a folder in the desktop's own program.
    """

    def __init__(
        self,
        exports: Exports,
        *,
        panel: ModelsPanel,
        line: WorkLine,
        signals: Signals,
        actions: Actions,
        notify: Notify,
        show_folder: Callable[[Path], None],
    ) -> None:
        self._exports = exports
        self._panel = panel
        self._line = line
        self._actions = actions
        self._notify = notify
        self._show_folder = show_folder
        self._folder = ""  # that was chosen last
        self._failed: ExportJob | None = None
        self.action = QAction(_tr("Export to a file…"), panel)
        self.action.triggered.connect(self._on_triggered)
        panel.add_action(self.action, icon="export", for_many=False, is_possible=self._is_possible)
        line.cancel_requested.connect(self._on_cancel_requested)
        line.act_requested.connect(self._on_act_requested)
        line.closed.connect(self._on_closed)
        signals.server_state_changed.connect(self._on_server_state_changed)
        signals.exports_changed.connect(self._on_exports_changed)
        signals.export_progressed.connect(self._on_export_progressed)
        signals.export_finished.connect(self._on_export_finished)
        signals.export_failed.connect(self._on_export_failed)
        self._show()

    def choose_file(self, offer: ExportOffer) -> None:
        """Let the person say where to; the dialog asks before a file is replaced."""
        if self._panel.window().findChild(QFileDialog, CHOOSER) is not None:
            return
        title = _tr("Export %1").replace("%1", one_line(offer.name, 80))
        dialog = QFileDialog(self._panel.window(), title)
        dialog.setObjectName(CHOOSER)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilters([_tr("GGUF models (*.gguf)"), _tr("All files (*)")])
        places = QStandardPaths.standardLocations(QStandardPaths.StandardLocation.DownloadLocation)
        for place in (self._folder, *places[:1]):
            if place and Path(place).is_dir():
                dialog.setDirectory(place)
                break
        dialog.selectFile(offer.file_name)
        dialog.fileSelected.connect(lambda path: self._begin(offer.name, Path(path)))
        dialog.open()

    def _begin(self, name: str, path: Path) -> None:
        self._folder = str(path.parent)
        self._failed = None
        if path.suffix.lower() == SUFFIX:
            self._exports.start(name, path, replace=True)  # the dialog has asked
        else:
            self._exports.start(name, path.with_name(path.name + SUFFIX))

    def _is_possible(self, names: Names) -> bool:
        why = self._exports.refusal(names[0])
        self.action.setStatusTip(said(why))
        return not why

    def _on_triggered(self) -> None:
        names = self._panel.selected_names()
        if names:
            self._actions.run(self._ask(names[0]), name="look at what an export would be")

    async def _ask(self, name: str) -> None:
        self.choose_file(await self._exports.offer(name))

    def _on_cancel_requested(self) -> None:
        job, _ = shown(self._exports.jobs)
        if job is not None:
            self._exports.cancel(job.id)

    def _on_act_requested(self) -> None:
        if self._failed is not None:
            self._actions.run(self._ask(self._failed.name), name="export once more")

    def _on_closed(self) -> None:
        self._failed = None

    def _on_server_state_changed(self, _event: ServerStateChanged) -> None:
        self._panel.enable_actions()

    def _on_exports_changed(self, _event: ExportsChanged) -> None:
        self._show()

    def _on_export_progressed(self, _event: ExportProgressed) -> None:
        self._show()

    def _on_export_finished(self, event: ExportFinished) -> None:
        folder = event.job.path.parent
        self._notify(finished_text(event.job), _tr("Show folder"), lambda: self._show_folder(folder))

    def _on_export_failed(self, event: ExportFailed) -> None:
        self._failed = event.job
        self._show()

    def _show(self) -> None:
        job, waiting = shown(self._exports.jobs)
        if job is not None:
            share = job.completed_bytes / job.total_bytes if job.total_bytes else None
            self._line.show_work(work_text(job, waiting), share=share)
        elif self._failed is not None:
            act = _tr("Choose another place…") if self._failed.is_about_place else ""
            self._line.show_result(failed_text(self._failed), act=act)
        else:
            self._line.hide()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Exports", text)

"""Exports on the Models page: an action, a dialog for the file, a line while it goes on, a notice at its end."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import DeskError, ModelFileError
from ollama_desk.domain.events import ExportFailed, ExportFinished, ExportProgressed, ExportsChanged, ServerStateChanged
from ollama_desk.domain.exports import ExportJob, ExportOffer, ExportState
from ollama_desk.domain.models import Model
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.models.export_presenter import CHOOSER, ExportPresenter
from ollama_desk.ui.models.export_text import failed_text, finished_text, work_text
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.work_line import WorkLine
from ollama_desk.ui.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable

READY = ServerStatus(ServerState.READY)
WHERE = Path("/out/owl-1b-Q4_0.gguf")
GB = 10**9
WRITING = ExportJob(1, "owl:1b", WHERE, ExportState.WRITING, 2 * GB, GB // 2, 300e6, 5.0)


class ScriptedExports:
    """Takes down what is wished for."""

    def __init__(self) -> None:
        self.jobs: tuple[ExportJob, ...] = ()
        self.why = ""
        self.wishes: list[object] = []
        self.error: DeskError | None = None

    def refusal(self, name: str = "") -> str:
        assert name
        return self.why

    async def offer(self, name: str) -> ExportOffer:
        if self.error is not None:
            raise self.error
        return ExportOffer(name, "owl-1b-Q4_0.gguf", 10)

    def start(self, name: str, path: Path, *, replace: bool = False) -> int:
        self.wishes.append((name, path, replace))
        return 1

    def cancel(self, job_id: int) -> None:
        self.wishes.append(job_id)


class Ran(Actions):
    """Runs what does not wait, at once."""

    def __init__(self) -> None:
        super().__init__(notify=lambda _text: None)

    def run(self, action: object, *, name: str) -> None:  # noqa: ARG002 - the name of the task
        with pytest.raises(StopIteration):
            action.send(None)  # type: ignore[attr-defined] # a coroutine of the scripted service


class Scene:
    """A page with two models and its presenter."""

    def __init__(self, theme: Theme) -> None:
        self.window = QWidget()
        self.panel = ModelsPanel(theme, parent=self.window)
        QVBoxLayout(self.window).addWidget(self.panel)
        self.line = WorkLine(theme, name="Export to a file")
        self.panel.add_line(self.line)
        self.bus = EventBus()
        self.signals = Signals(self.bus)
        self.exports = ScriptedExports()
        self.notices: list[tuple[str, str | None, Callable[[], None] | None]] = []
        self.folders: list[Path] = []
        self.presenter = ExportPresenter(
            self.exports,
            panel=self.panel,
            line=self.line,
            signals=self.signals,
            actions=Ran(),
            notify=lambda *notice: self.notices.append(notice),
            show_folder=self.folders.append,
        )
        self.panel.show_server(READY)
        self.panel.show_models([Model("owl:1b", quantization="Q4_0"), Model("wren:latest")], ())
        self.panel.select("owl:1b")

    @property
    def dialog(self) -> QFileDialog | None:
        return self.window.findChild(QFileDialog, CHOOSER)

    def tell(self, *jobs: ExportJob) -> None:
        self.exports.jobs = jobs
        self.bus.publish(ExportsChanged(jobs))


@pytest.fixture
def scene(theme: Theme, qtbot: QtBot, english: None) -> Scene:
    made = Scene(theme)
    qtbot.addWidget(made.window)
    made.window.resize(900, 600)
    made.window.show()
    return made


def test_the_person_says_where_to_and_the_dialog_asks_before_it_replaces(scene: Scene, tmp_path: Path) -> None:
    assert scene.presenter.action.isEnabled()
    scene.presenter.action.trigger()
    dialog = scene.dialog
    assert dialog is not None
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert not dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    assert Path(dialog.selectedFiles()[0]).name == "owl-1b-Q4_0.gguf"
    scene.presenter.action.trigger()
    assert len(scene.window.findChildren(QFileDialog, CHOOSER)) == 1
    dialog.fileSelected.emit(str(tmp_path / "mine.GGUF"))
    dialog.fileSelected.emit(str(tmp_path / "mine"))
    assert scene.exports.wishes == [
        ("owl:1b", tmp_path / "mine.GGUF", True),
        ("owl:1b", tmp_path / "mine.gguf", False),  # nobody was asked about this one
    ]
    dialog.close()


def test_what_cannot_be_exported_is_disabled_with_the_reason(scene: Scene) -> None:
    scene.exports.why = "The server is on another machine: the files of its models cannot be read from here."
    scene.bus.publish(ServerStateChanged(READY))
    assert not scene.presenter.action.isEnabled()
    assert "another machine" in scene.presenter.action.statusTip()
    scene.exports.why = ""
    scene.panel.select("wren:latest")
    assert scene.presenter.action.isEnabled()
    assert not scene.presenter.action.statusTip()
    scene.panel.table.selectAll()
    assert not scene.presenter.action.isEnabled()


def test_a_line_tells_how_far_it_is_and_cancels(scene: Scene) -> None:
    waiting = ExportJob(2, "wren:latest", WHERE, ExportState.QUEUED)
    scene.tell(waiting)
    assert scene.line.text.text() == "Exporting wren:latest…"
    scene.tell(WRITING, waiting)
    scene.bus.publish(ExportProgressed(WRITING))
    assert scene.line.text.text() == ("Exporting owl:1b: 500 MB of 2.0 GB · 300 MB/s · 5 s left · 1 more waits")
    assert scene.line.bar.value() == 250
    QTest.mouseClick(scene.line.cancel, Qt.MouseButton.LeftButton)
    assert scene.exports.wishes == [1]
    scene.tell()
    assert scene.line.isHidden()


def test_a_line_that_changes_all_the_time_keeps_its_height(scene: Scene) -> None:
    scene.window.resize(400, 500)
    scene.tell(WRITING)
    assert not scene.line.text.wordWrap()
    before = scene.line.sizeHint().height()
    scene.tell(WRITING, *(ExportJob(number, "wren:latest", WHERE, ExportState.QUEUED) for number in range(2, 40)))
    assert scene.line.sizeHint().height() == before
    scene.tell()
    scene.bus.publish(ExportFailed(ExportJob(1, "owl:1b", WHERE, ExportState.FAILED, reason="It is damaged. " * 9)))
    assert scene.line.text.wordWrap()


def test_a_notice_leads_to_the_folder(scene: Scene) -> None:
    job = ExportJob(1, "owl:1b", WHERE, ExportState.FINISHED, files=(WHERE,))
    scene.bus.publish(ExportFinished(job))
    text, label, act = scene.notices[0]
    assert (text, label) == ("owl:1b is exported as owl-1b-Q4_0.gguf.", "Show folder")
    assert act is not None
    act()
    assert scene.folders == [Path("/out")]


def test_one_that_failed_says_why_and_can_be_tried_elsewhere(scene: Scene) -> None:
    failed = ExportJob(1, "owl:1b", WHERE, ExportState.FAILED, reason="The disk is full.", is_about_place=True)
    scene.tell(failed)
    scene.bus.publish(ExportFailed(failed))
    assert scene.line.text.text() == "owl:1b could not be exported. The disk is full."
    QTest.mouseClick(scene.line.act, Qt.MouseButton.LeftButton)
    assert scene.dialog is not None
    scene.dialog.close()
    QTest.mouseClick(scene.line.close_button, Qt.MouseButton.LeftButton)
    assert scene.line.isHidden()
    scene.tell(failed)
    assert scene.line.isHidden()


def test_another_place_is_no_cure_for_a_damaged_model(scene: Scene) -> None:
    failed = ExportJob(1, "owl:1b", WHERE, ExportState.FAILED, reason="It is damaged.")
    scene.bus.publish(ExportFailed(failed))
    assert scene.line.isVisible()
    assert scene.line.act.isHidden()


@pytest.mark.usefixtures("english")
def test_what_is_said_of_an_export() -> None:
    checking = ExportJob(1, "owl:1b", WHERE, ExportState.CHECKING, GB, 0)
    assert work_text(checking, 0) == "Checking owl:1b: 0 B of 1.0 GB"
    lacking = ExportJob(1, "owl:1b", WHERE, ExportState.FINISHED, files=(WHERE,), adapter_count=1)
    assert finished_text(lacking).endswith("Its adapter is not in the file.")
    odd = ExportJob(1, "%1:%2", WHERE, ExportState.FAILED, reason=str(ModelFileError("No.")))
    assert failed_text(odd) == "%1:%2 could not be exported. No."


def test_without_a_selection_nothing_is_asked(scene: Scene) -> None:
    scene.panel.table.clearSelection()
    scene.presenter.action.setEnabled(True)
    scene.presenter.action.trigger()
    scene.line.act_requested.emit()
    scene.line.cancel_requested.emit()
    assert scene.dialog is None
    assert not scene.exports.wishes

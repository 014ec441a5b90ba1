"""From the file that a person gives to the dialog, the service, and the chat."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import ModelFileError, NameTakenError
from ollama_desk.domain.events import ImportFailed, ImportFinished, ImportProgressed, ImportsChanged
from ollama_desk.domain.imports import ImportJob, ImportOffer, ImportState, Placing
from ollama_desk.ui.imports.dialog import ImportDialog
from ollama_desk.ui.imports.presenter import ImportPresenter
from ollama_desk.ui.theme import Theme
from tests.support.deadline import wait_for
from tests.support.offers import job, offer

LONG_S = 20.0
FILE = Path("/home/ada/x.gguf")


class StandingImports:
    """Imports that stand where the test puts them."""

    def __init__(self) -> None:
        self.wishes: list[object] = []
        self.taken = False

    async def examine(self, paths: Sequence[Path]) -> ImportOffer:
        self.wishes.append(list(paths))
        if paths[0].name == "bad.gguf":
            raise ModelFileError("bad.gguf is not a GGUF file.")
        return offer()

    def check_name(self, name: str) -> None:
        """Any will do."""

    def start(
        self, offer: ImportOffer, *, name: str, with_projector: bool = True, placing: Placing = Placing.COPY
    ) -> int:
        if self.taken:
            raise NameTakenError("It is taken.")
        self.wishes.append((offer.name, name, with_projector, placing))
        return 1

    def cancel(self, job_id: int) -> None:
        self.wishes.append(f"cancel {job_id}")


class Scene:
    """A window with a presenter over a bus."""

    def __init__(self, theme: Theme, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.bus = EventBus()
        self.imports = StandingImports()
        self.notices: list[tuple[str, str | None]] = []
        self.actions: list[Callable[[], None] | None] = []
        self.chats: list[str] = []
        self.signals = Signals(self.bus)
        self.runner = Actions(notify=lambda text: self.notices.append((text, None)))
        self.presenter = ImportPresenter(
            self.imports,
            window=self.window,
            theme=theme,
            signals=self.signals,
            actions=self.runner,
            address=lambda: "127.0.0.1:11434",
            notify=self._notify,
            chat_with=self.chats.append,
        )

    def _notify(self, text: str, label: str | None, on_action: Callable[[], None] | None) -> None:
        self.notices.append((text, label))
        self.actions.append(on_action)

    @property
    def dialogs(self) -> list[ImportDialog]:
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return self.window.findChildren(ImportDialog)

    async def _dialogs_now(self) -> list[ImportDialog]:
        return self.dialogs

    async def notices_now(self) -> list[tuple[str, str | None]]:
        return self.notices

    async def asked(self) -> ImportDialog:
        """The dialog for a file that was given."""
        self.presenter.import_files([str(FILE)])
        return (await wait_for(self._dialogs_now, bool, LONG_S))[0]

    def show(self, what: ImportJob) -> None:
        """What the service tells when an import stands there."""
        self.bus.publish(ImportsChanged((what,)))
        if what.state is ImportState.FINISHED:
            self.bus.publish(ImportFinished(what))
        elif what.state is ImportState.FAILED:
            self.bus.publish(ImportFailed(what))


def played(scene: Scene, play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        await play()
        await scene.runner.aclose()

    asyncio.run(whole())


def test_a_file_is_looked_at_named_imported_and_chatted_with(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)

    async def play() -> None:
        dialog = await scene.asked()
        dialog.go.click()
        scene.bus.publish(ImportProgressed(job(ImportState.COPYING, done=5)))
        assert dialog.state.text() == "Copying…"
        scene.show(job(ImportState.FINISHED))
        dialog.chat.click()

    played(scene, play)
    assert scene.imports.wishes == [[FILE], ("llama-3.2:q4_k_m", "llama-3.2:q4_k_m", False, Placing.COPY)]
    assert scene.chats == ["llama-3.2:q4_k_m"]
    assert scene.notices == []
    assert scene.dialogs == []


def test_a_file_that_is_no_model_gives_a_notice_and_no_dialog(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)

    async def play() -> None:
        scene.presenter.zone.files_dropped.emit([Path("/bad.gguf")])
        scene.presenter.import_files([])
        await wait_for(scene.notices_now, bool, LONG_S)

    played(scene, play)
    assert scene.notices == [("bad.gguf is not a GGUF file.", None)]
    assert scene.dialogs == []


def test_an_import_goes_on_without_its_dialog_and_can_be_shown_again(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)

    async def play() -> None:
        dialog = await scene.asked()
        dialog.go.click()
        scene.show(job(ImportState.HASHING))
        dialog.reject()
        assert scene.notices == [("The import goes on in the background.", "Show import")]
        show = scene.actions[0]
        assert show is not None
        show()
        assert dialog.isVisible()
        dialog.reject()
        scene.presenter.choose_files()
        assert dialog.isVisible()
        dialog.reject()
        scene.show(job(ImportState.FINISHED))
        assert scene.dialogs == []
        show()

    played(scene, play)
    assert scene.notices[-1] == ("llama-3.2:q4_k_m is ready.", "Chat")
    chat = scene.actions[-1]
    assert chat is not None
    chat()
    assert scene.chats == ["llama-3.2:q4_k_m"]


def test_a_failure_is_in_the_dialog_or_in_a_notice(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)
    failed = job(ImportState.FAILED, reason="The disk is full.")

    async def play() -> None:
        dialog = await scene.asked()
        dialog.go.click()
        scene.show(failed)
        assert dialog.reason.text() == "The disk is full."
        assert scene.notices == []
        dialog.reject()
        scene.show(failed)

    played(scene, play)
    assert scene.notices == [("The disk is full.", None)]


def test_cancelling_and_a_name_that_was_taken_meanwhile(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)

    async def play() -> None:
        dialog = await scene.asked()
        scene.imports.taken = True
        dialog.go.click()
        assert dialog.problem.text() == "It is taken."
        scene.imports.taken = False
        dialog.go.click()
        scene.show(job(ImportState.COPYING))
        dialog.stop.click()
        scene.show(job(ImportState.CANCELLED))

    played(scene, play)
    assert scene.imports.wishes[-1] == "cancel 1"
    assert scene.dialogs == []


def test_files_are_chosen_without_holding_up_the_program(theme: Theme, qtbot: QtBot) -> None:
    scene = Scene(theme, qtbot)
    for _ in range(2):  # one is enough
        scene.presenter.choose_files()
    dialog, *others = scene.window.findChildren(QFileDialog)
    assert not others
    assert dialog.fileMode() is QFileDialog.FileMode.ExistingFiles
    assert dialog.nameFilters()[0] == "GGUF models (*.gguf)"
    dialog.reject()

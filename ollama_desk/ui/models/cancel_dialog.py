"""The question before a download is given up: what has come can be kept for another time."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialogButtonBox, QPushButton, QWidget

from ollama_desk.domain.pulls import PullJob
from ollama_desk.ui.confirm import Confirm
from ollama_desk.ui.models.download_text import NAME_LIMIT
from ollama_desk.ui.text import one_line, size_text
from ollama_desk.ui.theme import Theme


class CancelDialog(Confirm):
    """Asks whether to keep the parts, remove them, or go on.

    Args:
        parent: the window that waits.
        theme: for its measures.
        job: the download.
        on_answer: called once, with whether to keep what has come; not at all where the download goes on.
    """

    def __init__(self, parent: QWidget, *, theme: Theme, job: PullJob, on_answer: Callable[[bool], None]) -> None:
        super().__init__(
            parent,
            theme=theme,
            question=_tr("Cancel the download of %1?").replace("%1", one_line(job.name, NAME_LIMIT)),
            explanation=_tr(
                "%1 has come. Kept, it need not come again when the same model is downloaded later. "
                "Removed, it frees its place on the disk.",
            ).replace("%1", size_text(job.completed_bytes)),
            verb=_tr("Remove it"),
            on_yes=lambda: on_answer(False),  # noqa: FBT003 - the answer itself
            danger=True,
        )
        self.keep = QPushButton(_tr("Keep it"))
        self.keep.clicked.connect(lambda: on_answer(True))  # noqa: FBT003 - the answer itself
        self.keep.clicked.connect(self.reject)
        self.no.setText(_tr("Go on downloading"))
        self.setWindowTitle(_tr("Cancel download"))
        box = self.findChild(QDialogButtonBox)
        if box is not None:
            box.addButton(self.keep, QDialogButtonBox.ButtonRole.ActionRole)
            for button in box.buttons():
                button.ensurePolished()
            wide = box.sizeHint().width() + 2 * theme.px(24)  # three answers stand in one line
            self.setMaximumWidth(max(wide, self.maximumWidth()))
            self.setMinimumWidth(max(wide, self.minimumWidth()))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Downloads", text)

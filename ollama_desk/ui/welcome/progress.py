"""How far the first model is: a bar, what has come and how long it will take, and the two things one can do."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from ollama_desk.domain.pulls import PullJob, PullPhase, PullState
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.download_text import fraction, progress_text, state_text
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.yielding_button import YieldingButton

STEPS = 1000


class DownloadProgress(QWidget):
    """Shows a job; asks for it to be paused, to go on, or to be given up."""

    pause_requested = Signal()
    resume_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_paused = False
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Download"))
        self.line = wrapping_label("muted", parent=self)
        self.pause = YieldingButton(parent=self)
        self.pause.clicked.connect(self._on_pause_clicked)
        self.cancel = YieldingButton(self.tr("Cancel download…"), parent=self)
        self.cancel.clicked.connect(self.cancel_requested)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self.bar)
        self._layout.addWidget(self.line)
        self._layout.addWidget(BendingRow(theme, self.pause, self.cancel, parent=self))
        theme.changed.connect(self._space)
        self._space()

    def show_job(self, job: PullJob) -> None:
        """Show how far it is."""
        is_open = job.state is PullState.RUNNING and job.phase is PullPhase.LOOKING_UP and not job.total_bytes
        self.bar.setRange(0, 0 if is_open else STEPS)
        if not is_open:
            self.bar.setValue(round(fraction(job) * STEPS))
        self.line.setText(_line(job))
        self._is_paused = job.state is PullState.PAUSED
        self.pause.setText(self.tr("Go on") if self._is_paused else self.tr("Pause"))

    def _on_pause_clicked(self) -> None:
        if self._is_paused:
            self.resume_requested.emit()
        else:
            self.pause_requested.emit()

    def _space(self) -> None:
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(self._theme.px(8))


def _line(job: PullJob) -> str:
    """The amounts alone while it runs well; otherwise what it is at as well."""
    amounts = progress_text(job)
    if job.state is PullState.RUNNING and job.phase is PullPhase.DOWNLOADING and amounts:
        return amounts
    return " · ".join(part for part in (state_text(job), amounts) if part)

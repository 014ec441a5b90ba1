"""The card of the models folder: where it is, what is in it, and its move to another place."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ollama_desk.domain.moving import MoveJob, MoveOffer, MoveState
from ollama_desk.domain.settings import FolderContent
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.language import said
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.move_text import (
    consequences,
    content_text,
    end_text,
    progress_text,
    question_text,
    state_text,
)
from ollama_desk.ui.text import one_line, tooltip
from ollama_desk.ui.theme import Theme

PATH_PX, WORDS_PX = 200, 240
STEPS = 1000  # of the bar: bytes are too many for its numbers


class MoveCard(QFrame):
    """Shows the folder; asks for its move. One thing at a time: the question, the progress, or how it ended."""

    open_requested = Signal()
    place_chosen = Signal(Path)
    move_requested = Signal(MoveOffer)
    cancel_requested = Signal()
    asked = Signal(QWidget)  # what has to be in view for the question to be answered

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = theme
        self._offer: MoveOffer | None = None
        self._job: MoveJob | None = None
        self._refusal = ""
        self.title = wrapping_label("title", parent=self)
        self.path = ElidedLabel(self)
        self.content = wrapping_label("muted", parent=self)
        self.open = QPushButton(self.tr("Open folder"), self)
        self.choose = QPushButton(self.tr("Move…"), self)
        self.why = wrapping_label("note", parent=self)
        self.question = wrapping_label("", parent=self)
        self.consequences = wrapping_label("note", parent=self)
        self.move_models = QPushButton(self.tr("Move models"), self)
        self.leave_models = QPushButton(self.tr("Cancel"), self)
        self.state = wrapping_label("", parent=self)
        self.bar = QProgressBar(self)
        self.progress = wrapping_label("note", parent=self)
        self.stop = QPushButton(self.tr("Cancel move"), self)
        self.end = wrapping_label("", parent=self)
        self._layout = QVBoxLayout(self)
        self._arrange()
        self._connect()
        theme.changed.connect(self._space)
        self._space()
        self._show_part()

    def show_content(self, content: FolderContent) -> None:
        """Where the models are, and how many."""
        self.path.show_text(str(content.path))
        self.content.setText(content_text(content))
        self.open.setEnabled(content.exists)

    def show_refusal(self, sentence: str) -> None:
        """Why nothing can be moved now; empty: it can."""
        self._refusal = said(sentence)
        self._show_part()

    def show_offer(self, offer: MoveOffer) -> None:
        """Ask."""
        self._offer, self._job = offer, None
        self.end.clear()
        self.question.setText(question_text(offer))
        self.consequences.setText("\n".join(consequences(offer)))
        self._show_part()
        self.move_models.setFocus(Qt.FocusReason.OtherFocusReason)
        QTimer.singleShot(0, self, lambda: self.asked.emit(self.move_models))  # once the card has its new height
        self._announce(f"{self.question.text()} {self.consequences.text()}")

    def show_failure(self, sentence: str) -> None:
        """Why this place cannot be, or nothing could be begun."""
        self._offer = self._job = None
        self._show_end(one_line(said(sentence)), is_problem=True)

    def show_job(self, job: MoveJob) -> None:
        """How far it is, or how it ended."""
        is_new = self._job is None or self._job.state is not job.state
        self._offer, self._job = None, job
        if job.state.is_over:
            self._show_end(end_text(job), is_problem=job.state is MoveState.FAILED)
            return
        is_counted = job.state is MoveState.COPYING and job.total_bytes > 0
        self.bar.setRange(0, STEPS if is_counted else 0)
        self.bar.setValue(round(STEPS * job.done_bytes / job.total_bytes) if is_counted else 0)
        self.progress.setText(progress_text(job))
        if is_new:
            self.state.setText(state_text(job))
            self.end.clear()
            self._show_part()
            self._announce(self.state.text())

    def ask_for_place(self) -> None:
        """Let the person choose a folder in the desktop's own dialog."""
        if not self.choose.isEnabled():
            return
        dialog = QFileDialog(self.window(), self.tr("Choose a folder for models"), str(Path(self.path.text()).parent))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._on_place_chosen)
        dialog.open()

    def _on_place_chosen(self, path: str) -> None:
        self.end.clear()
        self._show_part()
        self.place_chosen.emit(Path(path))

    def _on_move_clicked(self) -> None:
        if self._offer is not None:
            self.move_requested.emit(self._offer)

    def _on_leave_clicked(self) -> None:
        self._offer = None
        self._show_part()
        self.choose.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_end(self, text: str, *, is_problem: bool) -> None:
        self.end.setProperty("role", "problem" if is_problem else "")
        self.end.setText(text)
        self.end.style().polish(self.end)
        had_focus = self.stop.hasFocus() or self.move_models.hasFocus()
        self._show_part()
        if had_focus:
            self.choose.setFocus(Qt.FocusReason.OtherFocusReason)
        self._announce(text)

    def _show_part(self) -> None:
        is_under_way = self._job is not None and not self._job.state.is_over
        is_asked = self._offer is not None and not is_under_way
        for asked in (self.question, self.consequences, self._answers):
            asked.setVisible(is_asked)
        for telling in (self.state, self.bar, self._below):
            telling.setVisible(is_under_way)
        can_stop = self._job is not None and self._job.state.can_be_cancelled
        self.stop.setEnabled(can_stop)
        hint = "" if can_stop else self.tr("From here on it goes to its end by itself.")
        self.stop.setToolTip(tooltip(hint))
        self.stop.setAccessibleDescription(hint)
        self.end.setVisible(bool(self.end.text()) and not is_asked and not is_under_way)
        why = "" if is_under_way else self._refusal
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self.choose.setEnabled(not why and not is_under_way and not is_asked)
        hint = why or self.tr("Move all models to another folder or disk")
        self.choose.setToolTip(tooltip(hint))
        self.choose.setAccessibleDescription(hint)

    def _announce(self, text: str) -> None:
        if self.isVisible() and text:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def _arrange(self) -> None:
        self.setAccessibleName(self.tr("Models folder"))
        self.title.setText(self.tr("Models folder"))
        self.open.setAccessibleName(self.tr("Open the models folder"))
        self.choose.setAccessibleName(self.tr("Move the models folder"))
        self.move_models.setProperty("kind", "primary")
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the move"))
        for button in (self.move_models, self.leave_models, self.open, self.choose, self.stop):
            button.setAutoDefault(False)
        words = QWidget(self)
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        for label in (self.title, self.path, self.content):
            column.addWidget(label)
        self._column = column
        theme = self._theme
        head = BendingRow(theme, words, self.open, self.choose, stretch=words, least_px=PATH_PX, parent=self)
        self._answers = BendingRow(theme, self.move_models, self.leave_models, parent=self)
        self._below = BendingRow(theme, self.progress, self.stop, stretch=self.progress, least_px=WORDS_PX, parent=self)
        asked = (self.question, self.consequences, self._answers)
        for part in (head, self.why, *asked, self.state, self.bar, self._below, self.end):
            self._layout.addWidget(part)

    def _connect(self) -> None:
        self.open.clicked.connect(self.open_requested)
        self.choose.clicked.connect(self.ask_for_place)
        self.move_models.clicked.connect(self._on_move_clicked)
        self.leave_models.clicked.connect(self._on_leave_clicked)
        self.stop.clicked.connect(self.cancel_requested)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(20), px(16), px(20), px(16))
        self._layout.setSpacing(px(8))
        self._column.setSpacing(px(2))

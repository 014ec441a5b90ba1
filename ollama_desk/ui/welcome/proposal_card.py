"""The model that is proposed: what it is and why, one button, and in its place how far the download is."""

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ollama_desk.domain.pulls import PullJob
from ollama_desk.domain.recommendation import Recommendation
from ollama_desk.ui.language import said
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.busy import Busy
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.catalogue_text import about
from ollama_desk.ui.models.recommend_text import reason_text, reason_tone
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.text import one_line, size_text
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.progress import DownloadProgress
from ollama_desk.ui.welcome.wording import facts_text
from ollama_desk.ui.welcome.yielding_button import YieldingButton


class Stage(Enum):
    """What the card offers."""

    LOOKING = "looking"  # at the machine
    NOTHING = "nothing"  # of the catalogue runs here
    PROPOSED = "proposed"
    BUSY = "busy"  # with what takes a moment
    COMING = "coming"  # the download is in the list
    FAILED = "failed"


class ProposalCard(QFrame):
    """Asks for the proposed model to be downloaded; what becomes of that is shown in the same place."""

    download_requested = Signal()
    try_again_requested = Signal()
    another_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = theme
        self._title = ""
        self._refusal = ""
        self._is_compact = False
        self._can_cancel = False
        self.stage = Stage.LOOKING
        self.caption = wrapping_label("caption", parent=self)
        self.name = wrapping_label("title", parent=self)
        self.about = wrapping_label("", parent=self)
        self.facts = wrapping_label("muted", parent=self)
        self.dot = StateDot(theme, parent=self)
        self.reason = wrapping_label("", parent=self)
        self.note = wrapping_label("muted", parent=self)
        self.problem = wrapping_label("problem", parent=self)
        self.busy = Busy(theme, parent=self)
        self.progress = DownloadProgress(theme, parent=self)
        self.download = YieldingButton(primary=True, parent=self)
        self.again = YieldingButton(self.tr("Try again"), primary=True, parent=self)
        self.another = YieldingButton(self.tr("Choose another…"), parent=self)
        self.cancel = YieldingButton(self.tr("Cancel"), parent=self)
        self._actions = BendingRow(theme, self.download, self.again, self.cancel, self.another, parent=self)
        self._why = QWidget(self)
        self._why_row = QHBoxLayout(self._why)
        self._layout = QVBoxLayout(self)
        self._arrange()
        self.show_looking()

    def show_looking(self) -> None:
        """It is not known yet what to propose."""
        self.caption.setText(self.tr("For this machine"))
        self.name.setText(self.tr("Looking for the right model…"))
        self._show(Stage.LOOKING)

    def show_recommendation(self, recommended: Recommendation | None) -> None:
        """Propose it; None: nothing of the catalogue runs here."""
        if recommended is None:
            self._title = ""
            self.caption.setText(self.tr("For this machine"))
            self.name.setText(self.tr("No model of the catalogue runs here"))
            self.reason.setText(self.tr("There is too little memory, or too little room on the disk."))
            self.dot.show_tone("warning")
            self._show(Stage.NOTHING)
            return
        self._title = one_line(recommended.title, 80)
        self.caption.setText(self.tr("Recommended for this machine"))
        self.name.setText(self._title)
        self.about.setText(one_line(about(recommended.entry), 300))
        self.facts.setText(facts_text(recommended))
        self.reason.setText(reason_text(recommended))
        self.dot.show_tone(reason_tone(recommended))
        self.show_size(recommended.size.size_bytes)
        self._show(Stage.PROPOSED)

    def show_size(self, size_bytes: int, note: str = "") -> None:
        """How much a click on the button downloads, and what there is to say of it."""
        text = self.tr("Download and chat (%1)").replace("%1", size_text(size_bytes))
        self.download.setText(text)
        self.download.setAccessibleName(f"{text}: {self._title}")
        self.note.setText(note)
        self._show(Stage.PROPOSED)
        if note:
            self._say(note)

    def show_refusal(self, text: str) -> None:
        """Why nothing can be downloaded now; empty where it can."""
        self._refusal = text
        for button in (self.download, self.again):
            button.setEnabled(not text)
            button.setToolTip(text)
            button.setAccessibleDescription(text)

    def show_compact(self, *, compact: bool) -> None:
        """Leave out what the model is good for: there is little room, and the button is to be seen."""
        if compact != self._is_compact:
            self._is_compact = compact
            self._show_parts()

    def show_busy(self, text: str, *, can_cancel: bool = False) -> None:
        """Something that takes a moment has begun."""
        self._can_cancel = can_cancel
        self._show(Stage.BUSY)
        self.busy.begin(text)

    def show_job(self, job: PullJob, title: str) -> None:
        """The download ``title`` is under way."""
        if self.stage is not Stage.COMING or self.name.text() != title:
            self.caption.setText(self.tr("Your first model"))
            self.name.setText(title)
            self._show(Stage.COMING)
        self.progress.show_job(job)

    def show_problem(self, text: str, *, hint: str = "") -> None:
        """Why it did not work, in a sentence, and what does work all the same."""
        self.problem.setText(one_line(said(text)))
        self.note.setText(hint)
        self._show(Stage.FAILED)
        self._say(f"{self.problem.text()} {hint}".strip())

    def _show(self, stage: Stage) -> None:
        """The focus of the keyboard stays in the card, whichever of its buttons goes."""
        at = self.window().focusWidget()
        held = [button for button in self.findChildren(QPushButton) if button is at]
        self.stage = stage
        self.busy.end(lambda: None)
        self._show_parts()
        for button in (self.download, self.again):
            button.setEnabled(stage is not Stage.BUSY and not self._refusal)
        if any(not button.isVisibleTo(self) for button in held):
            heirs = (self.download, self.again, self.progress.pause, self.another)
            heir = next((each for each in heirs if each.isVisibleTo(self) and each.isEnabled()), self.another)
            heir.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self, words: str) -> None:
        if self.isVisible():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def _show_parts(self) -> None:
        stage = self.stage
        told = stage in (Stage.PROPOSED, Stage.BUSY, Stage.FAILED) and self.name.text() == self._title
        shown = {
            self.about: told and bool(self.about.text()) and not self._is_compact,
            self.facts: told and bool(self.facts.text()),
            self._why: stage is Stage.NOTHING or (told and stage is not Stage.FAILED),
            self.note: stage in (Stage.PROPOSED, Stage.FAILED) and bool(self.note.text()),
            self.problem: stage is Stage.FAILED,
            self.progress: stage is Stage.COMING,
            self.download: stage in (Stage.PROPOSED, Stage.BUSY),
            self.again: stage is Stage.FAILED,
            self.cancel: stage is Stage.BUSY and self._can_cancel and not self.busy.isHidden(),
            self._actions: stage not in (Stage.LOOKING, Stage.COMING),
        }
        for widget, is_shown in shown.items():
            widget.setVisible(is_shown)

    def _arrange(self) -> None:
        self._why_row.setContentsMargins(0, 0, 0, 0)
        self._why_row.addWidget(self.dot, 0, Qt.AlignmentFlag.AlignTop)
        self._why_row.addWidget(self.reason, 1)
        parts: tuple[QLabel | QWidget, ...] = (
            self.caption,
            self.name,
            self.about,
            self.facts,
            self._why,
            self.problem,
            self.note,
            self.progress,
            self.busy,
            self._actions,
        )
        for part in parts:
            self._layout.addWidget(part)
        self.download.clicked.connect(self.download_requested)
        self.again.clicked.connect(self.try_again_requested)
        self.another.clicked.connect(self.another_requested)
        self.cancel.clicked.connect(self.cancel_requested)
        self.busy.appeared.connect(self._show_parts)
        self._theme.changed.connect(self._space)
        self._space()

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(20), px(16), px(20), px(16))
        self._layout.setSpacing(px(8))
        self._why_row.setSpacing(px(8))
        self._why.setContentsMargins(0, 0, 0, px(4))
        self.dot.setFixedHeight(self.reason.fontMetrics().height())  # beside the first line

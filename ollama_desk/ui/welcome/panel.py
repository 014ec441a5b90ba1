"""The page where there is no model yet: what was found, what is proposed, one button, and what works without it."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.confirm import Confirm
from ollama_desk.ui.language import said
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.busy import Busy
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.found_card import FoundCard
from ollama_desk.ui.welcome.proposal_card import ProposalCard
from ollama_desk.ui.welcome.yielding_button import YieldingButton

COLUMN_PX = 680
ROOMY_PX = 600  # in height; below it what can be left out is, so that the button is seen without scrolling
NARROW_PX = 400


class WelcomePanel(QScrollArea):
    """Asks for the first model, or for the demonstration model; the latter into a foreign server only after a yes."""

    demo_requested = Signal()
    start_server_requested = Signal()
    import_requested = Signal()
    get_models_requested = Signal()
    shown = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scroll")
        self.setAccessibleName(self.tr("Welcome to Ollama Desk"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._theme = theme
        self._status = ServerStatus(ServerState.STOPPED)
        self._is_busy = False
        self.found = FoundCard(theme, parent=self)
        self.found.start_requested.connect(self.start_server_requested)
        self.proposal = ProposalCard(theme, parent=self)
        self.proposal.another_requested.connect(self.get_models_requested)
        self.demo = YieldingButton(self.tr("Try it without a download"), parent=self)
        self.demo.clicked.connect(self.ask)
        self.imports = YieldingButton(self.tr("Import a GGUF file…"), parent=self)
        self.imports.clicked.connect(self.import_requested)
        self.busy = Busy(theme, parent=self)
        self.problem = wrapping_label("problem", parent=self)
        self.about = self._label("", self.tr("Run language models on this machine. What you write stays here."))
        self._column = QWidget(self)
        self._layout = QVBoxLayout(self._column)
        self._arrange()
        theme.changed.connect(self._space)
        self._space()
        self.show_error("")
        self.show_server(self._status)

    def show_server(self, status: ServerStatus) -> None:
        """Say which server was found and how it is."""
        self._status = status
        self.found.show_server(status)
        waiting = "" if status.state.answers else self.tr("The server has to run first.")
        self.proposal.show_refusal(waiting)
        self.demo.setToolTip(waiting)
        self.demo.setAccessibleDescription(waiting)
        self._allow()

    def show_busy(self, text: str) -> None:
        """The demonstration model is being installed; empty: it is not any more."""
        self._is_busy = bool(text)
        if text:
            self.problem.hide()
            self.busy.begin(text)
        else:
            self.busy.end(lambda: None)
        self._allow()

    def show_error(self, text: str) -> None:
        """Why that did not work; empty takes the sentence away."""
        self.problem.setText(one_line(said(text)))
        self.problem.setVisible(bool(text))

    def ask(self) -> None:
        """Ask for the demonstration model, and the person first where the server is not ours."""
        if self._status.state is not ServerState.EXTERNAL:
            self.demo_requested.emit()
            return
        Confirm(
            self.window(),
            theme=self._theme,
            question=self.tr("Install into a server that is not ours?"),
            explanation=self.tr(
                "This installs a 1 MB demonstration model into a server that Ollama Desk did not start. "
                "It can be deleted again on the Models page."
            ),
            verb=self.tr("Install demonstration model"),
            on_yes=self.demo_requested.emit,
        ).open()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._space()

    def _allow(self) -> None:
        self.demo.setEnabled(self._status.state.answers and not self._is_busy)

    def _arrange(self) -> None:
        title = self._label("title", self.tr("Welcome to Ollama Desk"))
        others = self._label(
            "note",
            self.tr(
                "Or without a download: a demonstration model of 1 MB comes with the app. Its answers are scripted, "
                "but every token is computed here. A file of your own can be imported, or dropped on this window."
            ),
        )
        row = BendingRow(self._theme, self.demo, self.imports, parent=self)
        self._layout.addStretch(2)
        parts: tuple[QWidget, ...] = (
            title, self.about, self.found, self.proposal, others, self.busy, self.problem, row,
        )  # fmt: skip
        for part in parts:
            self._layout.addWidget(part)
        self._layout.addStretch(3)
        outer = QWidget(self)
        across = QHBoxLayout(outer)
        across.setContentsMargins(0, 0, 0, 0)
        across.addStretch(1)
        across.addWidget(self._column, 100)
        across.addStretch(1)
        self.setWidget(outer)

    def _label(self, role: str, text: str) -> QLabel:
        label = wrapping_label(role, parent=self)
        label.setText(text)
        return label

    def _space(self) -> None:
        px = self._theme.px
        self._column.setMaximumWidth(px(COLUMN_PX))
        compact = self.height() < px(ROOMY_PX)
        edge = px(16 if compact else 24)
        side = px(12 if self.width() < px(NARROW_PX) else 24)
        self._layout.setContentsMargins(side, edge, side, edge)
        self._layout.setSpacing(px(12 if compact else 16))
        self.about.setVisible(not compact)
        self.proposal.show_compact(compact=compact)

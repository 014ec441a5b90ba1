"""The page where there is no model yet: what this is, what was found, one button."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.confirm import Confirm
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.language import said
from ollama_desk.ui.server.wording import program_name, wording
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.text import one_line, size_text
from ollama_desk.ui.theme import Theme

COLUMN_PX = 560
BUSY_AFTER_MS = 300  # what is over sooner needs no mark


class WelcomePanel(QScrollArea):
    """Asks for the demonstration model; into a server that is not ours only after asking the person."""

    demo_requested = Signal()
    start_server_requested = Signal()
    import_requested = Signal()
    get_models_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scroll")
        self.setAccessibleName(self.tr("Welcome to Ollama Desk"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._theme = theme
        self._status = ServerStatus(ServerState.STOPPED)
        self._busy = False
        self._found = QFrame(self)
        self._found.setObjectName("card")
        self._dot = StateDot(theme, parent=self)
        self.server = ElidedLabel(self)
        self.memory = ElidedLabel(self)
        self.reason = self._label("muted")
        self.button = QPushButton(self.tr("Try it without a download"), self)
        self.button.setProperty("kind", "primary")
        self.button.clicked.connect(self.ask)
        self.start = QPushButton(self.tr("Start server"), self)
        self.start.clicked.connect(self.start_server_requested)
        self.get_models = QPushButton(self.tr("Get models"), self)
        self.get_models.clicked.connect(self.get_models_requested)
        self.imports = QPushButton(self.tr("Import a GGUF file…"), self)
        self.imports.clicked.connect(self.import_requested)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.busy_text = self._label("note")
        self.problem = self._label("problem")
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(BUSY_AFTER_MS)
        self._later.timeout.connect(self._show_progress)
        self._column = QWidget(self)
        self._layout = QVBoxLayout(self._column)
        self._others = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._grid = QGridLayout(self._found)
        self._arrange()
        theme.changed.connect(self._space)
        self._space()
        self.show_busy("")
        self.show_error("")
        self.show_memory(0)
        self.show_server(self._status)

    def show_server(self, status: ServerStatus) -> None:
        """Say which server was found and how it is."""
        self._status = status
        words = wording(status)
        self._dot.show_tone(words.tone)
        parts = [program_name(status.kind), words.word.lower() if program_name(status.kind) else words.word]
        found = " ".join(part for part in parts if part)
        found = found[:1].upper() + found[1:]
        if status.state.answers:
            found = self.tr("%1 at %2").replace("%1", found).replace("%2", str(status.address))
        self.server.show_text(found)
        foreign = self.tr("This server was not started by Ollama Desk.")
        reason = foreign if status.state is ServerState.EXTERNAL else one_line(said(status.reason))
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason) and status.state is not ServerState.READY)
        self.start.setVisible(words.offers_start)
        self._allow()

    def show_memory(self, total_bytes: int) -> None:
        """How much memory the machine has; 0: not known, nothing is said."""
        self.memory.show_text(size_text(total_bytes))
        for widget in (self.memory, self._memory_caption):
            widget.setVisible(total_bytes > 0)

    def show_busy(self, text: str) -> None:
        """What is under way, with a mark if it takes a while; empty: nothing is any more."""
        self._busy = bool(text)
        self.busy_text.setText(one_line(text))
        if self._busy:
            self.problem.hide()
            self._later.start()
        else:
            self._later.stop()
            self.progress.hide()
            self.busy_text.hide()
        self._allow()

    def show_error(self, text: str) -> None:
        """Why it did not work; empty takes the sentence away."""
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stack_buttons()

    def _stack_buttons(self) -> None:
        """Large letters on a small screen: below each other what has no room beside each other."""
        needed = self.get_models.sizeHint().width() + self.imports.sizeHint().width() + self._theme.px(2 * 24 + 40)
        directions = QBoxLayout.Direction
        self._others.setDirection(directions.LeftToRight if self.width() >= needed else directions.TopToBottom)

    def _allow(self) -> None:
        self.button.setEnabled(self._status.state.answers and not self._busy)
        waiting = self.tr("The server has to run first.")
        self.button.setToolTip("" if self._status.state.answers else waiting)
        self.button.setAccessibleDescription("" if self._status.state.answers else waiting)

    def _show_progress(self) -> None:
        self.progress.show()
        self.busy_text.show()

    def _arrange(self) -> None:
        title = self._label("title", self.tr("Welcome to Ollama Desk"))
        about = self._label(
            "", self.tr("Run language models on this machine. What you write stays here. There is no model yet.")
        )
        offer = self._label(
            "note",
            self.tr(
                "Installs a demonstration model of about 1 MB that comes with the app. Its answers are scripted, "
                "but every token is computed on this machine."
            ),
        )
        real = self._label(
            "note",
            self.tr(
                "For a model that knows more, download one or import a GGUF file. "
                "You can also drop the file on this window."
            ),
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self.button)
        buttons.addWidget(self.start)
        buttons.addStretch(1)
        for button in (self.get_models, self.imports):
            self._others.addWidget(button)
        self._others.addStretch(1)
        self._fill_found()
        self._layout.addStretch(2)
        above: tuple[QWidget, ...] = (title, about, self._found, self.reason)
        below: tuple[QWidget, ...] = (self.progress, self.busy_text, self.problem, offer, real)
        for part in above:
            self._layout.addWidget(part)
        self._layout.addLayout(buttons)
        for part in below:
            self._layout.addWidget(part)
        self._layout.addLayout(self._others)
        self._layout.addStretch(3)
        outer = QWidget(self)
        across = QHBoxLayout(outer)
        across.addStretch(1)
        across.addWidget(self._column, 100)
        across.addStretch(1)
        self.setWidget(outer)

    def _fill_found(self) -> None:
        self._memory_caption = self._label("note", self.tr("Memory"))
        server_caption = self._label("note", self.tr("Server"))
        for caption in (self._memory_caption, server_caption):
            caption.setWordWrap(False)  # a card of wrapped text may be squeezed below its height
        state = QHBoxLayout()
        state.setSpacing(self._theme.px(8))
        state.addWidget(self._dot)
        state.addWidget(self.server)
        state.addStretch(1)
        self._grid.addWidget(server_caption, 0, 0)
        self._grid.addLayout(state, 0, 1)
        self._grid.addWidget(self._memory_caption, 1, 0)
        self._grid.addWidget(self.memory, 1, 1)
        self._grid.setColumnStretch(1, 1)

    def _label(self, role: str, text: str = "") -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("role", role)
        return label

    def _space(self) -> None:
        px = self._theme.px
        self._column.setMaximumWidth(px(COLUMN_PX))
        self._layout.setContentsMargins(px(24), px(24), px(24), px(24))
        self._layout.setSpacing(px(12))
        self._grid.setContentsMargins(px(16), px(12), px(16), px(12))
        self._grid.setHorizontalSpacing(px(16))
        self._grid.setVerticalSpacing(px(8))

"""The dialog of one import: what the file is and how the model shall be called, how far it is, how it ended."""

from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.imports import ImportJob, ImportOffer, ImportState, Placing
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.imports.tick import Tick
from ollama_desk.ui.imports.wording import (
    facts_text,
    file_text,
    place_text,
    progress_text,
    room_text,
    state_text,
    title_text,
)
from ollama_desk.ui.language import said
from ollama_desk.ui.text import clean, one_line
from ollama_desk.ui.theme import Theme

WIDTH = 460
STEPS = 1000  # of the bar: bytes are too many for its numbers


class _Page(Enum):
    QUESTION = "question"
    PROGRESS = "progress"
    END = "end"


class ImportDialog(QDialog):
    """Stands beside the window, which can be used meanwhile. Closed while it runs, the import goes on.

    Args:
        parent: the window.
        theme: for its measures.
        offer: the files.
        address: of the server.
        check_name: raises a ``DeskError`` for a name that cannot be given.
    """

    import_requested = Signal(str, bool, Placing)  # the name, whether the projector comes too, and how
    cancel_requested = Signal()
    chat_requested = Signal(str)
    left = Signal()  # closed while the import goes on

    def __init__(
        self, parent: QWidget, *, theme: Theme, offer: ImportOffer, address: str, check_name: Callable[[str], None]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Import a GGUF file"))
        self._theme = theme
        self._offer = offer
        self._check_name = check_name
        self._address = address
        self._job: ImportJob | None = None
        self.name = QLineEdit(offer.name, self)
        self.name.setAccessibleName(self.tr("Name of the model"))
        self.problem = self._label("problem")
        self.place = self._label("note")
        self.sees = Tick(theme, self.tr("With its projector, so that it can see or hear"), parent=self)
        self.links = Tick(theme, self.tr("Use the file where it is, without a copy"), parent=self)
        self.link_note = self._label("note", self.tr("The file must not be changed or edited afterwards."))
        self.go = QPushButton(self.tr("Import model"), self)
        self.state = self._label("")
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName(self.tr("Progress of the import"))
        self.bar.setTextVisible(False)
        self.progress = self._label("note")
        self.stop = QPushButton(self.tr("Cancel import"), self)
        self.end = self._label("")
        self.reason = self._label("problem")
        self.chat = QPushButton(self.tr("Chat"), self)
        self.again = QPushButton(self.tr("Try again"), self)
        self._pages = (self._make_question(), self._make_progress(), self._make_end())
        self._arrange()
        self._connect()
        self._judge()
        self.name.setFocus()
        self.name.selectAll()

    @property
    def is_under_way(self) -> bool:
        """Whether its import has begun and not ended."""
        return self._job is not None and not self._job.state.is_over

    def show_job(self, job: ImportJob) -> None:
        """How far it is, or how it ended."""
        self._job = job
        match job.state:
            case ImportState.FINISHED | ImportState.FAILED:
                self._show_end(job)
            case ImportState.CANCELLED:
                self.done(QDialog.DialogCode.Rejected)
            case _:
                self._show_progress(job)

    def show_refusal(self, sentence: str) -> None:
        """Why it could not begin."""
        self.problem.setText(clean(said(sentence)))
        self.problem.show()

    def reject(self) -> None:
        """Esc and the window's cross; the import itself has its own button."""
        under_way = self.is_under_way
        super().reject()
        if under_way:
            self.left.emit()

    def _show_progress(self, job: ImportJob) -> None:
        counts = job.total_bytes > 0 and job.state not in (ImportState.QUEUED, ImportState.CREATING)
        self.state.setText(state_text(job))
        self.bar.setRange(0, STEPS if counts else 0)
        self.bar.setValue(STEPS * job.completed_bytes // job.total_bytes if counts else 0)
        self.progress.setText(progress_text(job))
        if self._pages[1].isHidden():
            self._turn_to(_Page.PROGRESS)
            self.stop.setFocus()

    def _show_end(self, job: ImportJob) -> None:
        good = job.state is ImportState.FINISHED
        self.end.setText(state_text(job))
        self.reason.setText(one_line(said(job.reason)))
        self.reason.setVisible(not good)
        self.chat.setVisible(good)
        self.again.setVisible(not good)
        self._turn_to(_Page.END)
        button = self.chat if good else self.again
        button.setAccessibleDescription(f"{self.end.text()} {self.reason.text()}".strip())  # read out with the focus
        button.setDefault(True)
        button.setFocus()

    def _turn_to(self, page: _Page) -> None:
        """Show a page."""
        for each, widget in zip(_Page, self._pages, strict=True):
            widget.setVisible(each is page)
        self._fit()

    def _fit(self) -> None:
        """Be as high as what is shown needs, with its lines broken at this width."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _judge(self) -> None:
        """Say what is wrong with the name or the disk, and allow what is right."""
        sentence = "" if self.links.isChecked() else room_text(self._offer)
        try:
            self._check_name(self.name.text())
        except DeskError as error:
            sentence = said(str(error))
        self.problem.setText(clean(sentence))
        self.problem.setVisible(bool(sentence))
        self.go.setEnabled(not sentence)
        self.place.setVisible(not self.links.isChecked() and self._offer.fits)
        self._fit()

    def _on_go(self) -> None:
        if self.go.isEnabled():
            placing = Placing.LINK if self.links.isChecked() and not self.links.isHidden() else Placing.COPY
            with_projector = self._offer.projector is not None and self.sees.isChecked()
            self.import_requested.emit(self.name.text().strip(), with_projector, placing)

    def _on_chat(self) -> None:
        job = self._job
        self.accept()
        if job is not None:
            self.chat_requested.emit(job.name)

    def _on_again(self) -> None:
        self._job = None
        self._judge()
        self._turn_to(_Page.QUESTION)
        self.name.setFocus()

    def _make_question(self) -> QWidget:
        title = self._line("title", title_text(self._offer))
        facts, file = self._line("note", facts_text(self._offer)), self._line("note", file_text(self._offer))
        self.place.setText(place_text(self._offer, self._address))
        self.sees.setChecked(self._offer.projector is not None)
        self.sees.setVisible(self._offer.projector is not None)
        if self._offer.projector is not None:
            self.sees.setToolTip(one_line(self._offer.projector.name))
        self.links.setVisible(self._offer.can_link)
        self.link_note.setVisible(self._offer.can_link)
        self.link_note.setIndent(self._theme.px(26))
        caption = self._label("caption", self.tr("Name"))
        caption.setBuddy(self.name)
        close = QPushButton(self.tr("Cancel"), self)
        close.clicked.connect(self.reject)
        self.go.setProperty("kind", "primary")
        self.go.setDefault(True)
        rows = (title, facts, file, caption, self.name, self.problem, self.sees, self.links, self.link_note, self.place)
        return self._page(rows, (close, self.go))

    def _make_progress(self) -> QWidget:
        hide = QPushButton(self.tr("Continue in the background"), self)
        hide.clicked.connect(self.reject)
        name = self._line("title", title_text(self._offer))
        return self._page((name, self.state, self.bar, self.progress), (hide, self.stop))

    def _make_end(self) -> QWidget:
        close = QPushButton(self.tr("Close"), self)
        close.clicked.connect(self.reject)
        self.chat.setProperty("kind", "primary")
        self.end.setProperty("role", "title")
        return self._page((self.end, self.reason), (close, self.again, self.chat))

    def _page(self, rows: tuple[QWidget, ...], buttons: tuple[QPushButton, ...]) -> QWidget:
        page = QWidget(self)
        down, across = QVBoxLayout(page), QHBoxLayout()
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(self._theme.px(8))
        across.setSpacing(self._theme.px(8))
        for row in rows:
            down.addWidget(row)
        across.addStretch(1)
        for button in buttons:
            button.setAutoDefault(False)
            across.addWidget(button)
        down.addSpacing(self._theme.px(8))
        down.addStretch(1)
        down.addLayout(across)
        return page

    def _arrange(self) -> None:
        px = self._theme.px
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(24), px(20), px(24), px(16))
        for page in self._pages:
            layout.addWidget(page)
        self.setFixedWidth(px(WIDTH))
        self._turn_to(_Page.QUESTION)

    def _connect(self) -> None:
        self.name.textChanged.connect(lambda _: self._judge())
        self.links.toggled.connect(lambda _: self._judge())
        self.go.clicked.connect(self._on_go)
        self.stop.clicked.connect(self.cancel_requested)
        self.chat.clicked.connect(self._on_chat)
        self.again.clicked.connect(self._on_again)

    def _line(self, role: str, text: str) -> ElidedLabel:
        """Foreign text on one line."""
        label = ElidedLabel(self)
        label.setProperty("role", role)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        label.show_text(text)
        return label

    def _label(self, role: str, text: str = "") -> QLabel:
        label = QLabel(text, self, textFormat=Qt.TextFormat.PlainText)
        label.setProperty("role", role)
        label.setWordWrap(True)
        return label

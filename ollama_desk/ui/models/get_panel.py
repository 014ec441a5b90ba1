"""Get models: a field that takes any name, and what stands behind the name before anything is downloaded."""

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ollama_desk.domain.catalogue import Catalogue
from ollama_desk.domain.pulls import Offer
from ollama_desk.ui.blank import Blank
from ollama_desk.ui.models.busy import Busy
from ollama_desk.ui.models.catalogue_panel import CataloguePanel
from ollama_desk.ui.models.consent_card import ConsentCard
from ollama_desk.ui.models.offer_card import OfferCard
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

COLUMN_PX = 760  # as wide as a transcript
FIELD_LIMIT = 2000  # characters


class Shown(Enum):
    """What stands below the field."""

    NOTHING = "nothing"
    CONSENT = "consent"
    OFFER = "offer"
    PROBLEM = "problem"


class GetPanel(QWidget):
    """Asks for a name to be looked up, and for what was found to be downloaded."""

    look_up_requested = Signal(str)
    cancel_requested = Signal()
    agreed = Signal()
    download_requested = Signal()
    shown = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._looking = False
        self._shown = Shown.NOTHING
        self.field = QLineEdit(self)
        self.field.setMaxLength(FIELD_LIMIT)
        self.field.setClearButtonEnabled(True)
        self.field.setPlaceholderText(self.tr("Name of a model, for example llama3.2:3b"))
        self.field.setAccessibleName(self.tr("Name of a model"))
        self.button = QPushButton(self)
        self.button.setProperty("kind", "primary")
        self.back = QPushButton(self.tr("Back"), self)
        self.back.setAccessibleName(self.tr("Back to the catalogue"))
        self.busy = Busy(theme, parent=self)
        self.problem = QLabel(self)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.setProperty("role", "problem")
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.consent = ConsentCard(theme, parent=self)
        self.card = OfferCard(theme, parent=self)
        self.blank = Blank(theme, parent=self)
        self.catalogue = CataloguePanel(theme, parent=self)
        self._asking = QWidget(self)
        self._found = QWidget(self)
        self._area = QScrollArea(self)
        self._layout = QVBoxLayout(self)
        self._column = QVBoxLayout()
        self._arrange()
        self._connect()
        theme.changed.connect(self._space)
        self._space()
        self.setFocusProxy(self.field)
        self._show(Shown.NOTHING)
        self._offer_button()

    def show_looking(self, name: str) -> None:
        """A registry is being asked; what it said before stays until it answers."""
        self._looking = True
        self.problem.hide()
        self.busy.begin(self.tr("Looking up %1").replace("%1", one_line(name, 120)))

    def show_nothing(self) -> None:
        """As at first."""
        self._end(Shown.NOTHING, "")

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """What there is to choose from while nothing is looked up."""
        self.catalogue.show_catalogue(catalogue)
        self._show(self._shown)

    def show_consent(self, host: str, *, insecure: bool) -> None:
        """Ask before this registry is asked."""
        self.consent.ask(host, insecure=insecure)
        self._end(Shown.CONSENT, self.consent.words())

    def show_offer(self, offer: Offer, refusal: str) -> None:
        """What the name stands for; ``refusal`` says why it cannot be downloaded, if so."""

        def show() -> None:
            self.card.show_offer(offer)
            self.card.show_refusal(refusal)
            self._show(Shown.OFFER)
            self._say(self.card.summary())

        self._looking = False
        self.catalogue.show_true_size(offer.name, offer.total_bytes)
        self.busy.end(show)
        self._offer_button()

    def show_problem(self, text: str) -> None:
        """Why the name could not be looked up, or its model not be downloaded."""
        self.problem.setText(one_line(text))
        self._end(Shown.PROBLEM, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._looking:
            self.cancel_requested.emit()
        elif event.key() == Qt.Key.Key_Escape and self.back.isVisible():
            self.back.click()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def _end(self, what: Shown, words: str) -> None:
        def show() -> None:
            self._show(what)
            if words:
                self._say(words)

        self._looking = False
        self.busy.end(show)
        self._offer_button()

    def _show(self, what: Shown) -> None:
        self._shown = what
        browses = what is Shown.NOTHING and self.catalogue.has_entries
        self.catalogue.setVisible(browses)
        self._area.setVisible(not browses)
        self.back.setVisible(what is not Shown.NOTHING and self.catalogue.has_entries)
        self.problem.setVisible(what is Shown.PROBLEM)
        self.consent.setVisible(what is Shown.CONSENT)
        self.card.setVisible(what is Shown.OFFER)
        self.blank.setVisible(what is Shown.NOTHING)
        self._found.setVisible(what is not Shown.NOTHING)
        self._offer_button()

    def _say(self, words: str) -> None:
        if self.isVisible():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def _offer_button(self) -> None:
        """One button: it begins, and takes back what takes long."""
        cancels = self._looking and not self.busy.isHidden()
        self.button.setText(self.tr("Cancel") if cancels else self.tr("Look up"))
        self.button.setEnabled(cancels or bool(self.field.text().strip()))

    def _arrange(self) -> None:
        row = QHBoxLayout(self._asking)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field, 1)
        row.addWidget(self.button)
        row.addWidget(self.back)
        found = QVBoxLayout(self._found)
        for widget in (self.problem, self.consent, self.card):
            found.addWidget(widget)
        found.addStretch()
        for layout in (found, self._column):
            layout.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._found, 1)
        self._column.addWidget(self.blank, 1)
        content = QWidget(self)
        content.setLayout(self._column)
        self._area.setObjectName("scroll")
        self._area.setAccessibleName(self.tr("What was found"))
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(content)
        self._layout.addWidget(self._asking)
        self._layout.addWidget(self.busy)
        self._layout.addWidget(self._area, 1)
        self._layout.addWidget(self.catalogue, 1)
        self.blank.show_words(
            self.tr("Get a model by its name"),
            self.tr(
                "A name of Ollama's library, such as qwen3:8b, or of Hugging Face, such as "
                "hf.co/user/repository:Q4_K_M. You see size and licence first."
            ),
        )

    def _connect(self) -> None:
        self.field.returnPressed.connect(self._on_return_pressed)
        self.field.textChanged.connect(self._offer_button)
        self.button.clicked.connect(self._on_button_clicked)
        self.busy.appeared.connect(self._offer_button)
        self.back.clicked.connect(self._on_back_clicked)
        self.catalogue.look_up_requested.connect(self._on_catalogue_requested)
        self.consent.agreed.connect(self.agreed)
        self.consent.declined.connect(self.show_nothing)
        self.card.download_requested.connect(self.download_requested)

    def _on_return_pressed(self) -> None:
        if self.field.text().strip():
            self.look_up_requested.emit(self.field.text())

    def _on_button_clicked(self) -> None:
        if self._looking and not self.busy.isHidden():
            self.cancel_requested.emit()
        else:
            self._on_return_pressed()

    def _on_back_clicked(self) -> None:
        self.cancel_requested.emit()
        if not self.catalogue.return_focus():
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_catalogue_requested(self, name: str) -> None:
        """As if it had been typed: what is asked for stands in the field."""
        self.field.setText(name)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_return_pressed()

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(24), 0, px(24), px(8))
        self._layout.setSpacing(px(12))
        for widget in (self._asking, self.busy, self._found, self.catalogue):
            widget.setMaximumWidth(px(COLUMN_PX))

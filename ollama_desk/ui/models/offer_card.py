"""One model of a registry: its facts, its licence, whether it fits, and the button."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ollama_desk.domain.fit import Fit
from ollama_desk.domain.pulls import Offer
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import empty, wrapping_label
from ollama_desk.ui.models.fit_row import FitRow
from ollama_desk.ui.models.offer_text import facts, licence_title, mark_text, room_text
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.text import clean, one_line, size_text, tooltip
from ollama_desk.ui.theme import Theme

LICENCE_LIMIT = 200_000  # characters that are shown
LICENCE_PX = 180
NAME_PX = 220  # what a name has to have beside the button


class OfferCard(QFrame):
    """Shows an offer; asks for it to be downloaded."""

    download_requested = Signal()
    offer_shown = Signal(Offer)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = theme
        self._offer: Offer | None = None
        self.name = self._label("title")
        self.mark = self._label("mark")
        self.room = self._label("")
        self._dot = StateDot(theme, parent=self)
        self.fit = FitRow(theme, parent=self)
        self.licence = ElidedLabel(self)
        self.all = QPushButton(self)
        self.all.setProperty("kind", "quiet")
        self.all.setCheckable(True)
        self.text = QPlainTextEdit(self)
        self.text.setProperty("role", "log")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Licence"))
        self.download = QPushButton(self)
        self.download.setProperty("kind", "primary")
        self.download.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.why = self._label("muted")
        self._facts = QGridLayout()
        self._layout = QVBoxLayout(self)
        self._arrange()
        self.all.toggled.connect(self._on_all_toggled)
        self.download.clicked.connect(self.download_requested)
        theme.changed.connect(self._space)
        self._space()

    def show_offer(self, offer: Offer) -> None:
        """Show another offer; whether it can be downloaded is told by ``show_refusal``."""
        self._offer = offer
        self.name.setText(one_line(offer.name, 300))
        self.mark.setText(mark_text(offer))
        self.mark.setVisible(bool(self.mark.text()))
        self._show_facts(facts(offer))
        self.room.setText(room_text(offer))
        self._dot.show_tone("muted" if offer.free_bytes is None else "ok" if offer.fits else "danger")
        title = licence_title(offer)
        self.licence.show_text(self.tr("Licence: %1").replace("%1", title or self.tr("none given")))
        self.text.setPlainText(clean(offer.licence[:LICENCE_LIMIT]))
        self.all.setVisible(bool(title))
        self.all.setChecked(False)
        self._on_all_toggled(False)  # noqa: FBT003 - a Qt signal's argument
        size = size_text(offer.missing_bytes)
        label = self.tr("Update (%1)") if offer.is_update else self.tr("Download (%1)")
        self.download.setText(label.replace("%1", size) if size else self.tr("Download"))
        self.fit.show_nothing()
        self.offer_shown.emit(offer)

    def show_fit(self, offer: Offer, fit: Fit) -> None:
        """Whether it will run, unless another is shown by now."""
        if offer is self._offer:
            self.fit.show_fit(fit)

    def show_refusal(self, why: str) -> None:
        """Why it cannot be downloaded; empty: it can."""
        self.download.setEnabled(not why)
        self.download.setAccessibleDescription(why)
        self.download.setToolTip(tooltip(why))
        self.why.setText(why)
        self.why.setVisible(bool(why))

    def summary(self) -> str:
        """What is said to those who do not see it."""
        parts = (f"{self.name.text()}. {self.room.text()}.", self.fit.summary(), self.why.text())
        return " ".join(part for part in parts if part)

    def _show_facts(self, rows: list[tuple[str, str]]) -> None:
        empty(self._facts)
        for at, (label, value) in enumerate(rows):
            title, text = self._label("muted"), self._label("")
            title.setWordWrap(False)
            title.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
            title.setText(label)
            text.setText(value)
            self._facts.addWidget(title, at, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(text, at, 1)

    def _arrange(self) -> None:
        room = QHBoxLayout()
        room.addWidget(self._dot)
        room.addWidget(self.room, 1)
        licence = QHBoxLayout()
        licence.addWidget(self.licence)
        licence.addWidget(self.all)
        licence.addStretch(1)
        # the button is above, so that it is in view on the smallest screen too
        head = BendingRow(self._theme, self.name, self.download, stretch=self.name, least_px=NAME_PX, parent=self)
        self._facts.setColumnStretch(1, 1)
        self._layout.addWidget(head)
        self._layout.addWidget(self.mark)
        self._layout.addWidget(self.why)
        self._layout.addLayout(self._facts)
        self._layout.addLayout(room)
        self._layout.addWidget(self.fit)
        self._layout.addLayout(licence)
        self._layout.addWidget(self.text)

    def _label(self, role: str) -> QLabel:
        label = wrapping_label(role, parent=self)
        label.setAlignment(leading())  # names and sizes are no text that says how it is read
        return label

    def _on_all_toggled(self, on: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self.text.setVisible(on)
        self.all.setText(self.tr("Show less") if on else self.tr("Show all"))

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(20), px(16), px(20), px(16))
        self._layout.setSpacing(px(8))
        self._facts.setHorizontalSpacing(px(16))
        self._facts.setVerticalSpacing(px(4))
        self.text.setFixedHeight(px(LICENCE_PX))


def leading() -> Qt.AlignmentFlag:
    """Where reading begins, whatever the letters of a text."""
    right = QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter

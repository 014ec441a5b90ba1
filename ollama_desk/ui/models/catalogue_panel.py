"""The catalogue on *Get models*: what to look for, and a card for each family that answers it."""

from collections.abc import Collection

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ollama_desk.domain.catalogue import Catalogue, CatalogueEntry
from ollama_desk.ui.blank import Blank
from ollama_desk.ui.models.catalogue_card import CatalogueCard
from ollama_desk.ui.models.catalogue_filters import CatalogueFilters
from ollama_desk.ui.theme import Theme

SEEN_FIRST = 6  # cards: as many as a window shows
STEP_BYTES = 100_000_000  # smaller changes of the memory change nothing


class CataloguePanel(QWidget):
    """Asks for a name to be looked up."""

    look_up_requested = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._catalogue = Catalogue()
        self._installed: Collection[str] = ()
        self._updates: Collection[str] = ()
        self._room_bytes = 0
        self._waiting: list[CatalogueEntry] = []  # for their cards to be built
        self._asked: CatalogueCard | None = None
        self.cards: dict[str, CatalogueCard] = {}  # by the name of the family
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setProperty("role", "muted")
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.note.setText(
            self.tr("Or choose here. Sizes are estimates; “Look up” asks the registry and downloads nothing.")
        )
        self.filters = CatalogueFilters(theme, parent=self)
        self.none = Blank(theme, parent=self)
        self._build = QTimer(self)
        self._build.setInterval(0)
        self._build.timeout.connect(self._build_next)
        self._column = QVBoxLayout()
        self._content = QWidget(self)
        self._area = QScrollArea(self)
        self._layout = QVBoxLayout(self)
        self._arrange()
        self.filters.changed.connect(self._on_changed)
        self.none.requested.connect(self._on_clear_requested)
        theme.changed.connect(self._space)
        self._space()

    @property
    def has_entries(self) -> bool:
        """Whether there is anything to show."""
        return bool(self._catalogue.entries)

    def place_first(self, widget: QWidget) -> None:
        """Let this stand between the filters and the first card."""
        self._column.insertWidget(self._column.indexOf(self.none), widget)

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Show these families; to be called once. Their cards come one by one, so that nothing stands still."""
        self._catalogue = catalogue
        self._waiting = list(catalogue.entries)
        self.filters.show_licences(catalogue.licences)
        self._build.start()

    def show_installed(self, names: Collection[str]) -> None:
        """The full names of what is installed."""
        if set(names) != set(self._installed):
            self._installed = frozenset(names)
            for card in self.cards.values():
                card.show_installed(self._installed)

    def show_updates(self, names: Collection[str]) -> None:
        """The full names of those whose registry has another one now."""
        self._updates = frozenset(names)
        for card in self.cards.values():
            card.show_updates(self._updates)

    def show_room(self, room_bytes: int) -> None:
        """The memory that a model can have here; 0: not known."""
        room_bytes -= room_bytes % STEP_BYTES
        if room_bytes != self._room_bytes:
            self._room_bytes = room_bytes
            self.filters.show_room(room_bytes)
            for card in self.cards.values():
                card.show_room(room_bytes)

    def show_true_size(self, name: str, size_bytes: int) -> None:
        """What a registry told about a name, which is an estimate no more."""
        for card in self.cards.values():
            card.show_true_size(name, size_bytes)

    def return_focus(self) -> bool:
        """Give the focus back to the card whose button was pressed last; whether there is one to be seen."""
        if self._asked is None or self._asked.isHidden():
            return False
        self._asked.button.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _build_next(self) -> None:
        """One card in each turn of the loop; they are shown in two steps, since each step squeezes all for a moment."""
        if not self._waiting:
            self._build.stop()
            self._apply()
            return
        entry = self._waiting.pop(0)
        card = self.cards[entry.name] = CatalogueCard(self._theme, entry, parent=self._content)
        card.hide()
        card.show_installed(self._installed)
        card.show_updates(self._updates)
        card.show_room(self._room_bytes)
        card.look_up_requested.connect(lambda name: self._on_look_up_requested(card, name))
        self._column.insertWidget(self._column.indexOf(self.none), card)
        if len(self.cards) == SEEN_FIRST:
            self._apply()

    def _apply(self) -> int:
        """Show the cards that answer the wish; how many families do."""
        found = {entry.name: entry for entry in self._catalogue.matching(self.filters.wish)}
        self._column.setEnabled(False)  # or each card that appears lays all of them out
        for name, card in self.cards.items():
            if name in found:
                card.show_entry(found[name])
            card.setVisible(name in found)
        self.none.setVisible(not found and self.has_entries)
        self._column.setEnabled(True)
        self._column.invalidate()
        self._make_room()
        return len(found)

    def _make_room(self) -> None:
        """The scroll area would do it a moment after the cards were squeezed into the height that there was."""
        content = self._content
        needed = self._column.totalHeightForWidth(content.width())
        if needed > content.height():
            content.resize(content.width(), needed)

    def _on_changed(self) -> None:
        if not self.has_entries:
            return
        count = self._apply()
        self._area.verticalScrollBar().setValue(0)
        if self.isVisible():
            words = self.tr("%n models of the catalogue", "", count)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.filters.search, words))

    def _on_clear_requested(self) -> None:
        self.filters.clear()
        self.filters.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_look_up_requested(self, card: CatalogueCard, name: str) -> None:
        self._asked = card
        self.look_up_requested.emit(name)

    def _arrange(self) -> None:
        self._content.setLayout(self._column)
        for widget in (self.note, self.filters, self.none):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self.none.hide()
        self.none.show_words(
            self.tr("Nothing in the catalogue is like this"),
            self.tr("A model that is not in it can still be had by its name, above."),
            self.tr("Clear the filters"),
        )
        self._area.setObjectName("scroll")
        self._area.setAccessibleName(self.tr("Catalogue"))
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._content)
        self._layout.addWidget(self._area)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._column.setContentsMargins(0, 0, px(12), px(12))
        self._column.setSpacing(px(12))

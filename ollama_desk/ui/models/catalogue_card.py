"""One family of the catalogue as a calm card: what it is good for, the facts of one size, and one button."""

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ollama_desk.domain.catalogue import CatalogueEntry
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.catalogue_text import NameChoice, about, facts, is_installed, name_choices, origin
from ollama_desk.ui.models.offer_card import leading
from ollama_desk.ui.models.typed_name import full_name
from ollama_desk.ui.restyle import restyle
from ollama_desk.ui.settings.controls import Choice
from ollama_desk.ui.text import one_line, size_text, tooltip
from ollama_desk.ui.theme import Theme

NAME_PX = 150  # what a name has to have beside the choice and the button
CHOICE_PX = 190  # the longest label of a size
COLUMNS_PX = (120, 140, 110, 150)  # of the facts, at the least; the same in every card, so that they line up


class CatalogueCard(QFrame):
    """Shows a family; asks for one of its names to be looked up."""

    look_up_requested = Signal(str)

    def __init__(self, theme: Theme, entry: CatalogueEntry, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = theme
        self._entry = entry
        self._picked = ""  # by the person
        self._installed: Collection[str] = ()
        self._updates: Collection[str] = ()
        self._room_bytes = 0
        self._told: dict[str, int] = {}  # bytes that a registry told, by name
        self.name = self._label("title")
        self.name.setText(one_line(entry.name, 80))
        self.mark = self._label("mark")
        self.about = self._label("")
        self.about.setText(one_line(about(entry), 300))
        self.sizes = Choice(theme, parent=self)
        self.sizes.name(self.tr("Size of %1").replace("%1", entry.name))
        self.button = QPushButton(self.tr("Look up…"), self)
        self.origin = self._label("note")
        self.facts = [self._label("muted") for _ in COLUMNS_PX]
        self._grid = QGridLayout()
        self._layout = QVBoxLayout(self)
        self._arrange()
        self.sizes.picked.connect(self._on_picked)
        self.button.clicked.connect(lambda: self.look_up_requested.emit(self.chosen.name))
        theme.changed.connect(self._space)
        self._space()
        self._show()

    @property
    def chosen(self) -> NameChoice:
        """The name that the button looks up: what the person picked, else that of the usual size."""
        choices = {each.name: each for each in name_choices(self._entry)}
        return choices.get(self._picked) or choices[self._entry.usual(self._room_bytes).names[0]]

    def show_entry(self, entry: CatalogueEntry) -> None:
        """The same family with only those of its sizes that are looked for."""
        if entry != self._entry:
            self._entry = entry
            self._show()

    def show_installed(self, names: Collection[str]) -> None:
        """The full names of what is installed."""
        self._installed = names
        self._show()

    def show_updates(self, names: Collection[str]) -> None:
        """The full names of those whose registry has another one now."""
        self._updates = names
        self._show()

    def show_room(self, room_bytes: int) -> None:
        """The memory that a model can have here; 0: not known."""
        self._room_bytes = room_bytes
        self._show()

    def show_true_size(self, name: str, size_bytes: int) -> None:
        """What a registry told about a name of this family; others are ignored."""
        asked = [choice.name for choice in name_choices(self._entry) if full_name(choice.name) == full_name(name)]
        if asked and size_bytes:
            self._told[asked[0]] = size_bytes
            self._show()

    def _show(self) -> None:
        chosen, choices = self.chosen, name_choices(self._entry)
        told = self._told.get(chosen.name, 0)
        self.sizes.show_choices([(each.name, self._labelled(each)) for each in choices])
        self.sizes.show_value(chosen.name)
        self.sizes.setVisible(len(choices) > 1)
        for label, text in zip(self.facts, facts(chosen.size, true_bytes=told), strict=True):
            label.setText(text)
        self.origin.setText(one_line(origin(self._entry, chosen), 300))
        self._show_mark(chosen)
        self.button.setAccessibleName(self.tr("Look up %1").replace("%1", chosen.name))

    def _show_mark(self, chosen: NameChoice) -> None:
        text = about_memory = ""
        role = "mark"
        if is_installed(chosen.name, self._updates):
            text = self.tr("Installed · update")
        elif is_installed(chosen.name, self._installed):
            text, role = self.tr("Installed"), "good"
        elif chosen.size.is_too_large(self._room_bytes):
            text = self.tr("Too large")
            about_memory = self.tr("It needs about %1 of memory, and %2 is free on this machine.")
            about_memory = about_memory.replace("%1", size_text(chosen.size.memory_bytes))
            about_memory = about_memory.replace("%2", size_text(self._room_bytes))
        if role != self.mark.property("role"):
            self.mark.setProperty("role", role)
            restyle(self.mark)
        self.mark.setText(text)
        self.mark.setToolTip(tooltip(about_memory))
        self.mark.setVisible(bool(text))
        self.button.setAccessibleDescription(about_memory or text)

    def _labelled(self, choice: NameChoice) -> str:
        if is_installed(choice.name, self._updates):
            return self.tr("%1, update").replace("%1", choice.label)
        if is_installed(choice.name, self._installed):
            return self.tr("%1, installed").replace("%1", choice.label)
        return choice.label

    def _on_picked(self, name: object) -> None:
        self._picked = str(name)
        self._show()

    def _arrange(self) -> None:
        head = BendingRow(
            self._theme, self.name, self.mark, self.sizes, self.button, stretch=self.name, least_px=NAME_PX, parent=self
        )
        self.mark.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        self.mark.setWordWrap(False)
        for column, label in enumerate(self.facts):
            self._grid.addWidget(label, 0, column, Qt.AlignmentFlag.AlignTop)
        self._layout.addWidget(head)
        self._layout.addWidget(self.about)
        self._layout.addLayout(self._grid)
        self._layout.addWidget(self.origin)

    def _label(self, role: str) -> QLabel:
        label = wrapping_label(role, parent=self)
        label.setAlignment(leading())
        return label

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(20), px(12), px(20), px(12))
        self._layout.setSpacing(px(6))
        self._grid.setHorizontalSpacing(px(12))
        self.sizes.setFixedWidth(px(CHOICE_PX))
        self.mark.setMinimumHeight(px(32))  # as high as what it stands beside
        for column, least in enumerate(COLUMNS_PX):
            self._grid.setColumnStretch(column, least)

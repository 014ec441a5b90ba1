"""How long the model stays in memory, and whether it is the default and is loaded at the start."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ollama_desk.ui.imports.tick import Tick
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.drawer_text import Hindrances
from ollama_desk.ui.settings.controls import Choice
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme

SERVERS_OWN, FOR_EVER, NOW = "", "-1", "0"
LABEL_PX, CHOICE_PX = 90, 170


class Keeping(QWidget):
    """Shows and asks; the values are those of Ollama's ``keep_alive``."""

    keep_alive_requested = Signal(str)
    default_requested = Signal(bool)
    preload_requested = Signal(bool)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_loaded = False
        self._why_no_default = self._why_no_preload = ""
        self._value = SERVERS_OWN
        title = self.tr("Keep loaded")
        self._title = wrapping_label("muted", parent=self)
        self._title.setText(title)
        self.choice = Choice(theme, parent=self)
        self.choice.name(title)
        self.choice.picked.connect(self._on_picked)
        self.default = Tick(theme, self.tr("Default for new chats"), parent=self)
        self.preload = Tick(theme, self.tr("Load when the server starts"), parent=self)
        self.default.clicked.connect(self.default_requested)
        self.preload.clicked.connect(self.preload_requested)
        row = BendingRow(theme, self._title, self.choice, stretch=self._title, least_px=LABEL_PX, parent=self)
        self._layout = QVBoxLayout(self)
        for part in (row, self.default, self.preload):
            self._layout.addWidget(part)
        theme.changed.connect(self._space)
        self._space()
        self.show_value(SERVERS_OWN)

    def show_value(self, value: str) -> None:
        """How long it stays loaded as far as that is known; empty: as the server does it."""
        self._value = value
        self.choice.show_choices(self.choices())
        self.choice.show_value(value)

    def show_loaded(self, *, is_loaded: bool) -> None:
        """Only what is in memory can be unloaded."""
        if is_loaded != self._is_loaded:
            self._is_loaded = is_loaded
            self.show_value(self._value)

    def show_hindrances(self, why: Hindrances) -> None:
        """Why something cannot be chosen now."""
        self.choice.lock(locked=bool(why.preload))
        _explain(self.choice, why.preload, self.tr("How long the model stays in memory after it was used."))
        self._why_no_default, self._why_no_preload = why.default, why.preload
        self._follow()

    def show_default(self, *, is_default: bool) -> None:
        """Whether new chats begin with it."""
        with QSignalBlocker(self.default):
            self.default.setChecked(is_default)
        self._follow()

    def show_preload(self, *, is_preloaded: bool) -> None:
        with QSignalBlocker(self.preload):
            self.preload.setChecked(is_preloaded)
        self._follow()

    def choices(self) -> list[tuple[object, str]]:
        """What can be chosen now, with the words for each."""
        choices: list[tuple[object, str]] = [
            (SERVERS_OWN, self.tr("As the server is set")),
            ("5m", self.tr("5 minutes")),
            ("30m", self.tr("30 minutes")),
            ("1h", self.tr("1 hour")),
            (FOR_EVER, self.tr("For ever")),
        ]
        if self._value not in [value for value, _ in choices]:  # written into the settings by hand
            choices.append((self._value, self._value))
        return [*choices, *([(NOW, self.tr("Unload now"))] if self._is_loaded else [])]

    def _follow(self) -> None:
        """What is chosen can be taken back, whatever speaks against it."""
        self.default.setEnabled(not self._why_no_default or self.default.isChecked())
        used_last = self.tr("Without a default new chats begin with the model that was used last.")
        _explain(self.default, self._why_no_default, used_last)
        self.preload.setEnabled(not self._why_no_preload or self.preload.isChecked())
        _explain(self.preload, self._why_no_preload)

    def _on_picked(self, value: str) -> None:
        self.show_value(self._value if value == NOW else value)
        self.keep_alive_requested.emit(value)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(px(4))
        self.choice.setFixedWidth(px(CHOICE_PX))


def _explain(widget: QWidget, reason: str, otherwise: str = "") -> None:
    widget.setAccessibleDescription(reason)
    widget.setToolTip(tooltip(reason or otherwise))

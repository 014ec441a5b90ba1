"""How the server is: its state and the reason for it, whose it is and where, and what can be done now."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ollama_desk.domain.server import ServerStatus
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.restyle import restyle
from ollama_desk.ui.server.facts import Facts
from ollama_desk.ui.server.wording import Remedy, facts, reason_text, remedies, remedy_label, wording
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme

ICONS_PX = 170  # of the row without its texts


class StateCard(QFrame):
    """Asks for the server to be started, stopped, restarted, and for what helps where it is in trouble."""

    start_requested = Signal()
    stop_requested = Signal()
    restart_requested = Signal()
    remedy_requested = Signal(Remedy)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = theme
        self._offers_start = True
        self._dot = StateDot(theme, parent=self)
        self.word = QLabel(self, textFormat=Qt.TextFormat.PlainText)
        self.word.setProperty("role", "title")
        self.reason = QLabel(self, textFormat=Qt.TextFormat.PlainText)
        self.reason.setProperty("role", "muted")
        self.reason.setWordWrap(True)
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.toggle = QPushButton(self)
        self.toggle.clicked.connect(self._on_toggle_clicked)
        self._toggle_icon = IconSetter(self.toggle, theme=theme, name="start", size=16)
        self._toggle_text, self._restart_text = "", self.tr("Restart")
        self.restart = QPushButton(self)
        self.restart.clicked.connect(self.restart_requested)
        IconSetter(self.restart, theme=theme, name="restart", size=16)
        self.facts = Facts(theme, parent=self)
        self.remedies = {remedy: self._remedy(remedy) for remedy in Remedy}
        self._row = QHBoxLayout()
        self._help = QHBoxLayout()
        self._layout = QVBoxLayout(self)
        self._arrange()
        theme.changed.connect(self._space)
        self._space()

    def show_status(self, status: ServerStatus, now: datetime, *, built_in_chosen: bool) -> None:
        """Show a state; ``built_in_chosen`` says whether the settings already ask for the built-in engine."""
        words = wording(status)
        self._dot.show_tone(words.tone)
        self.word.setText(words.word)
        reason = reason_text(status)
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        self._offers_start = words.offers_start
        self._toggle_text = self.tr("Start") if words.offers_start else self.tr("Stop")
        self._toggle_icon.show("start" if words.offers_start else "stop")
        _allow(
            self.toggle,
            self.tr("Start server") if words.offers_start else self.tr("Stop server"),
            words.toggle_refusal,
        )
        _allow(self.restart, self.tr("Restart server"), words.restart_refusal)
        self.facts.show_facts(facts(status, now))
        self._offer(remedies(status, built_in_chosen=built_in_chosen), status)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def controls(self) -> list[QWidget]:
        """What the keyboard reaches, in reading order."""
        return [self.toggle, self.restart, *self.remedies.values()]

    def _fit(self) -> None:
        """Where it is narrow the buttons are their icons, the second one first."""
        metrics = self.toggle.fontMetrics()
        room = self.width() - self.word.sizeHint().width() - self._theme.px(ICONS_PX)
        room -= metrics.horizontalAdvance(self._toggle_text)
        self.toggle.setText(self._toggle_text if room >= 0 else "")
        room -= metrics.horizontalAdvance(self._restart_text)
        self.restart.setText(self._restart_text if room >= 0 else "")

    def _offer(self, offered: Sequence[Remedy], status: ServerStatus) -> None:
        for remedy, button in self.remedies.items():
            label = remedy_label(remedy, status)
            button.setText(label)
            button.setAccessibleName(label or remedy.value)
            button.setVisible(remedy in offered)
            kind = "" if status.state.answers else "primary"
            if button.property("kind") != kind:
                button.setProperty("kind", kind)
                restyle(button)

    def _remedy(self, remedy: Remedy) -> QPushButton:
        button = QPushButton(self)
        button.setProperty("kind", "primary")
        button.clicked.connect(lambda: self.remedy_requested.emit(remedy))
        button.hide()
        return button

    def _arrange(self) -> None:
        self._row.addWidget(self._dot)
        self._row.addWidget(self.word)
        self._row.addStretch(1)
        self._row.addWidget(self.toggle)
        self._row.addWidget(self.restart)
        for button in self.remedies.values():
            self._help.addWidget(button)
        self._help.addStretch(1)
        self._layout.addLayout(self._row)
        self._layout.addWidget(self.reason)
        self._layout.addLayout(self._help)
        self._layout.addWidget(self.facts)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), px(12), px(16), px(12))
        self._layout.setSpacing(px(8))
        self._row.setSpacing(px(8))
        for button in (self.toggle, self.restart):
            button.setMinimumWidth(px(44))
        self._help.setSpacing(px(8))

    def _on_toggle_clicked(self) -> None:
        (self.start_requested if self._offers_start else self.stop_requested).emit()


def _allow(button: QAbstractButton, name: str, refusal: str) -> None:
    """Enable the button, or say why it does not work now."""
    button.setEnabled(not refusal)
    button.setAccessibleName(name)
    button.setAccessibleDescription(refusal)
    button.setToolTip(tooltip(refusal or name))

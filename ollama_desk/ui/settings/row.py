"""One setting on the page: its name and what it does, its control, what hides it, what is wrong with it."""

import re
from typing import Protocol, cast

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ollama_desk.domain.settings import Restart
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.text import clean
from ollama_desk.ui.theme import Theme

CONTROL_PX = 264
LONG_WORD = re.compile(r"\S{24,}")
BREAK = "\u200b"  # where a line may end


class Control(Protocol):
    """What a row needs of what stands in it."""

    picked: SignalInstance
    restored: SignalInstance

    def show_value(self, value: object) -> None: ...
    def name(self, label: str) -> None: ...
    def lock(self, *, locked: bool) -> None: ...


class SettingRow(QWidget):
    """Shows a setting; asks for another value of it.

    Args:
        theme: for measures and icons.
        name: of the setting.
        label: what a person calls it.
        explanation: what it does, in a sentence.
        control: a widget of this package.
        default: its default value.
        default_words: the default in words.
    """

    change_requested = Signal(str, object)

    def __init__(
        self,
        theme: Theme,
        *,
        name: str,
        label: str,
        explanation: str,
        control: QWidget,
        default: object,
        default_words: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.name = name
        self._default = default
        self._is_default = True
        self._hidden_by = ""
        self.control = control
        self._caption = _label("", wraps=True)
        self._caption.setText(label)
        self.mark = _label("mark", wraps=True)
        self.mark.hide()
        said = self.tr("%1 Default: %2.").replace("%1", explanation).replace("%2", default_words)
        self.explanation = _label("note", wraps=True)
        self.explanation.setText(said)
        self.reset = self._reset_button(label, default_words)
        self.override = _label("note", wraps=True)
        self.remark = _label("note", wraps=True)
        self.problem = _label("problem", wraps=True)
        for each in (self.override, self.remark, self.problem):
            each.hide()
        self._right = QWidget(self)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._arrange()
        as_control(control).name(label)
        (control.focusProxy() or control).setAccessibleDescription(said)
        as_control(control).picked.connect(self._on_picked)
        as_control(control).restored.connect(lambda: self.show_problem(""))
        theme.changed.connect(self._space)
        self._space()

    def show_value(self, value: object) -> None:
        as_control(self.control).show_value(value)
        self._is_default = value == self._default
        self._offer_reset()

    def show_override(self, sentence: str) -> None:
        """Why this is not the setting's to say in this run; empty: it is."""
        self._hidden_by = sentence
        as_control(self.control).lock(locked=bool(sentence))
        _say(self.override, sentence)
        self._offer_reset()

    def show_restart(self, restart: Restart) -> None:
        """What has to be started again until the setting is in force."""
        words = {
            Restart.NOTHING: "",
            Restart.SERVER: self.tr("Needs restart"),
            Restart.APP: self.tr("Needs restart of the app"),
        }
        _say(self.mark, words[restart])

    def show_problem(self, sentence: str) -> None:
        """What is wrong with what was entered; empty: nothing."""
        if sentence:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))
        _say(self.problem, sentence)
        self._offer_reset()

    def show_remark(self, sentence: str) -> None:
        """What is worth knowing about the value."""
        _say(self.remark, sentence)

    def set_stacked(self, *, stacked: bool) -> None:
        """Put the control below the words, where there is no room beside them."""
        direction = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if direction is not self._layout.direction():
            self._layout.setDirection(direction)
            self._space()

    def _on_picked(self, value: object) -> None:
        self.show_problem("")
        self.change_requested.emit(self.name, value)

    def _on_reset_clicked(self) -> None:
        self.show_problem("")
        as_control(self.control).show_value(self._default)
        self.control.setFocus(Qt.FocusReason.OtherFocusReason)
        self.change_requested.emit(self.name, self._default)

    def _offer_reset(self) -> None:
        wrong = not self.problem.isHidden()
        self.reset.setVisible(not self._hidden_by and (wrong or not self._is_default))

    def _reset_button(self, label: str, default_words: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", "quiet")
        button.setAccessibleName(self.tr("Reset %1").replace("%1", label))
        button.setToolTip(self.tr("Back to the default: %1").replace("%1", default_words))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        IconSetter(button, theme=self._theme, name="restart", size=14, tone="accent")
        policy = button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        button.setSizePolicy(policy)
        button.clicked.connect(self._on_reset_clicked)
        button.hide()
        return button

    def _arrange(self) -> None:
        words = QVBoxLayout()
        words.addWidget(self._caption)
        words.addWidget(self.explanation)
        words.addStretch(1)
        self._beside = QHBoxLayout()
        self._beside.addWidget(self.control, 1)
        if self.control.maximumWidth() < 10 * CONTROL_PX:  # it has a size of its own: the switch
            self._beside.addStretch(1)
        self._beside.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self._right)
        self._column.addLayout(self._beside)
        for each in (self.mark, self.override, self.problem, self.remark):
            self._column.addWidget(each)
        self._column.addStretch(1)
        self._words = words
        self._layout.addLayout(words, 1)
        self._layout.addWidget(self._right)

    def _space(self) -> None:
        px = self._theme.px
        stacked = self._layout.direction() is QBoxLayout.Direction.TopToBottom
        self._layout.setContentsMargins(px(16), px(12), px(8), px(12))
        self._layout.setSpacing(px(8) if stacked else px(24))
        self._words.setSpacing(px(2))
        self._beside.setSpacing(px(4))
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(4))
        self.reset.setFixedSize(QSize(px(28), px(32)))
        width = px(CONTROL_PX + 32)
        self._right.setMinimumWidth(0 if stacked else width)
        self._right.setMaximumWidth(16_777_215 if stacked else width)


def as_control(widget: QWidget) -> Control:
    """The widget as what it is besides."""
    return cast("Control", widget)


def _label(role: str, *, wraps: bool = False) -> QLabel:
    label = QLabel(textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setWordWrap(wraps)
    return label


def _say(label: QLabel, text: str) -> None:
    label.setText(LONG_WORD.sub(lambda word: BREAK.join(word[0]), clean(text)))  # a path must not widen the page
    label.setVisible(bool(text))

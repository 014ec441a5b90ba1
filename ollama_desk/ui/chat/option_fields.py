"""The inspector's fields: each shows a value or, while it is empty, what holds without one; a change can be reset."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ollama_desk.ui.chat.option_values import Numeric, UnusableTextError
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.restyle import restyle
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

SETTLE_MS = 400  # from the last key or move to the change: one request to save, not ten


class OptionField(QWidget):
    """A caption with a reset button, an editor, and a line below for what is wrong or worth knowing.

    Args:
        theme: for measures and icons.
        label: what it is called.
        hint: a sentence that says what it does.
    """

    changed = Signal()

    def __init__(self, theme: Theme, *, label: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._note_text = ""
        self.caption = QLabel(label, textFormat=Qt.TextFormat.PlainText)
        self.caption.setProperty("role", "caption")
        self.caption.setToolTip(f"<p>{hint}</p>")
        self.reset = QToolButton()
        self.reset.setProperty("kind", "quiet")
        self.reset.setAccessibleName(self.tr("Reset %1").replace("%1", label))
        self.reset.setToolTip(self.tr("Back to the model's own value"))
        self.reset.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        IconSetter(self.reset, theme=theme, name="restart", size=14, tone="accent")
        self.reset.clicked.connect(self._on_reset_clicked)
        self.note = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.hide()
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.caption, 1)
        head.addWidget(self.reset)
        self.body = QHBoxLayout()
        self.body.setSpacing(theme.px(8))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(2))
        layout.addLayout(head)
        layout.addLayout(self.body)
        layout.addWidget(self.note)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.flush)

    def show_note(self, text: str) -> None:
        """Something worth knowing; shown while nothing is wrong."""
        self._note_text = text
        self._say(text, wrong=False)

    def flush(self) -> None:
        """Take over what was written, now."""
        self._settle.stop()
        try:
            taken = self._take()
        except UnusableTextError as error:
            self._say(str(error), wrong=True)
            return
        self._say(self._note_text, wrong=False)
        self._mark()
        if taken:
            self.changed.emit()

    def _take(self) -> bool:
        """Read the editor into the value; whether it is another.

        Raises:
            UnusableTextError: what stands there is no value.
        """
        raise NotImplementedError

    def _is_changed(self) -> bool:
        raise NotImplementedError

    def _on_reset_clicked(self) -> None:
        raise NotImplementedError

    def _mark(self) -> None:
        self.reset.setVisible(self._is_changed())

    def _say(self, text: str, *, wrong: bool) -> None:
        self.note.setProperty("role", "problem" if wrong else "note")
        restyle(self.note)
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _soon(self) -> None:
        self._settle.start()


class NumberField(OptionField):
    """A number, written or chosen with a slider where there are ``stops``."""

    def __init__(
        self,
        theme: Theme,
        *,
        label: str,
        hint: str,
        numeric: Numeric,
        stops: Sequence[float] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, label=label, hint=hint, parent=parent)
        self._numeric = numeric
        self._stops: tuple[float, ...] = ()
        self._default: float | None = None
        self._value: float | None = None
        self._shown = False
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(label)
        self.slider.valueChanged.connect(self._on_slid)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(label)
        self.edit.setAccessibleDescription(hint)
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.edit.textEdited.connect(self._soon)
        self.edit.editingFinished.connect(self.flush)
        self.body.addWidget(self.slider, 1)
        self.body.addWidget(self.edit)
        self.set_stops(stops)

    def set_stops(self, stops: Sequence[float]) -> None:
        """The values that the slider stops at; none: no slider."""
        self._stops = tuple(stops)
        self.slider.setVisible(bool(stops))
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(len(self._stops) - 1, 0))
        self.edit.setMaximumWidth(self._theme.px(76) if stops else self._theme.px(400))
        self._place_slider()

    def value(self) -> float | None:
        return self._value

    def show_value(self, value: float | None, *, default: float | None, unknown: str) -> None:
        """Show a value, or None and what holds instead: the model's own, else the words in ``unknown``."""
        self.edit.setPlaceholderText(unknown if default is None else self._numeric.write(default))
        if (value, default) == (self._value, self._default) and self._shown:
            return  # what is being written stays
        self._settle.stop()
        self._value, self._default, self._shown = value, default, True
        self.edit.setText("" if value is None else self._numeric.write(value))
        self._say(self._note_text, wrong=False)
        self._place_slider()
        self._mark()

    def _take(self) -> bool:
        text = self.edit.text().strip()
        value = self._numeric.read(text) if text else None
        taken, self._value = value != self._value, value
        self._place_slider()
        return taken

    def _is_changed(self) -> bool:
        return self._value is not None

    def _on_reset_clicked(self) -> None:
        self.edit.clear()
        self.flush()
        self.edit.setFocus()

    def _on_slid(self, position: int) -> None:
        self.edit.setText(self._numeric.write(self._stops[position]))
        self._soon()

    def _place_slider(self) -> None:
        shown = self._value if self._value is not None else self._default
        if not self._stops:
            return
        nearest = 0 if shown is None else min(range(len(self._stops)), key=lambda at: abs(self._stops[at] - shown))
        with QSignalBlocker(self.slider):
            self.slider.setValue(nearest)


class TextField(OptionField):
    """A text of several lines."""

    def __init__(self, theme: Theme, *, label: str, hint: str, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(theme, label=label, hint=hint, parent=parent)
        self._value = ""
        self.edit = QPlainTextEdit()
        self.edit.setProperty("role", "field")
        self.edit.setAccessibleName(label)
        self.edit.setAccessibleDescription(hint)
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(theme.px(20 * lines + 14))
        self.edit.textChanged.connect(self._soon)
        self.body.addWidget(self.edit)
        self._mark()

    def value(self) -> str:
        return self._value

    def show_value(self, value: str, *, default: str) -> None:
        self.edit.setPlaceholderText(one_line(default, 400))
        if value == self._value:
            return  # what is being written stays
        self._settle.stop()
        self._value = value
        if value != self.edit.toPlainText():
            with QSignalBlocker(self.edit):
                self.edit.setPlainText(value)
        self._mark()

    def _take(self) -> bool:
        text = self.edit.toPlainText()
        taken, self._value = text != self._value, text
        return taken

    def _is_changed(self) -> bool:
        return bool(self._value)

    def _on_reset_clicked(self) -> None:
        self.edit.clear()
        self.flush()
        self.edit.setFocus()

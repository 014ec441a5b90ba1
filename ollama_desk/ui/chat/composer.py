"""Where the person writes: grows with the text, sends on Enter, and becomes Stop while an answer comes."""

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

MAX_LINES = 8
PASTE_LIMIT = 100_000  # characters; a field of a million without a break takes minutes to lay out
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Editor(QPlainTextEdit):
    """Plain text; Enter sends, Shift+Enter breaks the line, a composition of an input method never sends."""

    submitted = Signal()
    escaped = Signal()
    clipped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        if len(text) > PASTE_LIMIT:
            self.clipped.emit()
        self.insertPlainText(text[:PASTE_LIMIT])


class Composer(QFrame):
    """The field, what it says about why nothing can be sent, and the one button."""

    send_requested = Signal(str)
    stop_requested = Signal()
    think_changed = Signal(bool)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._theme = theme
        self._streaming = False
        self._reason = ""
        self.editor = Editor()
        self.editor.setAccessibleName(self.tr("Message"))
        self.think = QPushButton(self.tr("Think"))
        self.think.setProperty("kind", "quiet")
        self.think.setCheckable(True)
        self.think.setChecked(True)
        self.think.setToolTip(self.tr("Let the model think before it answers"))
        self.think.hide()
        IconSetter(self.think, theme=theme, name="think", on="accent")
        self._note = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._note.setProperty("role", "note")
        self.button = QPushButton(self.tr("Send"))
        self.button.setProperty("kind", "primary")
        self._icon = IconSetter(self.button, theme=theme, name="send", tone="on_accent")
        self._arrange()
        self.editor.submitted.connect(self._on_submitted)
        self.editor.escaped.connect(self._on_escaped)
        self.editor.clipped.connect(self._on_clipped)
        self.editor.textChanged.connect(self._on_text_changed)
        self.editor.installEventFilter(self)
        self.button.clicked.connect(self._on_button_clicked)
        self.think.toggled.connect(self.think_changed)
        theme.changed.connect(self._fit)
        self._fit()
        self._show()

    def can_send(self) -> bool:
        """Whether a text, once there is one, would be sent."""
        return not self._streaming and not self._reason

    def set_streaming(self, *, streaming: bool) -> None:
        self._streaming = streaming
        self._show()

    def set_reason(self, reason: str) -> None:
        """Why nothing can be sent; empty: something can."""
        self._reason = reason
        self._show()

    def set_model(self, name: str, *, thinks: bool) -> None:
        self.editor.setPlaceholderText(
            self.tr("Message %1…").replace("%1", one_line(name.removesuffix(":latest"), 60)) if name else ""
        )
        self.think.setVisible(thinks)

    def text(self) -> str:
        return self.editor.toPlainText()

    def set_text(self, text: str) -> None:
        self.editor.setPlainText(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The frame shows the focus of the field inside it."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("active", event.type() is QEvent.Type.FocusIn)
            self.style().unpolish(self)
            self.style().polish(self)
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        theme = self._theme
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(self.think)
        row.addWidget(self._note, 1)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(12), theme.px(8), theme.px(8), theme.px(8))
        layout.setSpacing(theme.px(4))
        layout.addWidget(self.editor)
        layout.addLayout(row)
        self.setFocusProxy(self.editor)

    def _show(self) -> None:
        self._icon.show("stop" if self._streaming else "send")
        self.button.setText(self.tr("Stop") if self._streaming else self.tr("Send"))
        self.button.setEnabled(self._streaming or (self.can_send() and bool(self.text().strip())))
        self._note.setText(self._reason)

    def _fit(self) -> None:
        metrics = QFontMetricsF(self.editor.font())
        lines = min(max(self.editor.document().blockCount(), self._wrapped_lines()), MAX_LINES)
        self.editor.setFixedHeight(round(metrics.lineSpacing() * lines) + 2 * 2 + 2)

    def _wrapped_lines(self) -> int:
        return round(self.editor.document().size().height())

    def _on_text_changed(self) -> None:
        self._fit()
        self._show()

    def _on_submitted(self) -> None:
        text = self.text()
        if self.can_send() and text.strip():
            self.editor.clear()
            self.send_requested.emit(text)

    def _on_escaped(self) -> None:
        if self._streaming:
            self.stop_requested.emit()

    def _on_button_clicked(self) -> None:
        if self._streaming:
            self.stop_requested.emit()
        else:
            self._on_submitted()

    def _on_clipped(self) -> None:
        self._note.setText(self.tr("The pasted text was too long; its first hundred thousand characters are here."))

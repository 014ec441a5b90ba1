"""Where the person writes: grows with the text, sends on Enter, and becomes Stop while an answer comes."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.chat.context_meter import ContextMeter
from ollama_desk.ui.chat.editor import Editor
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.restyle import restyle
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

MAX_LINES = 8


class Composer(QFrame):
    """The field, what it says about why nothing can be sent, and the one button."""

    send_requested = Signal(str)
    edit_requested = Signal(int, str)  # a message, and what stands in its place
    edit_last_requested = Signal()
    draft_changed = Signal()
    stop_requested = Signal()
    think_changed = Signal(bool)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._theme = theme
        self._streaming = False
        self._reason = ""
        self._editing: int | None = None  # the message that is written anew
        self._draft = ""  # what waits while one is
        self.editor = Editor()
        self.editor.setAccessibleName(self.tr("Message"))
        self.think = QPushButton(self.tr("Think"))
        self.think.setProperty("kind", "quiet")
        self.think.setCheckable(True)
        self.think.setChecked(True)
        self.think.setToolTip(self.tr("Let the model think before it answers"))
        self.think.hide()
        IconSetter(self.think, theme=theme, name="think", on="accent")
        self.meter = ContextMeter(theme)
        self._banner = self._make_banner()
        self._note = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._note.setProperty("role", "note")
        self.button = QPushButton(self.tr("Send"))
        self.button.setProperty("kind", "primary")
        self._icon = IconSetter(self.button, theme=theme, name="send", tone="on_accent")
        self._arrange()
        self.editor.submitted.connect(self._on_submitted)
        self.editor.escaped.connect(self._on_escaped)
        self.editor.clipped.connect(self._on_clipped)
        self.editor.up_in_nothing.connect(self.edit_last_requested)
        self.editor.textChanged.connect(self._on_text_changed)
        self.editor.installEventFilter(self)
        self.button.clicked.connect(self._on_button_clicked)
        self.think.toggled.connect(self.think_changed)
        theme.changed.connect(self._fit)
        self.set_enter_sends(sends=True)
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
        self.editor.set_text(text)

    def draft(self) -> str:
        """What is written and not sent, also while an earlier message is written anew."""
        return self.text() if self._editing is None else self._draft

    def begin_edit(self, message_id: int, text: str) -> None:
        """Write a message anew; what was being written comes back afterwards."""
        if self._editing is None:
            self._draft = self.text()
        self._editing = message_id
        self.set_text(text)
        self.editor.moveCursor(self.editor.textCursor().MoveOperation.End)
        self.editor.setFocus()
        self._show()

    def end_edit(self) -> None:
        """Back to what was being written before."""
        if self._editing is not None:
            self._editing = None
            self.set_text(self._draft)
            self._show()

    def set_enter_sends(self, *, sends: bool) -> None:
        """Whether Enter sends; otherwise it breaks the line and Ctrl+Enter sends."""
        self.editor.enter_sends = sends
        self.button.setToolTip(self.tr("Send (Enter)") if sends else self.tr("Send (Ctrl+Enter)"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The frame shows the focus of the field inside it."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("active", event.type() is QEvent.Type.FocusIn)
            restyle(self)
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        theme = self._theme
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(self.think)
        row.addWidget(self.meter)
        row.addWidget(self._note, 1)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(12), theme.px(8), theme.px(8), theme.px(8))
        layout.setSpacing(theme.px(4))
        layout.addWidget(self._banner)
        layout.addWidget(self.editor)
        layout.addLayout(row)
        self.setFocusProxy(self.editor)

    def _make_banner(self) -> QWidget:
        banner = QWidget()
        words = QLabel(self.tr("Editing your last message"), textFormat=Qt.TextFormat.PlainText)
        words.setProperty("role", "note")
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setProperty("kind", "quiet")
        cancel.setAccessibleName(self.tr("Cancel editing"))
        cancel.clicked.connect(self.end_edit)
        across = QHBoxLayout(banner)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(words, 1)
        across.addWidget(cancel)
        return banner

    def _show(self) -> None:
        self._banner.setVisible(self._editing is not None)
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
        self.draft_changed.emit()

    def _on_submitted(self) -> None:
        text = self.text()
        if not self.can_send() or not text.strip():
            return
        edited, self._editing = self._editing, None
        self.set_text("" if edited is None else self._draft)
        if edited is None:
            self.send_requested.emit(text)
        else:
            self.edit_requested.emit(edited, text)

    def _on_escaped(self) -> None:
        if self._streaming:
            self.stop_requested.emit()
        else:
            self.end_edit()

    def _on_button_clicked(self) -> None:
        if self._streaming:
            self.stop_requested.emit()
        else:
            self._on_submitted()

    def _on_clipped(self) -> None:
        self._note.setText(self.tr("The pasted text was too long; its first hundred thousand characters are here."))

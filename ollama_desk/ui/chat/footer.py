"""What can be done with an answer, and what it cost."""

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ollama_desk.domain.chat import DoneReason, Message, MessageState
from ollama_desk.ui.chat.shy import Place, Reveal, ShyButton, ShyLabel
from ollama_desk.ui.theme import Theme


class Footer(QWidget):
    """Takes its room from the beginning, so that nothing moves when it appears.

    It is seen while the pointer or the keyboard is in the answer; what mends a failed or cut answer is always seen.
    """

    def __init__(self, theme: Theme, answer: Place) -> None:
        super().__init__()
        self.copy = ShyButton(self.tr("Copy"))
        self.copy.setAccessibleName(self.tr("Copy answer"))
        self.again = ShyButton()
        self.go_on = ShyButton(self.tr("Continue"))
        self.go_on.setAccessibleName(self.tr("Continue this answer"))
        self.go_on.setToolTip(self.tr("Let the model go on where the answer was cut"))
        self.go_on.hide()
        self._stats = ShyLabel()
        self._stats.setTextFormat(Qt.TextFormat.PlainText)
        self._stats.setProperty("role", "note")
        self._stats.setMinimumWidth(1)  # it gives way to the buttons
        self._reveal = Reveal(answer, self.go_on, self.copy, self.again, self._stats)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(4))
        layout.addWidget(self._stats)
        layout.addStretch(1)
        for button in (self.go_on, self.copy, self.again):
            layout.addWidget(button)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)

    def show_message(self, message: Message) -> None:
        failed = message.state in (MessageState.FAILED, MessageState.INTERRUPTED)
        self.again.setText(self.tr("Retry") if failed else self.tr("Regenerate"))
        self.copy.setEnabled(bool(message.content))
        self._reveal.keep(*((self.go_on, self.copy, self.again) if failed or is_cut(message) else ()))
        stats = message.stats
        if stats is None:
            self._stats.setText("")
        else:
            self._stats.setText(
                self.tr("{speed} tok/s · {first} s to first · {count} tokens").format(
                    speed=QLocale().toString(stats.tokens_per_s, "f", 0),
                    first=QLocale().toString(stats.first_token_s, "f", 1),
                    count=stats.answer_tokens,
                )
            )
        self.show()

    def plain_text(self) -> str:
        return self._stats.text()


def is_cut(message: Message) -> bool:
    """Whether there is an answer whose end is missing."""
    cut = message.state in (MessageState.STOPPED, MessageState.INTERRUPTED, MessageState.FAILED)
    full = message.state is MessageState.COMPLETE and message.done_reason is DoneReason.LENGTH
    return bool(message.content.strip()) and (cut or full)

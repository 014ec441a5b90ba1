"""One message on screen: the person's words in a soft block, or an answer that may still be growing."""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ollama_desk.domain.chat import DoneReason, Message, MessageState, Role
from ollama_desk.ui.chat.body import Body
from ollama_desk.ui.chat.footer import Footer, is_cut
from ollama_desk.ui.chat.markdown import breakable, clean, reveal
from ollama_desk.ui.chat.patience import Patience
from ollama_desk.ui.chat.plain_text import PlainText
from ollama_desk.ui.chat.shy import Place, Reveal, ShyButton
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.chat.tail import Tail
from ollama_desk.ui.chat.thought import Thought
from ollama_desk.ui.language import said
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

NAME_CHARS = 120
PROBLEM_CHARS = 2_000


class QuestionView(Place):
    """What the person said."""

    edit_requested = Signal(int)

    def __init__(
        self, message: Message, *, theme: Theme, slices: Slices | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.message = message
        block = QFrame()
        block.setObjectName("said")
        self._text = PlainText(self.tr("Your message"), theme=theme, slices=slices)
        self._text.show_text(message.content)
        self._text.setAccessibleName(self.tr("Your message"))
        self._text.setAccessibleDescription(clean(message.content[:500]))
        inner = QHBoxLayout(block)
        inner.setContentsMargins(theme.px(14), theme.px(9), theme.px(14), theme.px(9))
        inner.addWidget(self._text)
        self._edit = ShyButton(self.tr("Edit"))
        self._edit.setAccessibleName(self.tr("Edit your message"))
        self._edit.setToolTip(self.tr("Write it anew and send it again; the old one is kept beside it"))
        self._edit.clicked.connect(lambda: self.edit_requested.emit(self.message.id))
        self._edit.hide()
        Reveal(self, self._edit)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addStretch(1)
        outer.addWidget(self._edit, 0, Qt.AlignmentFlag.AlignBottom)
        outer.addWidget(block)
        self._block = block
        self._margin = theme.px(14)

    def offer_edit(self, *, offered: bool) -> None:
        """Whether it can be written anew: the last one, while nothing is being answered."""
        self._edit.setVisible(offered)

    def fit(self, width: int) -> None:
        """At most four fifths of the column, and no wider than its longest line."""
        wanted = self._text.wanted_width() + 2 * self._margin + 4
        self._block.setFixedWidth(min(width * 4 // 5, wanted))

    def plain_text(self) -> str:
        return self._text.plain_text()


class AnswerView(Place):
    """What the model said. ``append`` grows it, ``finish`` ends it.

    Who shows many messages at once gives all of them the same ``slices``, so that all share the time of a turn.
    """

    retry_requested = Signal(int)
    regenerate_requested = Signal(int)
    continue_requested = Signal(int)
    link_activated = Signal(QUrl)
    room_wanted = Signal(int)  # so many pixels more, before anything is laid out

    def __init__(
        self,
        message: Message,
        *,
        theme: Theme,
        forgot: bool = False,
        slices: Slices | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)  # what stands there is not painted again as it grows
        self.message = message
        self._forgot = forgot
        self._theme = theme
        slices = slices or Slices(self)
        name = one_line(message.model.removesuffix(":latest"), NAME_CHARS)
        who = QLabel(breakable(name), textFormat=Qt.TextFormat.PlainText)
        who.setWordWrap(True)
        who.setProperty("role", "note")
        self._thought = Thought(theme, slices)
        self._body = Body(self.tr("Answer"), theme=theme, slices=slices)
        self._body.link_activated.connect(self.link_activated)
        self._body.grew.connect(self._on_grew)
        self._tail = Tail()
        self._tail.room_wanted.connect(self.room_wanted)
        self._tail.hide()
        self._patience = Patience()
        self._problem = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._footer = Footer(theme, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(6))
        for part in (who, self._thought, self._body, self._tail, self._patience, self._problem, self._footer):
            layout.addWidget(part)
        self._footer.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.message.content))
        self._footer.again.clicked.connect(self._on_again_clicked)
        self._footer.go_on.clicked.connect(lambda: self.continue_requested.emit(self.message.id))
        if message.state is MessageState.STREAMING:
            self._footer.hide()
            self.append(message.content, message.thinking)
            self._patience.begin()
        else:
            self.finish(message, forgot=forgot)

    def append(self, content: str, thinking: str) -> None:
        """More text. Finished segments are rendered once; only the open tail changes."""
        self._patience.hear()
        if thinking:
            self._thought.grow(thinking)
        if content:
            self._thought.end()
            self._body.feed(content)

    def finish(self, message: Message, *, forgot: bool = False) -> None:
        """The answer is as it will stay. What of it is on screen already is not rendered again.

        ``forgot`` says that the model was not given the oldest messages any more.
        """
        self.message = message
        self._forgot = forgot
        self._patience.end()
        self._thought.show_text(message.thinking, message.thinking_s)
        self._body.show_text(message.content)
        self._show_tail("")
        self._show_problem(message)
        self._footer.show_message(message)

    def offer_to_go_on(self, *, offered: bool) -> None:
        """Whether a cut answer can be continued: the last one, while nothing is being answered."""
        self._footer.go_on.setVisible(offered and is_cut(self.message))

    def restyle(self) -> None:
        """The look changed: render again what carries colours."""
        self._thought.restyle()
        self._body.restyle()

    def plain_text(self) -> str:
        """Everything that a person sees of it."""
        lines = [self.message.model, self._thought.text, self._body.plain_text()]
        lines += [self._tail.text(), self._problem.text(), self._footer.plain_text()]
        return "\n".join(line for line in lines if line)

    def _show_tail(self, text: str, *, is_code: bool = False) -> None:
        font = self._theme.code_font() if is_code else self.font()
        self._tail.show_text((reveal(text) if is_code else clean(text)).strip("\n"), font)

    def _show_problem(self, message: Message) -> None:
        text, grave = _sentence(self, message)
        if self._forgot and not text:
            text = self.tr("The context is full: the oldest messages were left out. Start a new chat to be sure.")
        self._problem.setText(breakable(text[:PROBLEM_CHARS]))
        self._problem.setProperty("role", "problem" if grave else "note")
        self._problem.style().polish(self._problem)
        self._problem.setVisible(bool(text))

    def _on_grew(self) -> None:
        self._show_tail(self._body.tail, is_code=self._body.tail_is_code)

    def _on_again_clicked(self) -> None:
        if self.message.state in (MessageState.FAILED, MessageState.INTERRUPTED):
            self.retry_requested.emit(self.message.id)
        else:
            self.regenerate_requested.emit(self.message.id)


def _sentence(widget: QWidget, message: Message) -> tuple[str, bool]:
    """What is to be said about how an answer ended, and whether it is grave."""
    match message.state:
        case MessageState.STOPPED:
            return widget.tr("Stopped. What had come is kept."), False
        case MessageState.INTERRUPTED | MessageState.FAILED:
            return said(message.error) or widget.tr("The answer was cut."), True
        case MessageState.COMPLETE | MessageState.STREAMING:
            pass
    if message.role is Role.ASSISTANT and message.done_reason is DoneReason.LENGTH:
        return widget.tr(
            "The context is full, or the answer reached its limit of tokens. Continue it, or raise the limit."
        ), True
    return "", False

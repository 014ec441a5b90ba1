"""One message on screen: the person's words in a soft block, or an answer that may still be growing."""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QFontInfo, QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ollama_desk.domain.chat import DoneReason, Message, MessageState, Role
from ollama_desk.ui.chat.code_block import CodeBlock
from ollama_desk.ui.chat.markdown import Code, Prose, RenderStyle, clean, render
from ollama_desk.ui.chat.prose import ProseView
from ollama_desk.ui.chat.segments import Segmenter
from ollama_desk.ui.theme import Theme

LINE = 1.5  # em
QUESTION_CHARS = 20_000  # of a person's words that are shown; all of them are stored and sent


def render_style(theme: Theme, widget: QWidget) -> RenderStyle:
    """The look of rendered text: 1.5 em a line, given as a share of the font's own line height."""
    font = widget.font()
    pixels = QFontInfo(font).pixelSize()
    percent = round(100 * LINE * pixels / QFontMetricsF(font).height())
    return RenderStyle(theme.tokens, pixels, percent, theme.code_font().family())


class QuestionView(QFrame):
    """What the person said."""

    edit_requested = Signal(int)

    def __init__(self, message: Message, *, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = message
        block = QFrame()
        block.setObjectName("said")
        self._text = QLabel(clean(_shortened(message.content)), textFormat=Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.setAccessibleName(self.tr("Your message"))
        self._text.setAccessibleDescription(clean(message.content)[:500])
        inner = QHBoxLayout(block)
        inner.setContentsMargins(theme.px(14), theme.px(9), theme.px(14), theme.px(9))
        inner.addWidget(self._text)
        self._edit = QPushButton(self.tr("Edit"))
        self._edit.setProperty("kind", "quiet")
        self._edit.setAccessibleName(self.tr("Edit your message"))
        self._edit.setToolTip(self.tr("Write it anew and send it again; the old one is kept beside it"))
        self._edit.clicked.connect(lambda: self.edit_requested.emit(self.message.id))
        self._edit.hide()
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
        metrics = QFontMetricsF(self._text.font())
        longest = max((metrics.horizontalAdvance(line) for line in self._text.text().split("\n")), default=0)
        wanted = int(longest) + 2 * self._margin + 4
        self._block.setFixedWidth(min(width * 4 // 5, wanted))

    def plain_text(self) -> str:
        return self._text.text()


class AnswerView(QFrame):
    """What the model said. ``append`` grows it, ``finish`` ends it."""

    retry_requested = Signal(int)
    regenerate_requested = Signal(int)
    continue_requested = Signal(int)
    link_activated = Signal(QUrl)

    def __init__(self, message: Message, *, theme: Theme, forgot: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = message
        self._forgot = forgot
        self._theme = theme
        self._segmenter = Segmenter()
        self._thinking = ""
        who = QLabel(clean(message.model).removesuffix(":latest"), textFormat=Qt.TextFormat.PlainText)
        who.setProperty("role", "note")
        self._thought = _Thought(theme)
        self._parts = QVBoxLayout()
        self._parts.setSpacing(theme.px(8))
        self._tail = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._tail.setWordWrap(True)
        self._tail.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._tail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._tail.hide()
        self._problem = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._footer = _Footer(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(6))
        layout.addWidget(who)
        layout.addWidget(self._thought)
        layout.addLayout(self._parts)
        layout.addWidget(self._tail)
        layout.addWidget(self._problem)
        layout.addWidget(self._footer)
        self._footer.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.message.content))
        self._footer.again.clicked.connect(self._on_again_clicked)
        self._footer.go_on.clicked.connect(lambda: self.continue_requested.emit(self.message.id))
        if message.state is MessageState.STREAMING:
            self._footer.hide()
            self.append(message.content, message.thinking)
        else:
            self.finish(message, forgot=forgot)

    def append(self, content: str, thinking: str) -> None:
        """More text. Finished segments are rendered once; only the open tail changes."""
        if thinking:
            self._thinking += thinking
            self._thought.grow(self._thinking)
        if content:
            self._thought.end()
            for segment in self._segmenter.feed(content):
                self._add(segment)
            self._show_tail(self._segmenter.tail)

    def finish(self, message: Message, *, forgot: bool = False) -> None:
        """The answer is as it will stay: render it whole, as it is stored.

        ``forgot`` says that the model was not given the oldest messages any more.
        """
        self.message = message
        self._forgot = forgot
        self._segmenter = Segmenter()
        self._show_tail("")
        self._clear()
        self._thinking = message.thinking
        self._thought.show_text(message.thinking)
        self._add(message.content)
        self._show_problem(message)
        self._footer.show_message(message)

    def offer_to_go_on(self, *, offered: bool) -> None:
        """Whether a cut answer can be continued: the last one, while nothing is being answered."""
        self._footer.go_on.setVisible(offered and is_cut(self.message))

    def restyle(self) -> None:
        """The look changed: render again what carries colours."""
        if self.message.state is not MessageState.STREAMING:
            self.finish(self.message, forgot=self._forgot)

    def plain_text(self) -> str:
        """Everything that a person sees of it."""
        lines = [self.message.model, self._thinking, self._rendered_text(), self._tail.text(), self._problem.text()]
        return "\n".join(line for line in [*lines, self._footer.plain_text()] if line)

    def _rendered_text(self) -> str:
        texts = []
        for index in range(self._parts.count()):
            item = self._parts.itemAt(index)
            widget = item.widget() if item is not None else None
            if isinstance(widget, ProseView):
                texts.append(widget.toPlainText())
            elif isinstance(widget, CodeBlock):
                texts.append(widget.plain_text())
        return "\n".join(texts)

    def _add(self, text: str) -> None:
        style = render_style(self._theme, self)
        for piece in render(text, style):
            match piece:
                case Prose(html):
                    view = ProseView(self.tr("Answer"))
                    view.setHtml(html)
                    view.link_activated.connect(self.link_activated)
                    self._parts.addWidget(view)
                case Code(language, code):
                    self._parts.addWidget(CodeBlock(language, code, theme=self._theme))

    def _clear(self) -> None:
        while (item := self._parts.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _show_tail(self, text: str) -> None:
        self._tail.setText(clean(text).rstrip("\n"))
        self._tail.setVisible(bool(text.strip()))

    def _show_problem(self, message: Message) -> None:
        text, grave = _sentence(self, message)
        if self._forgot and not text:
            text = self.tr("The context is full: the oldest messages were left out. Start a new chat to be sure.")
        self._problem.setText(clean(text))
        self._problem.setProperty("role", "problem" if grave else "note")
        self._problem.style().polish(self._problem)
        self._problem.setVisible(bool(text))

    def _on_again_clicked(self) -> None:
        if self.message.state in (MessageState.FAILED, MessageState.INTERRUPTED):
            self.retry_requested.emit(self.message.id)
        else:
            self.regenerate_requested.emit(self.message.id)


class _Thought(QWidget):
    """The thinking of an answer, folded into one line."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._text = ""
        self._over = False
        self._fold = QPushButton()
        self._fold.setProperty("kind", "quiet")
        self._fold.setCheckable(True)
        self._fold.toggled.connect(lambda _: self._show())
        self._label = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setProperty("role", "muted")
        self._label.setContentsMargins(theme.px(12), 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._label)
        self._show()

    def grow(self, text: str) -> None:
        self._text = text
        self._show()

    def end(self) -> None:
        if not self._over:
            self._over = True
            self._show()

    def show_text(self, text: str) -> None:
        self._text, self._over = text, True
        self._show()

    def _show(self) -> None:
        self.setVisible(bool(self._text.strip()))
        self._fold.setText(self.tr("Thoughts") if self._over else self.tr("Thinking …"))
        self._fold.setAccessibleName(self.tr("Show the thoughts"))
        self._label.setVisible(self._fold.isChecked())
        if self._fold.isChecked():
            self._label.setText(clean(self._text.strip()))


class _Footer(QWidget):
    """What can be done with an answer, and what it cost."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.setAccessibleName(self.tr("Copy answer"))
        self.again = QPushButton()
        self.go_on = QPushButton(self.tr("Continue"))
        self.go_on.setAccessibleName(self.tr("Continue this answer"))
        self.go_on.setToolTip(self.tr("Let the model go on where the answer was cut"))
        self.go_on.hide()
        self._stats = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._stats.setProperty("role", "note")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(4))
        layout.addWidget(self._stats)
        layout.addStretch(1)
        for button in (self.go_on, self.copy, self.again):
            button.setProperty("kind", "quiet")
            layout.addWidget(button)

    def show_message(self, message: Message) -> None:
        failed = message.state in (MessageState.FAILED, MessageState.INTERRUPTED)
        self.again.setText(self.tr("Retry") if failed else self.tr("Regenerate"))
        self.copy.setEnabled(bool(message.content))
        stats = message.stats
        if stats is None:
            self._stats.setText("")
        else:
            self._stats.setText(
                self.tr("{speed} tok/s · {first} s to first · {count} tokens").format(
                    speed=f"{stats.tokens_per_s:,.0f}", first=f"{stats.first_token_s:.1f}", count=stats.answer_tokens
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


def _shortened(text: str) -> str:
    return text if len(text) <= QUESTION_CHARS else f"{text[:QUESTION_CHARS]} …"


def _sentence(widget: QWidget, message: Message) -> tuple[str, bool]:
    """What is to be said about how an answer ended, and whether it is grave."""
    match message.state:
        case MessageState.STOPPED:
            return widget.tr("Stopped. What had come is kept."), False
        case MessageState.INTERRUPTED | MessageState.FAILED:
            return message.error or widget.tr("The answer was cut."), True
        case MessageState.COMPLETE | MessageState.STREAMING:
            pass
    if message.role is Role.ASSISTANT and message.done_reason is DoneReason.LENGTH:
        return widget.tr(
            "The context is full, or the answer reached its limit of tokens. Continue it, or raise the limit."
        ), True
    return "", False

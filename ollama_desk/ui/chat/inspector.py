"""The inspector: what this chat sends beside its messages. Empty fields send nothing, so that the model's own holds."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from ollama_desk.domain.chat import ChatOptions
from ollama_desk.ui.chat.option_fields import NumberField, OptionField, TextField
from ollama_desk.ui.chat.option_values import (
    CONTEXT,
    MAX_TOKENS,
    SEED,
    TEMPERATURE,
    read_stop_words,
    write_stop_words,
)
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.shortcuts import Key, hint
from ollama_desk.ui.theme import Theme

TEMPERATURES = tuple(step / 20 for step in range(41))
SMALLEST_STOP, LARGEST_STOP = 2048, 131_072
OLLAMA_TEMPERATURE = 0.8  # where neither chat nor model says anything; Ollama's documented default


class Inspector(QFrame):
    """Shows the options of a chat and tells what they were changed to."""

    options_changed = Signal(ChatOptions)
    close_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAccessibleName(self.tr("Inspector"))
        self._theme = theme
        self._loaded_tokens = 0
        self._own_tokens: int | None = None
        self.system = TextField(
            theme,
            label=self.tr("System prompt"),
            hint=self.tr("What the model is told before the conversation, in place of its own system prompt."),
            lines=5,
        )
        self.temperature = NumberField(
            theme,
            label=self.tr("Temperature"),
            hint=self.tr("Low values keep to the likeliest words, high ones surprise."),
            numeric=TEMPERATURE,
            stops=TEMPERATURES,
        )
        self.context = NumberField(
            theme,
            label=self.tr("Context length"),
            hint=self.tr("How many tokens of the conversation the model sees. More takes more memory."),
            numeric=CONTEXT,
        )
        self.max_tokens = NumberField(
            theme,
            label=self.tr("Longest answer"),
            hint=self.tr("How many tokens an answer may have; -1 for no limit."),
            numeric=MAX_TOKENS,
        )
        self.seed = NumberField(
            theme,
            label=self.tr("Seed"),
            hint=self.tr("The same seed, text and settings give the same answer again."),
            numeric=SEED,
        )
        self.stop = TextField(
            theme,
            label=self.tr("Stop words"),
            hint=self.tr("The answer ends where one of these would come: one on each line, \\n for a line break."),
            lines=3,
        )
        for field in self.fields():
            field.changed.connect(self._on_changed)
        self._arrange()

    def fields(self) -> tuple[OptionField, ...]:
        """In reading order."""
        return (self.system, self.temperature, self.context, self.max_tokens, self.seed, self.stop)

    def show_options(
        self, options: ChatOptions, *, defaults: ChatOptions, trained_for: int, loaded_tokens: int
    ) -> None:
        """Show what a chat sends, and what holds where it sends nothing.

        Args:
            options: of the chat.
            defaults: of its model.
            trained_for: the model's largest context in tokens; 0: not known.
            loaded_tokens: the context that it is loaded with; 0: it is not loaded.
        """
        self._loaded_tokens, self._own_tokens = loaded_tokens, defaults.context_length
        own = self.tr("the model's own")
        self.system.show_value(options.system or "", default=defaults.system or self.tr("None of its own"))
        self.temperature.show_value(
            options.temperature,
            default=OLLAMA_TEMPERATURE if defaults.temperature is None else defaults.temperature,
            unknown=own,
        )
        self.context.set_stops(context_stops(trained_for))
        self.context.show_value(
            options.context_length, default=defaults.context_length or loaded_tokens or None, unknown=self.tr("auto")
        )
        self.max_tokens.show_value(options.max_tokens, default=defaults.max_tokens, unknown=self.tr("no limit"))
        self.seed.show_value(options.seed, default=defaults.seed, unknown=self.tr("random"))
        self.stop.show_value(
            write_stop_words(options.stop or ()), default=write_stop_words(defaults.stop or ()) or self.tr("None")
        )
        self._note_reload(options.context_length)

    def options(self) -> ChatOptions:
        """What the fields say now."""
        temperature, context = self.temperature.value(), self.context.value()
        longest, seed = self.max_tokens.value(), self.seed.value()
        return ChatOptions(
            system=self.system.value() or None,
            temperature=None if temperature is None else float(temperature),
            context_length=None if context is None else int(context),
            seed=None if seed is None else int(seed),
            stop=read_stop_words(self.stop.value()) or None,
            max_tokens=None if longest is None else int(longest),
        )

    def flush(self) -> None:
        """Take over what is being written, now: another chat is about to be shown."""
        for field in self.fields():
            field.flush()

    def _on_changed(self) -> None:
        options = self.options()
        self._note_reload(options.context_length)
        self.options_changed.emit(options)

    def _note_reload(self, wanted: int | None) -> None:
        wanted = wanted or self._own_tokens
        reloads = bool(self._loaded_tokens and wanted and wanted != self._loaded_tokens)
        self.context.show_note(self.tr("The model is loaded anew with the next message.") if reloads else "")

    def _arrange(self) -> None:
        theme = self._theme
        title = QLabel(self.tr("Inspector"), textFormat=Qt.TextFormat.PlainText)
        title.setProperty("role", "title")
        close = QToolButton()
        close.setProperty("kind", "quiet")
        close.setAccessibleName(self.tr("Close the inspector"))
        close.setToolTip(hint(self.tr("Close the inspector"), Key.INSPECTOR))
        close.clicked.connect(self.close_requested)
        IconSetter(close, theme=theme, name="close", size=16)
        head = QHBoxLayout()
        head.setContentsMargins(theme.px(16), theme.px(10), theme.px(10), theme.px(4))
        head.addWidget(title, 1)
        head.addWidget(close)
        column = QWidget()
        column.setObjectName("column")
        down = QVBoxLayout(column)
        down.setContentsMargins(theme.px(16), theme.px(4), theme.px(12), theme.px(16))
        down.setSpacing(theme.px(12))
        about = QLabel(
            self.tr("For this chat only. An empty field leaves it to the model."), textFormat=Qt.TextFormat.PlainText
        )
        about.setProperty("role", "note")
        about.setWordWrap(True)
        down.addWidget(about)
        for field in self.fields():
            down.addWidget(field)
        down.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(scroll, 1)


def context_stops(trained_for: int) -> tuple[int, ...]:
    """Where the slider of the context stops: doubling, up to what the model was trained for."""
    largest = min(trained_for, LARGEST_STOP) if trained_for else LARGEST_STOP
    stops, at = [], SMALLEST_STOP
    while at < largest:
        stops.append(at)
        at *= 2
    return (*stops, largest)

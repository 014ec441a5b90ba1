"""The conversation: a centred column that follows a growing answer only while its reader is at the end."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ollama_desk.domain.chat import Message, Role
from ollama_desk.ui.chat.message_view import AnswerView, QuestionView
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.theme import Theme

COLUMN = 760  # design pixels
SHOWN = 60  # messages at once; earlier ones on request
NEAR_END = 48  # pixels from the end that still count as the end


class Transcript(QScrollArea):
    """Shows one branch of one chat."""

    retry_requested = Signal(int)
    regenerate_requested = Signal(int)
    continue_requested = Signal(int)
    edit_requested = Signal(int)
    link_activated = Signal(QUrl)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._messages: tuple[Message, ...] = ()
        self._views: dict[int, QuestionView | AnswerView] = {}
        self._slices = Slices(self)  # all messages share the time of a turn of the loop
        self._following = True
        self._offers = True  # whether the last question and answer may be changed now
        self.setObjectName("scroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Conversation"))
        self._column = _Column()
        self._layout = QVBoxLayout(self._column)
        self._layout.setSpacing(theme.px(24))
        self._earlier = QPushButton(self.tr("Show earlier messages"))
        self._earlier.setProperty("kind", "quiet")
        self._earlier.clicked.connect(self._on_earlier_clicked)
        self._layout.addWidget(self._earlier, 0, Qt.AlignmentFlag.AlignHCenter)
        self._layout.addStretch(1)
        self.setWidget(self._column)
        self._newer = QPushButton(self.tr("↓ New text"), self)
        self._newer.setAccessibleName(self.tr("Go to the new text"))
        self._newer.clicked.connect(self._on_newer_clicked)
        self._newer.hide()
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._on_range_changed)
        theme.changed.connect(self._on_theme_changed)

    @property
    def has_messages(self) -> bool:
        return bool(self._messages)

    def show_messages(self, messages: tuple[Message, ...]) -> None:
        """Show this branch, its end in view."""
        self.clear()
        self._messages = messages
        for message in messages[-SHOWN:]:
            self._append(message)
        self._earlier.setVisible(len(messages) > SHOWN)
        self._offer()
        self._follow()

    def messages(self) -> tuple[Message, ...]:
        """The branch that is shown, also what of it has no widget yet."""
        return self._messages

    def last_question(self) -> Message | None:
        """The last thing that the person said."""
        return next((each for each in reversed(self._messages) if each.role is Role.USER), None)

    def offer_changes(self, *, offered: bool) -> None:
        """Whether the last question can be edited and the last answer continued: not while one is being given."""
        self._offers = offered
        self._offer()

    def clear(self) -> None:
        for view in self._views.values():
            view.hide()
            self._layout.removeWidget(view)
            view.deleteLater()
        self._views.clear()
        self._messages = ()
        self._earlier.hide()
        self._newer.hide()

    def add_message(self, message: Message) -> None:
        """One more message at the end; the reader is taken there, since it is their own doing."""
        self._messages = (*self._messages, message)
        self._append(message)
        self._offer()
        self._follow()

    def remove_after(self, parent_id: int | None) -> None:
        """Drop the messages behind ``parent_id``, all of them for None: another branch follows."""
        if parent_id is None:
            behind = self._messages
        else:
            kept = [index for index, message in enumerate(self._messages) if message.id == parent_id]
            behind = self._messages[kept[0] + 1 :] if kept else ()
        for message in behind:
            view = self._views.pop(message.id, None)
            if view is not None:
                view.hide()
                self._layout.removeWidget(view)
                view.deleteLater()
        self._messages = self._messages[: len(self._messages) - len(behind)]

    def append_text(self, message_id: int, content: str, thinking: str) -> None:
        view = self._views.get(message_id)
        if isinstance(view, AnswerView):
            view.append(content, thinking)
            self._newer.setVisible(not self._following)

    def finish_answer(self, message: Message) -> None:
        view = self._views.get(message.id)
        if isinstance(view, AnswerView):
            view.finish(message, forgot=forgot(self._messages, message))
        self._messages = tuple(message if each.id == message.id else each for each in self._messages)
        self._offer()

    def plain_text(self) -> str:
        """Everything that is shown, as text."""
        return "\n".join(view.plain_text() for view in self._views.values())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()  # first: else the column would be laid out for the old margins and then once more
        super().resizeEvent(event)

    def _append(self, message: Message) -> None:
        view = self._view(message)
        self._views[message.id] = view
        self._layout.insertWidget(self._layout.count() - 1, view)
        if isinstance(view, QuestionView):
            view.fit(self._column_width())

    def _view(self, message: Message) -> QuestionView | AnswerView:
        if message.role is not Role.ASSISTANT:
            said = QuestionView(message, theme=self._theme, slices=self._slices)
            said.edit_requested.connect(self.edit_requested)
            return said
        view = AnswerView(message, theme=self._theme, forgot=forgot(self._messages, message), slices=self._slices)
        view.retry_requested.connect(self.retry_requested)
        view.regenerate_requested.connect(self.regenerate_requested)
        view.continue_requested.connect(self.continue_requested)
        view.link_activated.connect(self.link_activated)
        view.room_wanted.connect(lambda pixels: self._make_room(view, pixels))
        return view

    def _make_room(self, view: AnswerView, pixels: int) -> None:
        """From the outside in. Left to the layouts it goes from the inside out: each squeezes what does not fit yet.

        All of the answer would be moved and painted twice for each new line.
        """
        view.updateGeometry()  # the scroll area asks the column's layout, which shall not say what it said last
        self._layout.setEnabled(
            False
        )  # until that has scrolled: pixels are not moved where something has to be painted
        self._column.resize(self._column.width(), self._column.height() + pixels)
        self._layout.setEnabled(True)
        self._layout.activate()

    def _offer(self) -> None:
        """Only the ends of the branch can be changed: what follows from a message would be lost from sight."""
        question, last = self.last_question(), self._messages[-1] if self._messages else None
        for view in self._views.values():
            if isinstance(view, QuestionView):
                view.offer_edit(offered=self._offers and question is not None and view.message.id == question.id)
            else:
                view.offer_to_go_on(offered=self._offers and last is not None and view.message.id == last.id)

    def _column_width(self) -> int:
        """The same with and without the scroll bar: where it appears, nothing has to be laid out again."""
        room = self._free_width() - 2 * self._theme.px(24)
        return max(200, min(self._theme.px(COLUMN), room))

    def _free_width(self) -> int:
        """What the scroll bar leaves, whether it is there or not."""
        return self.width() - self.verticalScrollBar().sizeHint().width()

    def _place(self) -> None:
        width = self._column_width()
        left = max(self._theme.px(12), (self._free_width() - width) // 2)
        right = max(self._theme.px(12), self.viewport().width() - width - left)
        self._layout.setContentsMargins(left, self._theme.px(24), right, self._theme.px(24))
        for view in self._views.values():
            if isinstance(view, QuestionView):
                view.fit(width)
        hint = self._newer.sizeHint()
        self._newer.setGeometry(
            (self.width() - hint.width()) // 2, self.height() - hint.height() - self._theme.px(8), *hint.toTuple()
        )

    def _follow(self) -> None:
        self._following = True
        self._newer.hide()
        QTimer.singleShot(0, self, self._go_to_end)

    def _go_to_end(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _on_scrolled(self, value: int) -> None:
        self._following = value >= self.verticalScrollBar().maximum() - NEAR_END
        if self._following:
            self._newer.hide()

    def _on_range_changed(self, _low: int, high: int) -> None:
        if self._following:
            self.verticalScrollBar().setValue(high)

    def _on_newer_clicked(self) -> None:
        self._follow()

    def _on_earlier_clicked(self) -> None:
        """Show everything; what is in view stays where it is."""
        bar = self.verticalScrollBar()
        from_end = bar.maximum() - bar.value()
        for message in reversed(self._messages[: len(self._messages) - len(self._views)]):
            view = self._view(message)
            self._views = {message.id: view, **self._views}
            self._layout.insertWidget(1, view)
        self._earlier.hide()
        self._place()
        QTimer.singleShot(0, self, lambda: bar.setValue(bar.maximum() - from_end))

    def _on_theme_changed(self) -> None:
        """Colours are in the rendered text: render what is finished again."""
        for view in self._views.values():
            if isinstance(view, AnswerView):
                view.restyle()
        self._place()


class _Column(QWidget):
    """Paints its background itself: a style sheet's does not count as opaque.

    So scrolling moves pixels, where otherwise the whole window would be painted, and so does growing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("column")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), self.palette().window())


def forgot(messages: Sequence[Message], answer: Message) -> bool:
    """Whether the server left out old messages, of which it says nothing: its prompt got shorter, not longer."""
    earlier = [
        each.stats.prompt_tokens
        for each in messages
        if each.role is Role.ASSISTANT and each.id < answer.id and each.model == answer.model and each.stats is not None
    ]
    return bool(earlier and answer.stats is not None and 0 < answer.stats.prompt_tokens < earlier[-1])

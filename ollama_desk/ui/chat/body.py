"""The text of a message as a column of widgets: laid out in slices, page by page, and kept where it stays the same."""

from collections import deque
from collections.abc import Iterator

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QFontInfo, QFontMetricsF, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.chat.code_block import CodeBlock
from ollama_desk.ui.chat.markdown import RenderStyle, render
from ollama_desk.ui.chat.passages import CHUNK_CHARS, Passage, passage, passages
from ollama_desk.ui.chat.prose import ProseView
from ollama_desk.ui.chat.segments import Segment, Segmenter
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.theme import Theme

LINE = 1.5  # em
PAGE_CHARS = 40_000  # of a message that are shown at first, and more at each click
PAGE_VIEWS = 80
HIDDEN_CHARS = 1_500  # laid out before it is known how wide the message will be


def render_style(theme: Theme, widget: QWidget) -> RenderStyle:
    """The look of rendered text: 1.5 em a line, given as a share of the font's own line height."""
    font = widget.font()
    pixels = QFontInfo(font).pixelSize()
    percent = round(100 * LINE * pixels / QFontMetricsF(font).height())
    return RenderStyle(theme.tokens, pixels, percent, theme.code_font().family())


class Body(QWidget):
    """Grows by ``feed`` and ends as ``show_text`` says; what of it is on screen already is not rendered again."""

    link_activated = Signal(QUrl)
    grew = Signal()

    def __init__(self, name: str, *, theme: Theme, slices: Slices | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)  # what stands there is not painted again as it grows
        self._name = name
        self._theme = theme
        self._slices = slices or Slices(self)
        self._views: list[tuple[Passage, ProseView | CodeBlock]] = []
        self._segmenter = Segmenter()
        self._text = ""  # of a whole message
        self._coming = ""  # of a growing one: not segmented yet
        self._waiting: deque[Segment] = deque()  # segmented, not on screen
        self._rest: Iterator[Passage | None] = iter(())  # what is not on screen of a whole one
        self._job: Iterator[None] = iter(())
        self._held: int | None = None  # where the layout waits until it is seen, and so has its width
        self._pages = 1
        self.more = QPushButton()
        self.more.setProperty("kind", "quiet")
        self.more.setAccessibleName(self.tr("Show more of the message"))
        self.more.clicked.connect(self._on_more_clicked)
        self.more.hide()
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.px(11))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._column)
        layout.addWidget(self.more, 0, Qt.AlignmentFlag.AlignHCenter)

    @property
    def tail(self) -> str:
        """What is not finished yet of a growing text."""
        return self._segmenter.tail

    @property
    def tail_is_code(self) -> bool:
        return self._segmenter.in_fence

    def feed(self, text: str) -> None:
        """More text. Finished segments are rendered once; ``grew`` follows, at once or as soon as there is time."""
        self._coming += text
        self._start(self._grow())

    def show_text(self, text: str) -> None:
        """The whole text, as it stays."""
        self._text = text
        self._segmenter = Segmenter()
        self._waiting.clear()
        self._coming = ""
        self._rest = passages(text)
        self._start(self._show_rest(0))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._held is not None:
            self._start(self._show_rest(self._held), now=False)

    def restyle(self) -> None:
        """The look changed: render again what carries colours."""
        self._slices.add(self._restyled(), owner=self)

    def plain_text(self) -> str:
        """What a person sees, and what is about to be shown."""
        shown = [view.toPlainText() if isinstance(view, ProseView) else view.plain_text() for _, view in self._views]
        if self._is_full:
            return "\n".join(shown)
        end = self._views[-1][0].end if self._views else 0
        coming = "".join(segment.text for segment in self._waiting) + self._coming or self._text[end:]
        return "\n".join(part for part in [*shown, coming.strip("\n")] if part)

    @property
    def _is_full(self) -> bool:
        end = self._views[-1][0].end if self._views else 0
        return end >= self._pages * PAGE_CHARS or len(self._views) >= self._pages * PAGE_VIEWS

    def _start(self, job: Iterator[None], *, now: bool = True) -> None:
        self._slices.drop(self._job)
        self._job, self._held = job, None
        self._slices.add(job, owner=self, now=now)

    def _grow(self) -> Iterator[None]:
        while self._coming:
            chunk, self._coming = self._coming[:CHUNK_CHARS], self._coming[CHUNK_CHARS:]
            self._waiting.extend(self._segmenter.feed(chunk))
            if self._coming:
                yield
        self.grew.emit()
        while self._waiting and not self._is_full:
            if self._views and self._views[-1][0].takes(self._waiting[0]):
                self._extend_last()
            else:
                self._insert(len(self._views), passage(self._waiting.popleft()))
            yield
        self._offer_more(sum(len(segment.text) for segment in self._waiting))

    def _extend_last(self) -> None:
        """Show all that waits and belongs to the last passage: it is rendered once for all of it."""
        grown, view = self._views[-1]
        before = len(grown.text)
        while self._waiting and grown.takes(self._waiting[0]):
            grown = grown.with_segment(self._waiting.popleft())
        self._views[-1] = grown, view
        if isinstance(view, CodeBlock):
            view.append(grown.text[before:])
        else:
            self._render(view, grown)

    def _show_rest(self, index: int) -> Iterator[None]:
        """Put one passage after the other; what stood there and is the same stays."""
        for each in self._rest:
            if each is not None:
                self._put(index, each)
                index += 1
            yield
            if self._is_full and index >= len(self._views):
                break
            if not self.isVisible() and index and self._views[index - 1][0].end > HIDDEN_CHARS:
                self._held = index
                return
        self._remove(index, len(self._views))
        end = self._views[-1][0].end if self._views else 0
        self._offer_more(len(self._text) - end if self._is_full else 0)

    def _put(self, index: int, new: Passage) -> None:
        for place in range(index, len(self._views)):
            old, view = self._views[place]
            if old.is_like(new):
                self._remove(index, place)
                self._views[index] = new, view
                if isinstance(view, CodeBlock):
                    view.end()
                return
        if index < len(self._views) and self._goes_on(index, new):
            return
        stale = index
        while stale < len(self._views) and self._views[stale][0].end <= new.end:
            stale += 1
        self._insert(index, new)
        self._remove(index + 1, stale + 1)

    def _goes_on(self, index: int, new: Passage) -> bool:
        """Whether ``new`` is the code that stands there, and more; if so it is shown there."""
        old, view = self._views[index]
        if not isinstance(view, CodeBlock) or old.language != new.language or not new.text.startswith(old.text):
            return False
        view.append(new.text[len(old.text) :])
        view.end()
        self._views[index] = new, view
        return True

    def _insert(self, index: int, new: Passage) -> None:
        view: ProseView | CodeBlock
        if new.language is not None:
            view = CodeBlock(new.language, new.text, theme=self._theme, slices=self._slices, parent=self)
        else:
            view = ProseView(self._name, self)
            self._render(view, new)
            view.link_activated.connect(self.link_activated)
        self._views.insert(index, (new, view))
        self._column.insertWidget(index, view)

    def _render(self, view: ProseView, shown: Passage) -> None:
        view.show_html(render(shown.text, render_style(self._theme, self)), width=self.width())

    def _remove(self, start: int, end: int) -> None:
        for _, view in self._views[start:end]:
            view.hide()
            self._column.removeWidget(view)
            view.deleteLater()
        del self._views[start:end]

    def _restyled(self) -> Iterator[None]:
        for shown, view in tuple(self._views):
            if isinstance(view, CodeBlock):
                view.restyle()
            elif any(view is each for _, each in self._views):
                self._render(view, shown)
            yield

    def _offer_more(self, chars: int) -> None:
        self.more.setText(self.tr("Show more (%1 characters left)").replace("%1", f"{chars:,}"))
        self.more.setVisible(chars > 0)

    def _on_more_clicked(self) -> None:
        self._pages += 1
        self._start(self._grow() if self._waiting else self._show_rest(len(self._views)))

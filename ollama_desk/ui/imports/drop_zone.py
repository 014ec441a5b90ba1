"""Model files that are dropped on the window: a hint while they hang over it, a sentence for what cannot be used."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from ollama_desk.ui.theme import Theme

SUFFIX = ".gguf"
EDGE = 12  # between the frame of the hint and that of the window
VEIL = 235  # of 255: what lies below stays to be guessed


class DropZone(QWidget):
    """Lies over the whole window while files hang over it.

    Fields take dropped text as they always did, but no files, which would become the text of their addresses.

    Args:
        window: what files can be dropped on.
        theme: its colours and measures.
    """

    files_dropped = Signal(list)  # of paths
    refused = Signal(str)  # why

    def __init__(self, window: QWidget, *, theme: Theme) -> None:
        super().__init__(window)
        self._theme = theme
        self._hint = ""
        self._good = False
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        self.guard(window)

    def guard(self, tree: QWidget) -> None:
        """Let files that are dropped on the fields in ``tree`` come to the window."""
        areas = [*tree.findChildren(QPlainTextEdit), *tree.findChildren(QTextEdit)]
        for field in (*tree.findChildren(QLineEdit), *(area.viewport() for area in areas)):
            field.installEventFilter(self)

    @property
    def hint(self) -> str:
        """What is said over the window now; empty for nothing."""
        return self._hint if self.isVisible() else ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DragLeave and watched is self.parentWidget():
            self.hide()  # gone before it moved; where it only comes to lie over this widget, its entry follows at once
            return False
        if not isinstance(event, QDropEvent | QDragEnterEvent | QDragMoveEvent) or not event.mimeData().hasUrls():
            return False
        if watched is not self.parentWidget():
            event.ignore()  # a field: the window gets it next
            return True
        self._take(event)
        return True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._take(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._take(event)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._take(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, edge = self._theme.tokens, self._theme.px(EDGE)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(tokens.window)
        veil.setAlpha(VEIL)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(QColor(tokens.accent if self._good else tokens.danger), 2, Qt.PenStyle.DashLine))
        frame = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        painter.drawRoundedRect(frame, self._theme.px(10), self._theme.px(10))
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.2)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(frame.adjusted(edge, edge, -edge, -edge), flags, self._hint)
        painter.end()

    def _take(self, event: QDropEvent) -> None:
        """Hint while it hangs, take it where it falls. The subclasses of the event are those before the fall."""
        paths, why = files_in(event.mimeData())
        self._good, self._hint = not why, why or self.tr("Drop the file to import it as a model")
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.type() != QEvent.Type.Drop:
            self._cover()
            return
        self.hide()
        if why:
            self.refused.emit(why)
        else:
            self.files_dropped.emit(paths)

    def _cover(self) -> None:
        window = self.parentWidget()
        if window is not None:
            self.setGeometry(window.rect())
        self.setAccessibleName(self._hint)
        self.raise_()
        self.show()
        self.update()


def files_in(data: QMimeData) -> tuple[list[Path], str]:
    """The model files in what is dropped, and why they cannot be taken; empty where they can."""
    urls = data.urls()
    if not all(url.isLocalFile() for url in urls):
        return [], _tr("Only files of this computer can be imported. Download it first, then drop the file.")
    paths = [Path(url.toLocalFile()) for url in urls]
    if not all(path.name.lower().endswith(SUFFIX) for path in paths):
        return [], _tr("Only GGUF files can be imported as models. Their names end in .gguf.")
    return paths, ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("DropZone", text)

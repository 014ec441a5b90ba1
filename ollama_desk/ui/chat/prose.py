"""A piece of rendered text that is as tall as its contents, opens nothing by itself and can be selected and copied."""

from typing import Any

from PySide6.QtCore import QMimeData, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QImage, QResizeEvent, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from ollama_desk.ui.chat.markdown import SOFT_BREAK, safe_link
from ollama_desk.ui.text import tooltip


class ProseView(QTextBrowser):
    """Shows HTML that ``markdown.render`` made, or plain text."""

    link_activated = Signal(QUrl)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.highlighted.connect(self._on_highlighted)

    def show_html(self, html: str, *, width: int) -> None:
        """Show ``html``, laid out here and now for so many pixels: what it costs is known to who counts the time."""
        parent = self.parentWidget()
        if parent is not None and parent.isVisible() and not self.isVisible():
            self.resize(width, self.height())
            self.show()  # before that a widget does not take its width to heart, and would be laid out twice
        self.setHtml(html)
        self._fit()

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: ARG002 - Qt's signature
        """Whatever the text refers to is this empty picture: no file is opened, nobody is asked."""
        return QImage(1, 1, QImage.Format.Format_ARGB32)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Words only: neither our colours nor the places that we made to break long runs."""
        data = QMimeData()
        data.setText(self.textCursor().selection().toPlainText().replace(SOFT_BREAK, ""))
        return data

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().x():
            super().wheelEvent(event)
        else:
            event.ignore()  # the conversation scrolls, not its parts

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), round(self.document().size().height()))

    def _fit(self, *_: object) -> None:
        size = self.document().size()
        bar = self.horizontalScrollBar().sizeHint().height() if size.width() > self.viewport().width() else 0
        height = round(size.height()) + 1 + bar
        if height != self.height():
            self.setFixedHeight(height)

    def _on_anchor_clicked(self, url: QUrl) -> None:
        if safe_link(url.toString(QUrl.ComponentFormattingOption.FullyEncoded)):
            self.link_activated.emit(url)

    def _on_highlighted(self, url: QUrl) -> None:
        """The pointer is on a link: say where it leads, as it is asked for."""
        self.setToolTip(tooltip(url.toString(QUrl.ComponentFormattingOption.FullyEncoded)))

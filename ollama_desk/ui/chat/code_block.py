"""A block of code: its language, a button that copies it, and the code, which scrolls sideways and never wraps."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QTextEdit, QVBoxLayout, QWidget

from ollama_desk.ui.chat.highlight import highlighted
from ollama_desk.ui.theme import Theme

COPIED_MS = 1_500


class CodeBlock(QFrame):
    """Shows one block; while it is still being written, its lines are appended without colours."""

    def __init__(self, language: str, code: str, *, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._code = code
        self.setObjectName("codebox")
        label = QLabel(language, textFormat=Qt.TextFormat.PlainText)
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.setProperty("kind", "quiet")
        self.copy.setAccessibleName(self.tr("Copy code"))
        self.copy.clicked.connect(self._on_copy_clicked)
        self._view = _CodeView(theme)
        self._view.setAccessibleName(self.tr("Code"))
        if language:
            self._view.show_html(f"<pre>{highlighted(code, language, theme.tokens)}</pre>")
        else:
            self._view.setPlainText(code)
        head = QHBoxLayout()
        head.setContentsMargins(theme.px(12), theme.px(4), theme.px(6), 0)
        head.addWidget(label)
        head.addStretch(1)
        head.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, theme.px(8))
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._view)

    def plain_text(self) -> str:
        return self._code

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._code)
        self.copy.setText(self.tr("Copied"))
        QTimer.singleShot(COPIED_MS, self.copy, lambda: self.copy.setText(self.tr("Copy")))


class _CodeView(QTextEdit):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.code_font())
        self.document().setDefaultFont(theme.code_font())
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setStyleSheet("QTextEdit { background: transparent; border: 0; }")
        self.document().setDocumentMargin(theme.px(12))
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def show_html(self, html: str) -> None:
        self.setHtml(html)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().x():
            super().wheelEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self, *_: object) -> None:
        size = self.document().size()
        bar = self.horizontalScrollBar().sizeHint().height() if size.width() > self.viewport().width() else 0
        height = round(size.height()) + bar
        if height != self.height():
            self.setFixedHeight(height)

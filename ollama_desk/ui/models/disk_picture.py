"""The models folder as a picture: an area for each model, each a button that tells what it is."""

from collections.abc import Collection

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ollama_desk.domain.upkeep import DiskUse
from ollama_desk.ui.models.disk_map import Box, Part, PartKind, parts_of, squarified
from ollama_desk.ui.models.disk_text import bytes_text, part_name, part_text
from ollama_desk.ui.palette import Tokens
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme

GAP, STRIPE, PADDING = 2, 4, 8
TALL_PX = 176
BACK = (Qt.Key.Key_Left, Qt.Key.Key_Up)
ON = (Qt.Key.Key_Right, Qt.Key.Key_Down)
ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End)


class PartButton(QAbstractButton):
    """One area: its name and size where there is room for them."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.part = Part(PartKind.MODEL, 0)
        self._is_damaged = False
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def show_part(self, part: Part, *, total_bytes: int, is_damaged: bool) -> None:
        self.part, self._is_damaged = part, is_damaged
        words = part_text(part, total_bytes)
        if is_damaged:
            words = self.tr("%1 (damaged)").replace("%1", words)
        self.setText(part_name(part))
        self.setAccessibleName(words)
        self.setToolTip(tooltip(words))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows are the picture's: it knows which part comes next."""
        key = Qt.Key(event.key())
        if key in (*BACK, *ON, *ENDS):
            event.ignore()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, px = self._theme.tokens, self._theme.px
        painter = QPainter(self)
        rect = self.rect()
        painter.fillRect(rect, QColor(_fill(self.part.kind, tokens)))
        stripe = min(px(STRIPE), rect.width() // 3)
        left = rect.right() + 1 - stripe if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else rect.left()
        tone = tokens.danger if self._is_damaged else _tone(self.part.kind, tokens)
        painter.fillRect(QRect(left, rect.top(), stripe, rect.height()), QColor(tone))
        self._paint_words(painter, rect, tokens)
        if self.hasFocus() or self.underMouse():
            painter.setPen(QColor(tokens.accent if self.hasFocus() else tokens.strong))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
            if self.hasFocus():
                painter.drawRect(rect.adjusted(1, 1, -2, -2))
        painter.end()

    def _paint_words(self, painter: QPainter, rect: QRect, tokens: Tokens) -> None:
        pad = self._theme.px(PADDING)
        inner = rect.adjusted(pad + self._theme.px(2), pad // 2, -pad // 2, -pad // 2)
        painter.setFont(self._theme.note_font())
        metrics = painter.fontMetrics()
        lines = min(inner.height() // metrics.lineSpacing(), 2)
        if lines < 1 or inner.width() < metrics.horizontalAdvance("mmm…"):
            return
        alignment = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop
        painter.setLayoutDirection(self.layoutDirection())
        painter.setPen(QColor(tokens.text))
        name = metrics.elidedText(self.text(), Qt.TextElideMode.ElideMiddle, inner.width())
        painter.drawText(inner, alignment, name)
        size = bytes_text(self.part.size_bytes)
        if lines > 1 and metrics.horizontalAdvance(size) <= inner.width():
            painter.drawText(inner.adjusted(0, metrics.lineSpacing(), 0, 0), alignment, size)


class DiskPicture(QWidget):
    """All parts. Tab comes to one of them, the arrows lead to the others, Enter chooses."""

    model_chosen = Signal(str)
    clean_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.buttons: list[PartButton] = []
        self.setAccessibleName(self.tr("Picture of the models folder"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._resize)
        self._resize()

    def show_use(self, use: DiskUse, damaged: Collection[str]) -> None:
        """Show what the folder holds."""
        parts = parts_of(use)
        at = next((at for at, button in enumerate(self.buttons) if button.hasFocus()), -1)
        while len(self.buttons) > len(parts):
            gone = self.buttons.pop()
            gone.hide()
            gone.deleteLater()
        while len(self.buttons) < len(parts):
            self.buttons.append(self._button())
        for button, part in zip(self.buttons, parts, strict=True):
            button.show_part(part, total_bytes=use.used_bytes, is_damaged=part.name in damaged)
        self.setVisible(bool(parts))
        self._arrange()
        if self.buttons:
            self._take_tab(min(max(at, 0), len(self.buttons) - 1), focus=at >= len(self.buttons))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(400), self._theme.px(TALL_PX))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """From one part to another."""
        at = next((at for at, button in enumerate(self.buttons) if button.hasFocus()), -1)
        key = Qt.Key(event.key())
        places = dict(zip(ENDS, (0, len(self.buttons) - 1), strict=True))
        places |= dict.fromkeys(BACK, max(at - 1, 0)) | dict.fromkeys(ON, min(at + 1, len(self.buttons) - 1))
        if at < 0 or key not in places:
            super().keyPressEvent(event)
            return
        self._take_tab(places[key], focus=True)

    def _button(self) -> PartButton:
        button = PartButton(self._theme, parent=self)
        button.clicked.connect(lambda: self._on_clicked(button))
        button.show()
        return button

    def _on_clicked(self, button: PartButton) -> None:
        self._take_tab(self.buttons.index(button), focus=False)
        if button.part.kind is PartKind.MODEL:
            self.model_chosen.emit(button.part.name)
        elif button.part.kind is PartKind.UNUSED:
            self.clean_requested.emit()

    def _take_tab(self, at: int, *, focus: bool) -> None:
        for other, button in enumerate(self.buttons):
            policies = Qt.FocusPolicy
            button.setFocusPolicy(policies.StrongFocus if other == at else policies.ClickFocus)
        if focus:
            self.buttons[at].setFocus(Qt.FocusReason.TabFocusReason)

    def _arrange(self) -> None:
        sizes = [button.part.size_bytes for button in self.buttons]
        gap = self._theme.px(GAP)
        for button, box in zip(self.buttons, squarified(sizes, Box(0, 0, self.width(), self.height())), strict=True):
            button.setGeometry(_mirrored(_rect(box, gap), self))

    def _resize(self) -> None:
        self.setFixedHeight(self._theme.px(TALL_PX))
        for button in self.buttons:
            button.update()


def _rect(box: Box, gap: int) -> QRect:
    """Between the pixels that its edges fall on, so that no two areas overlap."""
    left, top = round(box.x), round(box.y)
    right, bottom = round(box.x + box.width), round(box.y + box.height)
    return QRect(left, top, max(right - left - gap, 1), max(bottom - top - gap, 1))


def _mirrored(rect: QRect, whole: QWidget) -> QRect:
    if whole.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        rect.moveLeft(whole.width() - rect.right() - 1)
    return rect


def _fill(kind: PartKind, tokens: Tokens) -> str:
    return tokens.selected if kind in (PartKind.MODEL, PartKind.OTHERS) else tokens.block


def _tone(kind: PartKind, tokens: Tokens) -> str:
    match kind:
        case PartKind.MODEL | PartKind.OTHERS:
            return tokens.accent
        case PartKind.SHARED:
            return tokens.ok
        case PartKind.UNUSED:
            return tokens.warning
        case PartKind.PARTIAL:
            return tokens.strong

"""What a setting is changed with: a switch, a choice among few, a line of text. Each says what was chosen, once."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QMenu, QPushButton, QWidget

from ollama_desk.ui.icons import icon_pixmap
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme


class Switch(QAbstractButton):
    """On or off. ``picked`` carries a bool, when a person switched."""

    picked = Signal(object)
    restored = Signal()  # never: it has nothing half done

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(lambda: self.picked.emit(self.isChecked()))
        theme.changed.connect(self._follow_theme)
        self._follow_theme()

    def show_value(self, value: object) -> None:
        self.setChecked(value is True)

    def name(self, label: str) -> None:
        """What it switches, for who cannot see it."""
        self.setAccessibleName(label)

    def lock(self, *, locked: bool) -> None:
        """Whether something else decides."""
        self.setEnabled(not locked)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self._theme.px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, on = self._theme.tokens, self.isChecked()
        height, width = self._theme.px(20), self._theme.px(36)
        track = QRectF(self._theme.px(2), (self.height() - height) / 2, width, height)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = tokens.accent if on else tokens.strong
        fill, knob = (tokens.accent, tokens.on_accent) if on else (tokens.raised, tokens.strong)
        if not self.isEnabled():
            edge, fill, knob = tokens.border, tokens.border if on else tokens.surface, tokens.strong
        painter.setPen(QPen(QColor(edge), 1.5))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(track.adjusted(1, 1, -1, -1), height / 2, height / 2)
        side = height - self._theme.px(8)
        left = (track.right() - side - self._theme.px(4)) if on else (track.left() + self._theme.px(4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(knob))
        painter.drawEllipse(QRectF(left, track.center().y() - side / 2, side, side))
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(track.adjusted(-1, -3, 1, 3), height / 2, height / 2)
        painter.end()

    def _follow_theme(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.update()


class Choice(QPushButton):
    """One of a few values, in a menu. ``picked`` carries the value."""

    picked = Signal(object)
    restored = Signal()  # never: it has nothing half done

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choices: list[tuple[object, str]] = []
        self._value: object = None
        self._label = self._name = ""
        self.setProperty("kind", "new")
        self.setMinimumWidth(1)  # its text gives way
        self.clicked.connect(self.open_menu)
        theme.changed.connect(self._show)

    @property
    def value(self) -> object:
        return self._value

    def show_choices(self, choices: Sequence[tuple[object, str]]) -> None:
        """What can be chosen, with the words for each."""
        self._choices = list(choices)
        self._show()

    def show_value(self, value: object) -> None:
        self._value = value
        self._show()

    def name(self, label: str) -> None:
        self._name = label
        self._show()

    def lock(self, *, locked: bool) -> None:
        self.setEnabled(not locked)

    def open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setMinimumWidth(self.width())
        for value, label in self._choices:
            action = menu.addAction(one_line(label, 80).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(value == self._value)
            action.triggered.connect(lambda _=False, value=value: self._pick(value))
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_menu()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        tokens, side = self._theme.tokens, self._theme.px(14)
        arrow = icon_pixmap(
            "down",
            color=tokens.muted if self.isEnabled() else tokens.strong,
            size_px=side,
            ratio=self.devicePixelRatioF(),
        )
        painter = QPainter(self)
        left_to_right = self.layoutDirection() is not Qt.LayoutDirection.RightToLeft
        x = self.width() - side - self._theme.px(10) if left_to_right else self._theme.px(10)
        painter.drawPixmap(x, (self.height() - side) // 2, arrow)
        painter.end()

    def _pick(self, value: object) -> None:
        self.show_value(value)
        self.picked.emit(value)

    def _show(self) -> None:
        label = next((label for value, label in self._choices if value == self._value), str(self._value or ""))
        room = self.width() - self._theme.px(10) - self._theme.px(34)
        shown = self.fontMetrics().elidedText(one_line(label, 200), Qt.TextElideMode.ElideMiddle, max(room, 0))
        self.setText(shown.replace("&", "&&"))
        self.setAccessibleName(f"{self._name}: {label}" if self._name else label)


class TextField(QLineEdit):
    """A line of text. ``picked`` carries it when it was changed and Enter pressed or the field left."""

    picked = Signal(object)
    restored = Signal()  # Escape: what was typed is forgotten

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = self._sent = ""
        self.setMinimumWidth(1)
        self.editingFinished.connect(self._on_editing_finished)

    def show_value(self, value: object) -> None:
        """Show what is set, whatever was typed."""
        self._value = self._sent = str(value)
        with QSignalBlocker(self):
            self.setText(self._value)

    def name(self, label: str) -> None:
        self.setAccessibleName(label)

    def lock(self, *, locked: bool) -> None:
        self.setEnabled(not locked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._value:
            self.show_value(self._value)
            self.restored.emit()
        else:
            super().keyPressEvent(event)

    def _on_editing_finished(self) -> None:
        text = self.text().strip()
        if text != self._sent:
            self._sent = text
            self.picked.emit(text)

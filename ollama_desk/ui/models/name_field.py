"""A new name for a model, typed in place: checked while it is written, done by Enter, left by Esc."""

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ollama_desk.domain.errors import InvalidNameError
from ollama_desk.domain.model_names import key_of
from ollama_desk.registry.reference import parse_name
from ollama_desk.ui.language import said
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

LONGEST_PART = 80  # characters of the name of a model


class NameField(QWidget):
    """Hidden until ``ask``; ``chosen`` carries the new name."""

    chosen = Signal(str)
    left = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._taken: Collection[str] = ()
        self.had_focus = False  # when it was left
        self._label = QLabel(self, textFormat=Qt.TextFormat.PlainText)
        self._label.setProperty("role", "caption")
        self.edit = QLineEdit(self)
        self.do = QPushButton(self)
        self.do.setProperty("kind", "primary")
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self.problem = wrapping_label("problem", parent=self)
        self._buttons = QHBoxLayout()
        self._buttons.addWidget(self.do)
        self._buttons.addWidget(self.cancel)
        self._buttons.addStretch(1)
        self._layout = QVBoxLayout(self)
        for part in (self._label, self.edit, self.problem):
            self._layout.addWidget(part)
        self._layout.addLayout(self._buttons)
        self.edit.textChanged.connect(self._check)
        self.edit.returnPressed.connect(self._on_done)
        self.do.clicked.connect(self._on_done)
        self.cancel.clicked.connect(self.leave)
        theme.changed.connect(self._space)
        self._space()
        self.hide()

    def ask(self, label: str, verb: str, *, name: str, taken: Collection[str]) -> None:
        """Let a name be written.

        Args:
            label: what it is for.
            verb: on the button.
            name: to begin with.
            taken: those of the installed models.
        """
        self._taken = taken
        self._label.setText(label)
        self.edit.setAccessibleName(label)
        self.do.setText(verb)
        self.edit.setText(name)
        self._check()
        self.show()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        start = name.rfind("/") + 1
        end = name.rfind(":") if name.rfind(":") > start else len(name)
        self.edit.setSelection(start, end - start)

    def show_taken(self, taken: Collection[str]) -> None:
        """The installed models are these now."""
        self._taken = taken
        if not self.isHidden():
            self._check()

    def leave(self) -> None:
        """Ask no more."""
        if not self.isHidden():
            self.had_focus = any(part.hasFocus() for part in (self.edit, self.do, self.cancel))
            self.hide()
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return
        super().keyPressEvent(event)

    def _check(self) -> None:
        problem = name_problem(self.edit.text(), self._taken)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.edit.setAccessibleDescription(problem)
        self.do.setEnabled(not problem and bool(self.edit.text().strip()))

    def _on_done(self) -> None:
        self._check()
        if self.do.isEnabled():
            name = self.edit.text().strip()
            self.leave()
            self.chosen.emit(name)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, 0, 0, px(4))
        self._layout.setSpacing(px(4))
        self._buttons.setSpacing(px(8))


def name_problem(text: str, taken: Collection[str]) -> str:
    """Why a model cannot be called that; empty where it can, and for nothing."""
    name = text.strip()
    if not name:
        return ""
    try:
        parse_name(name)
    except InvalidNameError as error:
        return one_line(said(str(error)))
    key = key_of(name)
    clash = next((each for each in taken if key_of(each) == key), "")
    return _tr("There is a model called %1 already.").replace("%1", one_line(clash, 120)) if clash else ""


def free_name(base: str, addition: str, taken: Collection[str]) -> str:
    """A name like ``base`` that is not taken: ``llama3.2-copy:3b``."""
    keys = {key_of(each) for each in taken}
    at = base.rfind(":") if base.rfind(":") > base.rfind("/") else len(base)
    path, tag = base[:at], base[at:]
    folder, slash, model = path.rpartition("/")
    number = 1
    while True:
        ending = f"-{addition}" if number == 1 else f"-{addition}-{number}"
        name = f"{folder}{slash}{model[: LONGEST_PART - len(ending)]}{ending}{tag}".removesuffix(":latest")
        if key_of(name) not in keys:
            return name
        number += 1


def _tr(text: str) -> str:
    return QCoreApplication.translate("NameField", text)

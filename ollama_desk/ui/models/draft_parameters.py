"""The parameters of a new model as a table to edit: a row for each, with what is wrong with it."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ollama_desk.domain.parameter_rules import RULES, Kind, is_name
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.kept_text import KeptText
from ollama_desk.ui.models.parameter_text import parameter_hint, value_problem
from ollama_desk.ui.text import one_line, tooltip
from ollama_desk.ui.theme import Theme

STOP_LINES = 3
NAME_PX = 132


class ParameterRow(QWidget):
    """One parameter. What the base has can be set back, what was added can be taken out.

    Args:
        theme: for measures.
        name: of the parameter; empty: it is to be written.
        text: its value as it is written.
        base: its value in the base; None: the base has none.
    """

    changed = Signal()
    removed = Signal(object)

    def __init__(self, theme: Theme, *, name: str, text: str, base: str | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._base = base
        rule = RULES.get(name)
        self._title: ElidedLabel | None = None
        self.name_edit: QLineEdit | None = None
        self.value: QLineEdit | KeptText
        if rule is not None and rule.kind is Kind.TEXTS:
            self.value = _lines(theme, text)
        else:
            self.value = QLineEdit(text)
        self.button = QToolButton(self)
        self.problem = wrapping_label("problem", parent=self)
        self.problem.hide()
        self._row = QHBoxLayout()
        self._layout = QVBoxLayout(self)
        self._arrange()
        self.value.textChanged.connect(self._on_changed)
        theme.changed.connect(self._space)
        self._space()
        self._follow()

    def typed(self) -> tuple[str, str]:
        """Name and value as they are written."""
        name = self._name or (self.name_edit.text().strip() if self.name_edit is not None else "")
        return name, self.value.text()

    def show_wrong(self, *, is_wrong: bool) -> None:
        """Say what has to be written; a row that nobody has written into yet is left in peace."""
        name, text = self.typed()
        started = bool(text) or self._base is not None
        sentence = ""
        if is_wrong and started:
            sentence = value_problem(name) if self._name or is_name(name) else _tr("Write the name of a parameter.")
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.value.setAccessibleDescription(sentence or parameter_hint(name))

    def _arrange(self) -> None:
        hint = parameter_hint(self._name)
        if self._name:
            self._title = ElidedLabel(self)
            self._title.show_text(self._name)
            self._title.setToolTip(tooltip(hint))
            self._row.addWidget(self._title)
        else:
            self.name_edit = QLineEdit(self)
            self.name_edit.setPlaceholderText(_tr("Name"))
            self.name_edit.setAccessibleName(_tr("Name of the parameter"))
            self.name_edit.textChanged.connect(self._on_changed)
            self._row.addWidget(self.name_edit)
        self.value.setAccessibleName(one_line(self._name, 80) or _tr("Value of the parameter"))
        self.value.setToolTip(tooltip(hint))
        self._row.addWidget(self.value, 1)
        self.button.setProperty("kind", "quiet")
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        of_base = self._base is not None
        IconSetter(self.button, theme=self._theme, name="restart" if of_base else "close", size=14)
        text = _tr("Back to the value of the base: %1") if of_base else _tr("Remove %1")
        self.button.setAccessibleName(text.replace("%1", one_line(self._name, 80)))
        self.button.clicked.connect(self._on_button_clicked)
        self._row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self._layout.addLayout(self._row)
        self._layout.addWidget(self.problem)

    def _follow(self) -> None:
        if self._base is None:
            self.button.setToolTip(tooltip(_tr("Remove")))
            return
        is_changed = self.typed()[1] != self._base
        stays = _tr("A model that is made of another keeps its parameters: they can be changed, not taken away.")
        self.button.setEnabled(is_changed)
        self.button.setToolTip(tooltip(_tr("Back to the value of the base") if is_changed else stays))
        self.button.setAccessibleDescription("" if is_changed else stays)

    def _on_changed(self) -> None:
        self._follow()
        self.changed.emit()

    def _on_button_clicked(self) -> None:
        if self._base is None:
            self.removed.emit(self)
        elif isinstance(self.value, QLineEdit):
            self.value.setText(self._base)
            self.value.setFocus()
        else:
            self.value.show_text(self._base)
            self.value.setFocus()

    def _space(self) -> None:
        px = self._theme.px
        self._row.setSpacing(px(8))
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(px(2))
        for part in (self._title, self.name_edit):
            if part is not None:
                part.setFixedWidth(px(NAME_PX))


class ParameterRows(QWidget):
    """All of them, and a button that adds one."""

    changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: list[ParameterRow] = []
        self.add = QPushButton(_tr("Add a parameter…"), self)
        self.add.setProperty("kind", "quiet")
        self.add.clicked.connect(self._on_add_clicked)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeading)
        theme.changed.connect(self._space)
        self._space()

    def show_parameters(self, parameters: tuple[tuple[str, str], ...], base: Mapping[str, str]) -> None:
        """Become these rows."""
        for row in tuple(self.rows):
            self._take_out(row)
        for name, text in parameters:
            self._insert(name, text, base.get(name))

    def typed(self) -> tuple[tuple[str, str], ...]:
        return tuple(row.typed() for row in self.rows)

    def show_wrong(self, wrong: frozenset[int]) -> None:
        for at, row in enumerate(self.rows):
            row.show_wrong(is_wrong=at in wrong)

    def addable(self) -> list[str]:
        """The usual ones that are not here yet."""
        here = {name for name, _ in self.typed()}
        return [name for name in RULES if name not in here]

    def add_row(self, name: str) -> ParameterRow:
        """One more, to be filled; without a name that is to be written too."""
        row = self._insert(name, "", None)
        (row.value if name else row.name_edit or row.value).setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()
        return row

    def menu(self) -> QMenu:
        """What can be added, for the caller to open; it goes when it closes."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        for name in self.addable():
            action = menu.addAction(name)
            action.setToolTip(tooltip(parameter_hint(name)))
            action.triggered.connect(lambda _=False, name=name: self.add_row(name))
        menu.addSeparator()
        menu.addAction(_tr("Another one…")).triggered.connect(lambda: self.add_row(""))
        return menu

    def _on_add_clicked(self) -> None:
        self.menu().popup(self.add.mapToGlobal(self.add.rect().bottomLeft()))

    def _insert(self, name: str, text: str, base: str | None) -> ParameterRow:
        row = ParameterRow(self._theme, name=name, text=text, base=base, parent=self)
        row.changed.connect(self.changed)
        row.removed.connect(self._on_removed)
        self._layout.insertWidget(len(self.rows), row)
        self.rows.append(row)
        return row

    def _on_removed(self, row: ParameterRow) -> None:
        self._take_out(row)
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _take_out(self, row: ParameterRow) -> None:
        self.rows.remove(row)
        self._layout.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _space(self) -> None:
        self._layout.setSpacing(self._theme.px(6))


def _lines(theme: Theme, text: str) -> KeptText:
    edit = KeptText()
    edit.show_lines(STOP_LINES, above_px=theme.px(20))
    edit.setMaximumHeight(edit.minimumHeight())
    edit.show_text(text)
    return edit


def _tr(text: str) -> str:
    return QCoreApplication.translate("Draft", text)

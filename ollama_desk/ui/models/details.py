"""The drawer's sections of words: prompt, parameters, licence and Modelfile."""

from PySide6.QtCore import QCoreApplication, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ollama_desk.domain.models import ModelDetails
from ollama_desk.domain.parameters import written_values
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.drawer_text import has_words
from ollama_desk.ui.models.long_text import LongText
from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.table_model import SORT_ROLE, Cell, Column, TableModel
from ollama_desk.ui.text import one_line, tooltip
from ollama_desk.ui.theme import Theme

Parameter = tuple[int, str, str]  # number, name, value


class PromptSection(QWidget):
    """The system prompt and the template, to read and to copy."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        slices = Slices(self)
        self.system = LongText(theme, title=_tr("System prompt"), slices=slices, parent=self)
        self.template = LongText(theme, title=_tr("Template"), mono=True, slices=slices, parent=self)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self.system, 2)
        self._layout.addWidget(self.template, 3)
        theme.changed.connect(self._space)
        self._space()

    def show_details(self, details: ModelDetails) -> None:
        show_or_say(self.system, details.system, _tr("This model has no system prompt of its own."))
        show_or_say(self.template, details.template, _tr("This model has no template of its own."))
        stretches = ((self.system, details.system, 2), (self.template, details.template, 3))
        for part, text, share in stretches:
            self._layout.setStretchFactor(part, share if has_words(text) else 0)
        self._layout.setAlignment(Qt.AlignmentFlag(0) if _any(details) else Qt.AlignmentFlag.AlignTop)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, px(4), 0, px(4))
        self._layout.setSpacing(px(12))


class ParametersSection(QStackedWidget):
    """A table of names and values."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = TableModel(
            (
                Column(_tr("Name"), _name, "repeat_last_n"),
                Column(_tr("Value"), _value, "<|end_of_text|>", share=0.5),
            ),
            key=_key,
            parent=self,
        )
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._rows)
        self._sorted.setSortRole(SORT_ROLE)
        self.table = RowTable(theme, row_px=30, parent=self)
        self.table.setProperty("role", "inset")
        self.table.setAccessibleName(_tr("Parameters"))
        self.table.show_columns(self._sorted, self._rows.columns)
        self.note = wrapping_label("muted", parent=self)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self.addWidget(self.table)
        self.addWidget(self.note)

    def show_details(self, details: ModelDetails) -> None:
        values = written_values(details)
        pairs = [(name, value) for name, several in values.items() for value in several]
        self._rows.show_rows([(at, name, value) for at, (name, value) in enumerate(pairs)])
        self.note.setText(_tr("This model sets no parameters: those of the server hold."))
        self.setCurrentWidget(self.table if pairs else self.note)

    def show_note(self, sentence: str) -> None:
        """There are none to see: why."""
        self._rows.show_rows([])
        self.note.setText(sentence)
        self.setCurrentWidget(self.note)

    def show_unknown(self, sentence: str) -> None:
        """As ``show_note``, where nothing is known from before."""
        if not self._rows.rowCount():
            self.show_note(sentence)


def show_or_say(part: LongText, text: str, sentence: str) -> None:
    """A text, or calmly that there is none."""
    if has_words(text):
        if text != part.text:
            part.show_text(text)
    else:
        part.show_note(sentence)


def _any(details: ModelDetails) -> bool:
    return has_words(details.system) or has_words(details.template)


def _key(row: Parameter) -> str:
    return str(row[0])


def _name(row: Parameter) -> Cell:
    return Cell(one_line(row[1], 80), row[0])


def _value(row: Parameter) -> Cell:
    return Cell(one_line(shown(row[2]), 200), row[0], tooltip(shown(row[2])))


def shown(value: str) -> str:
    """A value with its line breaks to be seen."""
    return value.replace("\n", "\\n").replace("\t", "\\t")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Drawer", text)

"""The drawer's section of layers: what each is for, who shares it, and what deleting the model gives back."""

from PySide6.QtCore import QCoreApplication, QItemSelection, QSortFilterProxyModel, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ollama_desk.domain.anatomy import Anatomy, LayerFacts, LayerRole
from ollama_desk.ui.language import said
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.drawer_text import DIGEST_LENGTH, names_text
from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.table_model import SORT_ROLE, Cell, Column, TableModel
from ollama_desk.ui.text import one_line, size_text, tooltip
from ollama_desk.ui.theme import Theme

Row = tuple[int, LayerFacts]


class LayersSection(QWidget):
    """A table of layers with a line about the selected one, and the sum below."""

    again_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._layers: tuple[LayerFacts, ...] = ()
        self._rows = TableModel(_columns(), key=lambda row: str(row[0]), parent=self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._rows)
        self._sorted.setSortRole(SORT_ROLE)
        self.table = RowTable(theme, row_px=30, parent=self)
        self.table.setProperty("role", "inset")
        self.table.setAccessibleName(_tr("Layers of the model"))
        self.table.show_columns(self._sorted, self._rows.columns)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.about = wrapping_label("muted", parent=self)
        self.sum = wrapping_label("", parent=self)
        self.note = wrapping_label("muted", parent=self)
        self.again = QPushButton(_tr("Try again"), self)
        self.again.clicked.connect(self.again_requested)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self.note)
        self._layout.addWidget(self.again)
        self._layout.addWidget(self.table, 1)
        self._layout.addWidget(self.about)
        self._layout.addWidget(self.sum)
        self._layout.addStretch(0)
        theme.changed.connect(self._space)
        self._space()
        self.show_waiting()

    def show_waiting(self) -> None:
        """The folder is being looked into."""
        self._show(_tr("One moment"), "")

    def show_anatomy(self, anatomy: Anatomy) -> None:
        if anatomy.reason:
            self._show(one_line(said(anatomy.reason)), "")
            return
        self._layers = anatomy.layers
        self._show("", sum_text(anatomy))
        self._rows.show_rows(list(enumerate(anatomy.layers)))

    def show_trouble(self, sentence: str) -> None:
        """It could not be looked at."""
        self._show(one_line(sentence), "")
        self.again.show()

    def _show(self, note: str, total: str) -> None:
        has_rows = not note
        self.note.setText(note)
        self.sum.setText(total)
        self.about.setText("")
        self.again.hide()
        self.note.setVisible(not has_rows)
        for part in (self.table, self.sum):
            part.setVisible(has_rows)
        self.about.hide()
        self._layout.setStretch(self._layout.count() - 1, 0 if has_rows else 1)
        if not has_rows:
            self._layers = ()
            self._rows.show_rows([])

    def _on_selection_changed(self, _on: QItemSelection, _off: QItemSelection) -> None:
        key = self.table.current_key()
        text = about_text(self._layers[int(key)]) if key and int(key) < len(self._layers) else ""
        self.about.setText(text)
        self.about.setVisible(bool(text))

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, px(4), 0, px(4))
        self._layout.setSpacing(px(8))


def role_text(role: LayerRole) -> str:
    """What a layer is for."""
    return {
        LayerRole.WEIGHTS: _tr("Weights"),
        LayerRole.PROJECTOR: _tr("Reads pictures"),
        LayerRole.ADAPTER: _tr("Adapter"),
        LayerRole.TEMPLATE: _tr("Template"),
        LayerRole.SYSTEM: _tr("System prompt"),
        LayerRole.PARAMETERS: _tr("Parameters"),
        LayerRole.MESSAGES: _tr("First messages"),
        LayerRole.LICENCE: _tr("Licence"),
        LayerRole.CONFIGURATION: _tr("Configuration"),
        LayerRole.OTHER: _tr("Something else"),
    }[role]


def sum_text(anatomy: Anatomy) -> str:
    """What deleting gives back, and what stays for whom."""
    freed = size_text(anatomy.freed_bytes) or "0 B"
    if not anatomy.shared_bytes:
        return _tr("Deleting this model frees %1.").replace("%1", freed)
    text = _tr("Deleting this model frees %1; %2 are shared with %3.")
    names = names_text(anatomy.shared_with)
    return text.replace("%1", freed).replace("%2", size_text(anatomy.shared_bytes)).replace("%3", names)


def about_text(layer: LayerFacts) -> str:
    """All of a layer, for the line below the table."""
    digest = layer.digest.removeprefix("sha256:")
    halves = digest[: len(digest) // 2], digest[len(digest) // 2 :]
    lines = [_role(layer), layer.media_type, "sha256:", *halves]
    if layer.shared_with:
        lines.append(_tr("Shared with %1").replace("%1", names_text(layer.shared_with, 5)))
    return "\n".join(one_line(line, 300) for line in lines)


def _columns() -> tuple[Column[Row], ...]:
    return (
        Column(_tr("What it is for"), _for, "Konfiguration"),
        Column(_tr("Size"), _size, "999 MB", number=True),
        Column(_tr("Shared with"), _shared, "llama3.2:3b, a", rank=1, share=0.3),
        Column(_tr("Digest"), _digest, "bbbbbbbbbbbb", muted=True, rank=2),
    )


def _for(row: Row) -> Cell:
    return Cell(_role(row[1]), row[0], tooltip(about_text(row[1])))


def _role(layer: LayerFacts) -> str:
    text = role_text(layer.role)
    return _tr("%1 (missing)").replace("%1", text) if layer.is_missing else text


def _size(row: Row) -> Cell:
    return Cell(size_text(row[1].size_bytes), row[1].size_bytes)


def _shared(row: Row) -> Cell:
    names = row[1].shared_with
    text = names_text(names) if len(names) == 1 else _tr("%n models", len(names)) if names else ""
    return Cell(text, len(names), tooltip("\n".join(names[:20])))


def _digest(row: Row) -> Cell:
    digest = row[1].digest.removeprefix("sha256:")
    return Cell(digest[:DIGEST_LENGTH], digest, tooltip(digest))


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Drawer", text, "", number)

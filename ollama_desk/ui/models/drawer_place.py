"""Where the drawer stands: at the right of the table, or in its place where there is no room for both."""

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.shortcuts import Key
from ollama_desk.ui.theme import Theme

ROOM_PX = 880  # of the design, from which on both have room: a window of 1000


class DrawerPlace(QSplitter):
    """Shows the drawer about the model that is selected, while the person wants it.

    Beside the table it is open until it is closed, also over restarts; in the place of the table it is opened for one
    look, and gives the place back.

    Args:
        theme: of its measures.
        table: stands at the left, with what is shown instead of it.
    """

    wanted_changed = Signal(bool)  # beside the table, by the person
    covered_changed = Signal(bool)  # whether the drawer stands in the place of the table

    def __init__(self, theme: Theme, table: QWidget, *, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("models-drawer")
        self.setChildrenCollapsible(False)
        self._theme = theme
        self._table = table
        self._drawer: ModelDrawer | None = None
        self._name = ""
        self._is_wanted = True
        self._is_peeking = False
        self._is_covered = False
        self.details = QAction(_tr("Details"), self)
        self.details.setCheckable(True)
        self.details.setShortcuts([Key.DETAILS.sequence, QKeySequence(Qt.Key.Key_Space)])
        self.details.triggered.connect(self._on_triggered)
        self.addWidget(table)
        self.setStretchFactor(0, 1)
        theme.changed.connect(self._settle)
        self._settle()

    @property
    def is_wide(self) -> bool:
        """Whether table and drawer stand side by side."""
        return self.width() >= self._theme.px(ROOM_PX)

    @property
    def is_open(self) -> bool:
        """Whether the drawer is shown, or will be as soon as a model is selected."""
        return self._is_wanted if self.is_wide else self._is_peeking

    def place(self, drawer: ModelDrawer) -> None:
        self._drawer = drawer
        self.addWidget(drawer)
        self.setStretchFactor(1, 0)
        drawer.closed.connect(self.close_drawer)
        self._settle()

    def want(self, *, wanted: bool) -> None:
        """Whether it is open beside the table."""
        self._is_wanted = wanted
        self._settle()

    def follow(self, names: tuple[str, ...]) -> None:
        """These are selected: the drawer is about the only one, or stays with its own while that is among them."""
        if self._name not in names or len(names) == 1:
            self._name = names[0] if len(names) == 1 else ""
        self._settle()

    def open_drawer(self) -> None:
        """Show it, and give it the focus where it takes the table's place."""
        if self.is_wide:
            self._wish(wanted=True)
            return
        self._is_peeking = True
        self._settle()
        if self._drawer is not None and self._name:
            self._drawer.tabs.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def begin_rename(self) -> None:
        """Show the drawer, where a name is written, with the field for it."""
        if self._drawer is not None and self._name:
            self._is_wanted = self._is_wanted or self.is_wide
            self._is_peeking = True
            self._settle()
            self._drawer.actions_row.rename.click()

    def close_drawer(self) -> None:
        """Out of the way with it, and back to the table."""
        if self.is_wide:
            self._wish(wanted=False)
        self._is_peeking = False
        self._settle()
        self._table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def _wish(self, *, wanted: bool) -> None:
        self._is_wanted = wanted
        self._settle()
        self.wanted_changed.emit(wanted)

    def _on_triggered(self, checked: bool) -> None:  # noqa: FBT001 - Qt's signal
        if checked:
            self.open_drawer()
        else:
            self.close_drawer()

    def _settle(self) -> None:
        """Show what belongs here now."""
        if self.is_wide or not self._name:
            self._is_peeking = False
        self.details.setChecked(self.is_open)
        self.details.setEnabled(self.is_wide or bool(self._name))
        if self._drawer is None:
            return
        self._drawer.show_model(self._name if self.is_open else "")
        covered = self._is_peeking and not self.is_wide
        self._table.setVisible(not covered)
        if covered != self._is_covered:
            self._is_covered = covered
            self.covered_changed.emit(covered)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)

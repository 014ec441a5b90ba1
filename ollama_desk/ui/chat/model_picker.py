"""The button above the conversation that says which model answers, and lets one choose another."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from ollama_desk.domain.models import Model
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.shortcuts import Key, hint, install
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme


class ModelPicker(QPushButton):
    """Shows the current model; its menu lists what is installed."""

    model_picked = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "model")
        self.setAccessibleName(self.tr("Model"))
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        IconSetter(self, theme=theme, name="down", size=14)
        self._models: tuple[Model, ...] = ()
        self._current = ""
        self.clicked.connect(self.open_menu)
        install(Key.CHOOSE_MODEL, self, self.open_menu)
        self._show()

    @property
    def current(self) -> str:
        return self._current

    def show_models(self, models: Sequence[Model], current: str) -> None:
        self._models = tuple(models)
        self._current = current
        self._show()

    def open_menu(self) -> None:
        if not self._models:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for model in self._models:
            action = menu.addAction(one_line(model.name, 80).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(model.name == self._current)
            action.triggered.connect(lambda _=False, name=model.name: self.model_picked.emit(name))
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _show(self) -> None:
        self.setText((one_line(self._current.removesuffix(":latest"), 60) or self.tr("No model")).replace("&", "&&"))
        self.setEnabled(bool(self._models))
        choose = hint(self.tr("Choose the model"), Key.CHOOSE_MODEL)
        self.setToolTip(choose if self._models else self.tr("No model is installed yet"))

"""What the drawer tells of a model, one section at a time under tabs."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from ollama_desk.domain.models import ModelDetails
from ollama_desk.ui.models.details import ParametersSection, PromptSection, show_or_say
from ollama_desk.ui.models.layers import LayersSection
from ollama_desk.ui.models.long_text import LongText
from ollama_desk.ui.models.overview import Overview
from ollama_desk.ui.theme import Theme


class Sections(QWidget):
    """Shows what it is given."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.tabs = QTabBar(self)
        self._stack = QStackedWidget(self)
        self.overview = Overview(theme, parent=self)
        self.prompt = PromptSection(theme, parent=self)
        self.parameters = ParametersSection(theme, parent=self)
        self.layers = LayersSection(theme, parent=self)
        self.licence = LongText(theme, title=self.tr("Licence"), parent=self)
        self.modelfile = LongText(theme, title=self.tr("Modelfile"), mono=True, parent=self)
        self._texts = (self.prompt.system, self.prompt.template, self.licence, self.modelfile)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.tabs)
        self._layout.addWidget(self._stack, 1)
        self._arrange()
        self.tabs.currentChanged.connect(self._stack.setCurrentIndex)
        theme.changed.connect(self._space)
        self._space()

    def add(self, title: str, section: QWidget) -> None:
        """One more, behind the others."""
        self._stack.addWidget(section)
        self.tabs.addTab(title)

    def show_waiting(self) -> None:
        """Another model is asked about."""
        self.overview.show_fit(None)
        self.overview.keeping.show_value("")
        for part in self._texts:
            part.show_note(self.tr("One moment"))
        self.parameters.show_note(self.tr("One moment"))
        self.layers.show_waiting()

    def show_details(self, details: ModelDetails) -> None:
        """What ``show`` tells."""
        self.prompt.show_details(details)
        self.parameters.show_details(details)
        show_or_say(self.licence, details.licence, self.tr("The model says nothing about its licence."))
        show_or_say(self.modelfile, details.modelfile, self.tr("The server tells no Modelfile for this model."))

    def show_unknown(self) -> None:
        """It could not be asked; what is known stays."""
        for part in self._texts:
            if not part.text:
                part.show_note(self.tr("Not known"))
        self.parameters.show_unknown(self.tr("Not known"))

    def _arrange(self) -> None:
        self.tabs.setObjectName("tabs")
        self.tabs.setAccessibleName(self.tr("Sections of the details"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for title, section in (
            (self.tr("Overview"), self.overview),
            (self.tr("Prompt"), self.prompt),
            (self.tr("Parameters"), self.parameters),
            (self.tr("Layers"), self.layers),
            (self.tr("Licence"), self.licence),
            (self.tr("Modelfile"), self.modelfile),
        ):
            self.add(title, section)

    def _space(self) -> None:
        self._layout.setSpacing(self._theme.px(8))

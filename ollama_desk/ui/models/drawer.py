"""The drawer at the right of the table of models: everything about the one that is selected, in sections."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QTabBar, QToolButton, QVBoxLayout, QWidget

from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

WIDE_PX = 380


class ModelDrawer(QFrame):
    """Shows one model; asks for what a person wants done with it."""

    model_shown = Signal(str)  # the name of the model that is shown from now on; empty: none
    closed = Signal()
    load_requested = Signal(str)
    unload_requested = Signal(str)
    keep_alive_requested = Signal(str, str)  # name; as Ollama writes it: "5m", "0", "-1"; empty: the server's own
    default_requested = Signal(str)
    preload_requested = Signal(str, bool)  # whether it is loaded when the server starts
    copy_requested = Signal(str, str)  # name, new name
    rename_requested = Signal(str, str)  # name, new name
    delete_requested = Signal(str)
    create_requested = Signal(object)  # a ModelDraft

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawer")
        self.setAccessibleName(self.tr("About the selected model"))
        self._theme = theme
        self._name = ""
        self.title = ElidedLabel(self)
        self._close = QToolButton(self)
        self._close.setProperty("kind", "quiet")
        self._close.setAutoRaise(True)
        self._close.setAccessibleName(self.tr("Close the details"))
        self._close.setToolTip(self.tr("Close"))
        self._close.clicked.connect(self.closed)
        IconSetter(self._close, theme=theme, name="close", size=16)
        self.tabs = QTabBar(self)
        self.tabs.setObjectName("tabs")
        self.tabs.setAccessibleName(self.tr("Sections of the details"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self._stack = QStackedWidget(self)
        self.tabs.currentChanged.connect(self._stack.setCurrentIndex)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self._close)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(head)
        self._layout.addWidget(self.tabs)
        self._layout.addWidget(self._stack, 1)
        self.hide()
        theme.changed.connect(self._space)
        self._space()

    @property
    def name(self) -> str:
        """Of the model that is shown; empty for none."""
        return self._name

    def add_section(self, title: str, section: QWidget) -> None:
        """One more section, behind the others; it listens to ``model_shown`` itself."""
        self._stack.addWidget(section)
        self.tabs.addTab(title)

    def show_model(self, name: str) -> None:
        """Be about this model; empty: about none, and out of the way."""
        if name == self._name:
            return
        self._name = name
        self.title.show_text(one_line(name))
        self.setVisible(bool(name))
        self.model_shown.emit(name)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), px(8), px(16), px(8))
        self._layout.setSpacing(px(8))
        self.setFixedWidth(px(WIDE_PX))

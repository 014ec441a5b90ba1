"""The drawer at the right of the table of models: everything about the one that is selected, in sections."""

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ollama_desk.domain.anatomy import Anatomy
from ollama_desk.domain.fit import Fit
from ollama_desk.domain.models import Model, ModelDetails
from ollama_desk.domain.server import ServerStatus
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.models.calm_scroll import calm_scroll
from ollama_desk.ui.models.draft_form import DraftForm
from ollama_desk.ui.models.drawer_actions import DrawerActions
from ollama_desk.ui.models.drawer_text import Subject, hindrances
from ollama_desk.ui.models.name_field import NameField, free_name
from ollama_desk.ui.models.sections import Sections
from ollama_desk.ui.models.trouble_line import TroubleLine
from ollama_desk.ui.text import one_line, utc_now
from ollama_desk.ui.theme import Theme

WIDE_PX, NARROW_PX = 440, 300
LOW_PX = 200  # of what is below the name; where there is less it scrolls as a whole


class ModelDrawer(QFrame):
    """Shows one model; asks for what a person wants done with it.

    As wide as it is given, from 300 pixels of the design on; 440 where nobody says.
    """

    model_shown = Signal(str)  # the name of the model that is shown from now on; empty: none
    closed = Signal()  # the person wants it out of the way, by Esc or its button
    details_requested = Signal(str)  # once more, after a failure
    layers_requested = Signal(str)
    chat_requested = Signal(str)
    load_requested = Signal(str)
    unload_requested = Signal(str)
    keep_alive_requested = Signal(str, str)  # name; as Ollama writes it: "5m", "0", "-1"; empty: the server's own
    default_requested = Signal(str)  # empty: no model is the default
    preload_requested = Signal(str, bool)  # whether it is loaded when the server starts
    copy_requested = Signal(str, str)  # name, new name
    rename_requested = Signal(str, str)  # name, new name
    delete_requested = Signal(str)
    create_requested = Signal(object)  # a ModelDraft
    create_cancelled = Signal()  # what is being made is to be given up

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawer")
        self.setAccessibleName(self.tr("About the selected model"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._name = ""
        self._taken: Collection[str] = ()
        self._subject: Subject | None = None
        self._details: ModelDetails | None = None
        self._naming: SignalInstance = self.copy_requested
        self.title = ElidedLabel(self)
        self._close = QToolButton(self)
        self.actions_row = DrawerActions(theme, parent=self)
        self.naming = NameField(theme, parent=self)
        self.trouble = TroubleLine(theme, parent=self)
        self.sections = Sections(theme, parent=self)
        self.tabs = self.sections.tabs
        self.form = DraftForm(theme, parent=self)
        self.form.hide()
        self._head = QHBoxLayout()
        self._column = QWidget(self)
        self._down = QVBoxLayout(self._column)
        self._layout = QVBoxLayout(self)
        self._arrange()
        self._connect()
        self.hide()
        theme.changed.connect(self._space)
        self._space()

    @property
    def name(self) -> str:
        """Of the model that is shown; empty for none."""
        return self._name

    def add_section(self, title: str, section: QWidget) -> None:
        """One more section, behind the others; it listens to ``model_shown`` itself."""
        self.sections.add(title, section)

    def add_tool(self, button: QWidget) -> None:
        """One more thing that can be done with the model, beside the others; it listens to ``model_shown`` itself."""
        self.actions_row.add_tool(button)

    def show_model(self, name: str) -> None:
        """Be about this model; empty: about none, and out of the way."""
        if name == self._name:
            return
        self._name = name
        self._subject = self._details = None
        self.title.show_text(one_line(name))
        self.naming.leave()
        self.trouble.hide()
        self.sections.show_waiting()
        self._leave_form()
        self.setVisible(bool(name))
        self.model_shown.emit(name)

    def show_subject(self, subject: Subject) -> None:
        """What the server tells of the model now; of another model than the shown one nothing changes."""
        if subject.model.name != self._name:
            return
        self._subject = subject
        self.sections.overview.show_subject(subject, self._details, utc_now())
        why = hindrances(subject, has_details=self._details is not None)
        self.actions_row.show_hindrances(why, is_loaded=subject.running is not None)
        self.sections.overview.keeping.show_hindrances(why)
        self.form.show_hindrance(why.change)

    def show_server(self, status: ServerStatus) -> None:
        """The server's state, where it does not tell of the model."""
        self.show_subject(
            replace(self._subject, running=None, status=status)
            if self._subject is not None
            else Subject(Model(self._name), None, status)
        )

    def show_details(self, details: ModelDetails) -> None:
        """What ``show`` tells of the model that is shown."""
        self._details = details
        self.trouble.hide()
        self.sections.show_details(details)
        if self._subject is not None:
            self.show_subject(self._subject)

    def show_details_trouble(self, sentence: str) -> None:
        """Its details could not be asked for."""
        self.trouble.show_sentence(sentence)
        self.sections.show_unknown()

    def show_anatomy(self, anatomy: Anatomy) -> None:
        """What the model that is shown is made of."""
        self.sections.layers.show_anatomy(anatomy)

    def show_anatomy_trouble(self, sentence: str) -> None:
        """Its folder could not be looked into."""
        self.sections.layers.show_trouble(sentence)

    def show_fit(self, fit: Fit) -> None:
        """Whether the model that is shown runs here."""
        self.sections.overview.show_fit(fit)

    def show_taken(self, names: Collection[str]) -> None:
        """The installed models, whose names are taken."""
        if names == self._taken:
            return
        self._taken = names
        self.naming.show_taken(names)
        self.form.show_taken(names)

    def show_default(self, is_default: bool) -> None:  # noqa: FBT001 - the shown model is the subject
        """Whether new chats begin with the model that is shown."""
        self.sections.overview.keeping.show_default(is_default=is_default)

    def show_preload(self, is_preloaded: bool) -> None:  # noqa: FBT001 - the shown model is the subject
        """Whether the model that is shown is loaded when the server starts."""
        self.sections.overview.keeping.show_preload(is_preloaded=is_preloaded)

    def show_keep_alive(self, value: str) -> None:
        """How long the model that is shown stays loaded, as far as that is known; empty: as the server is set."""
        self.sections.overview.keeping.show_value(value)

    def show_creating(self, text: str) -> None:
        """The new model is being made: how far that is."""
        self.form.show_creating(text)

    def show_create_error(self, sentence: str) -> None:
        """The new model could not be made: why. What was typed is still there."""
        self.form.show_error(sentence)

    def created(self, name: str) -> None:  # noqa: ARG002 - whoever shows models selects it
        """The new model is made."""
        if self.form.created():
            self._leave_form()

    def refresh_times(self) -> None:
        """Say again how long it stays loaded."""
        if self._subject is not None:
            self.show_subject(self._subject)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(WIDE_PX), super().sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)

    def _arrange(self) -> None:
        self.title.setProperty("role", "title")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._close.setProperty("kind", "quiet")
        self._close.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._close.setAccessibleName(self.tr("Close the details"))
        self._close.setToolTip(self.tr("Close (Esc)"))
        IconSetter(self._close, theme=self._theme, name="close", size=16)
        self._head.addWidget(self.title, 1)
        self._head.addWidget(self._close)
        self._layout.addLayout(self._head)
        self._column.setObjectName("column")
        for part in (self.actions_row, self.naming, self.trouble):
            self._down.addWidget(part)
        self._down.addWidget(self.sections, 1)
        self._down.addWidget(self.form, 1)
        self._scroll = calm_scroll(self._column, parent=self)
        self._layout.addWidget(self._scroll, 1)

    def _connect(self) -> None:
        row, keeping = self.actions_row, self.sections.overview.keeping
        self._close.clicked.connect(self.closed)
        for wish, signal in (
            (row.chat_requested, self.chat_requested),
            (row.load_requested, self.load_requested),
            (row.unload_requested, self.unload_requested),
            (row.delete_requested, self.delete_requested),
            (self.trouble.again_requested, self.details_requested),
            (self.sections.layers.again_requested, self.layers_requested),
        ):
            wish.connect(partial(self._wish, signal))
        row.edit_requested.connect(self._on_edit_requested)
        self.form.create_requested.connect(self.create_requested)
        self.form.cancel_requested.connect(self.create_cancelled)
        self.form.left.connect(self._on_form_left)
        row.copy_requested.connect(self._on_copy_requested)
        row.rename_requested.connect(self._on_rename_requested)
        keeping.default_requested.connect(lambda on: self.default_requested.emit(self._name if on else ""))
        keeping.keep_alive_requested.connect(lambda value: self.keep_alive_requested.emit(self._name, value))
        keeping.preload_requested.connect(lambda on: self.preload_requested.emit(self._name, on))
        self.naming.left.connect(self._on_naming_left)
        self.naming.chosen.connect(lambda name: self._naming.emit(self._name, name))

    def _on_naming_left(self) -> None:
        """The focus goes back to where the name was asked from."""
        if self.naming.had_focus:
            row = self.actions_row
            button = row.rename if self._naming is self.rename_requested else row.copy
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _wish(self, signal: SignalInstance) -> None:
        signal.emit(self._name)

    def _on_copy_requested(self) -> None:
        self._leave_form()
        self._naming = self.copy_requested
        name = free_name(self._name, "copy", self._taken)
        self.naming.ask(self.tr("Name of the copy"), self.tr("Copy"), name=name, taken=self._taken)

    def _on_rename_requested(self) -> None:
        self._leave_form()
        self._naming = self.rename_requested
        self.naming.ask(self.tr("New name"), self.tr("Rename"), name=self._name, taken=self._taken)

    def _on_edit_requested(self) -> None:
        if self._details is None:
            return
        self.naming.leave()
        self.form.show_base(self._name, self._details, taken=self._taken)
        for part in (self.actions_row, self.sections):
            part.hide()
        self.form.show()
        self.form.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_form_left(self) -> None:
        self._leave_form()
        self.actions_row.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave_form(self) -> None:
        """What was typed stays for the next time."""
        self.form.keep()
        self.form.hide()
        for part in (self.actions_row, self.sections):
            part.show()

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), px(8), px(12), px(8))
        self._layout.setSpacing(px(8))
        self._down.setContentsMargins(0, 0, 0, 0)
        self._down.setSpacing(px(8))
        self._column.setMinimumHeight(px(LOW_PX))
        self._head.setSpacing(px(8))
        self.setMinimumWidth(px(NARROW_PX))
        self.updateGeometry()

"""The form *Edit as new model*: what is typed stays until the model is made or the person discards it."""

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ollama_desk.domain.models import ModelDetails
from ollama_desk.ui.language import said
from ollama_desk.ui.models.calm_scroll import calm_scroll
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.draft import Typed, base_parameters, draft, judge, renderer_of, untouched
from ollama_desk.ui.models.draft_parameters import ParameterRows
from ollama_desk.ui.models.kept_text import KeptText
from ollama_desk.ui.models.name_field import free_name, name_problem
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

SYSTEM_LINES, TEMPLATE_LINES = 6, 10


class DraftForm(QWidget):
    """About one base at a time; what was typed for another is kept."""

    create_requested = Signal(object)  # a ModelDraft
    cancel_requested = Signal()  # of what is being made
    left = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._base = self._suggested = ""
        self._details = ModelDetails("")
        self._taken: Collection[str] = ()
        self._begun: dict[str, Typed] = {}  # by base
        self._failed: dict[str, str] = {}
        self._hindrance = ""
        self._creating = ""  # the base of what is being made
        self._progress = ""
        self.title = wrapping_label("caption", parent=self)
        self.name = QLineEdit(self)
        self.name_problem = wrapping_label("problem", parent=self)
        self.system = _editor(theme, SYSTEM_LINES, _tr("System prompt"))
        self.system_note = wrapping_label("problem", parent=self)
        self.system_hint = wrapping_label("muted", parent=self)
        self.parameters = ParameterRows(theme, parent=self)
        self.more = QPushButton(_tr("Change the template"), self)
        self.template = _editor(theme, TEMPLATE_LINES, _tr("Template"))
        self.template_note = wrapping_label("problem", parent=self)
        self.renderer = wrapping_label("muted", parent=self)
        self.status = wrapping_label("muted", parent=self)
        self.failure = wrapping_label("problem", parent=self)
        self.create_button = QPushButton(_tr("Create model"), self)
        self.cancel = QPushButton(_tr("Cancel"), self)
        self.back = QPushButton(_tr("Back"), self)
        self.discard = QPushButton(_tr("Discard"), self)
        self._column = QWidget(self)
        self._down = QVBoxLayout(self._column)
        self._buttons = QHBoxLayout()
        self._layout = QVBoxLayout(self)
        self._arrange()
        self._connect()
        theme.changed.connect(self._space)
        self._space()

    def show_base(self, name: str, details: ModelDetails, *, taken: Collection[str]) -> None:
        """Be about making another of this model; what was typed for it before is there again."""
        self.keep()
        self._base, self._details, self._taken = name, details, taken
        self.title.setText(_tr("New model made of %1").replace("%1", one_line(name, 140)))
        self._suggested = free_name(name, "custom", taken)
        self._fill(self._begun.get(name) or untouched(details, self._suggested))

    def show_hindrance(self, reason: str) -> None:
        """Why nothing can be made now; empty: it can."""
        if reason != self._hindrance:
            self._hindrance = reason
            self._follow()

    def show_taken(self, taken: Collection[str]) -> None:
        """The installed models are these now."""
        self._taken = taken
        if not self.isHidden():
            self._follow()

    def keep(self) -> None:
        """Remember what is typed, if anything is; another model is about to be shown."""
        if self._base and self._is_touched():
            self._begun[self._base] = self.typed()
        else:
            self._begun.pop(self._base, None)

    def typed(self) -> Typed:
        """The fields as they stand."""
        return Typed(self.name.text(), self.system.text(), self.template.text(), self.parameters.typed())

    def show_creating(self, text: str) -> None:
        """It is being made; ``text`` says how far that is."""
        self._creating, self._progress = self._creating or self._base, one_line(text)
        self._follow()

    def show_error(self, sentence: str) -> None:
        """It could not be made; what was typed is still there."""
        self._failed[self._creating or self._base] = one_line(said(sentence))
        self._creating = self._progress = ""
        self._follow()

    def created(self) -> bool:
        """It is made, and so nothing is typed any more; whether this was the one on screen."""
        done, self._creating, self._progress = self._creating or self._base, "", ""
        self._begun.pop(done, None)
        self._failed.pop(done, None)
        was_shown = done == self._base
        if was_shown:
            self._base = ""
        else:
            self._follow()
        return was_shown

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _fill(self, typed: Typed) -> None:
        with QSignalBlocker(self.name), QSignalBlocker(self.system), QSignalBlocker(self.template):
            self.name.setText(typed.name)
            self.system.show_text(typed.system)
            self.template.show_text(typed.template)
        self.parameters.show_parameters(typed.parameters, base_parameters(self._details))
        self.more.setChecked(typed.template != self._details.template)
        too_long = _tr("This text is too long to be edited here. It stays as it is.")
        renderer = renderer_of(self._details)
        hint = too_long if self.template.is_locked else ""
        if renderer:
            hint = _tr("The prompts of this model are made by Ollama's renderer “%1”, not by a template.")
        _say(self.system_hint, too_long if self.system.is_locked else "")
        _say(self.renderer, hint.replace("%1", one_line(renderer, 80)))
        self.more.setEnabled(not renderer)
        self._follow()

    def _is_touched(self) -> bool:
        typed = self.typed()
        return typed != untouched(self._details, self._suggested)

    def _follow(self) -> None:
        """Say what is wrong and what can be done."""
        typed = self.typed()
        judged = judge(typed, self._details)
        problem = name_problem(typed.name, self._taken)
        no_system = _tr("A model that is made of another keeps its system prompt: it can be replaced, not taken away.")
        no_template = _tr("A model that is made of another keeps its template: it can be replaced, not taken away.")
        _say(self.name_problem, problem)
        _say(self.system_note, no_system if judged.lost_system else "")
        _say(self.template_note, no_template if judged.lost_template else "")
        self.parameters.show_wrong(judged.wrong)
        is_mine = self._creating == self._base and bool(self._creating)
        _say(self.failure, "" if is_mine else self._failed.get(self._base, ""))
        self._column.setEnabled(not is_mine)
        reason = ""
        if self._creating:
            reason = self._progress if is_mine else _tr("Another model is being made.")
        elif self._hindrance:
            reason = self._hindrance
        elif not typed.name.strip():
            reason = _tr("Write a name.")
        elif judged.is_usable and not judged.is_changed:
            reason = _tr("Nothing is changed yet.")
        _say(self.status, reason)
        self.create_button.setEnabled(not reason and not problem and judged.is_usable)
        self.create_button.setAccessibleDescription(reason)
        self.create_button.setVisible(not is_mine)
        self.cancel.setVisible(is_mine)
        self.discard.setVisible(self._is_touched() and not is_mine)

    def _on_changed(self) -> None:
        self._failed.pop(self._base, None)
        self._follow()

    def _on_create_clicked(self) -> None:
        typed = self.typed()
        judged = judge(typed, self._details)
        self._failed.pop(self._base, None)
        self.keep()
        self.show_creating(_tr("The model is being made"))
        self.create_requested.emit(draft(typed, judged, self._base))

    def _on_discard_clicked(self) -> None:
        self._begun.pop(self._base, None)
        self._failed.pop(self._base, None)
        self._fill(untouched(self._details, self._suggested))
        self.left.emit()

    def _connect(self) -> None:
        for edit in (self.name, self.system, self.template):
            edit.textChanged.connect(self._on_changed)
        self.parameters.changed.connect(self._on_changed)
        self.more.toggled.connect(self.template.setVisible)
        self.create_button.clicked.connect(self._on_create_clicked)
        self.cancel.clicked.connect(self.cancel_requested)
        self.back.clicked.connect(self.left)
        self.discard.clicked.connect(self._on_discard_clicked)

    def _arrange(self) -> None:
        self.name.setAccessibleName(_tr("Name of the new model"))
        self.create_button.setProperty("kind", "primary")
        self.cancel.setAccessibleDescription(_tr("Gives up the model that is being made"))
        self.discard.setProperty("kind", "quiet")
        self.more.setProperty("kind", "quiet")
        self.more.setCheckable(True)
        self.template.hide()
        self._column.setObjectName("column")
        for title, parts in (
            (_tr("Name"), (self.name, self.name_problem)),
            (_tr("System prompt"), (self.system, self.system_hint, self.system_note)),
            (_tr("Parameters"), (self.parameters,)),
        ):
            caption = QLabel(title, self._column, textFormat=Qt.TextFormat.PlainText)
            caption.setProperty("role", "caption")
            self._down.addWidget(caption)
            for part in parts:
                self._down.addWidget(part)
        self._down.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeading)
        for each in (self.renderer, self.template, self.template_note):
            self._down.addWidget(each)
        self._down.addStretch(1)
        scroll = calm_scroll(self._column, parent=self)
        for button in (self.create_button, self.cancel, self.back, self.discard):
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
        self._layout.addWidget(self.title)
        self._layout.addWidget(scroll, 1)
        self._layout.addWidget(self.status)
        self._layout.addWidget(self.failure)
        self._layout.addLayout(self._buttons)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(px(8))
        self._down.setContentsMargins(0, 0, px(8), 0)
        self._down.setSpacing(px(6))
        self._buttons.setSpacing(px(8))
        self.template.setFont(self._theme.code_font())


def _editor(theme: Theme, lines: int, name: str) -> KeptText:
    edit = KeptText()
    edit.setAccessibleName(name)
    edit.show_lines(lines, above_px=theme.px(16))
    return edit


def _say(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Draft", text)

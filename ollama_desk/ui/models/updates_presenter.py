"""Connects the check for updates to its button, its line over the table, the marks, and the cards of the catalogue."""

from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.events import ModelsChanged, PullsChanged, UpdatesChanged
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import PullJob
from ollama_desk.domain.updates import CheckState, UpdateCheck
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.models.actions import Names
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.models.typed_name import full_name
from ollama_desk.ui.models.updates_text import button_tip, result_text, work_text
from ollama_desk.ui.models.work_line import WorkLine
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme


class Updates(Protocol):
    """What is needed of the service."""

    @property
    def status(self) -> UpdateCheck: ...
    def start(self, names: Collection[str] | None = None) -> None: ...
    def cancel(self) -> None: ...
    def update(self, names: Iterable[str]) -> Coroutine[Any, Any, None]: ...


class Table(Protocol):
    """Where the marks are seen, and the models selected."""

    def show_marks(self, mark: Mark, names: frozenset[str]) -> None: ...
    def selected_names(self) -> Names: ...
    def add_action(
        self, action: QAction, *, icon: str, for_many: bool, is_possible: Callable[[Names], bool]
    ) -> None: ...
    def enable_actions(self) -> None: ...


class Cards(Protocol):
    """Where the catalogue's are."""

    def show_updates(self, names: Collection[str]) -> None: ...


class UpdatesPresenter:
    """Nothing is asked of a registry before the button is pressed.

    Args:
        updates: the service.
        button: begins the check.
        line: tells of it.
        table: of the installed models.
        cards: of the catalogue.
        signals: the events.
        actions: runs what takes time.
        models: what is installed now.
        jobs: the downloads now.
        show_downloads: leads to them.
    """

    def __init__(
        self,
        updates: Updates,
        *,
        button: QToolButton,
        line: WorkLine,
        table: Table,
        cards: Cards,
        signals: Signals,
        actions: Actions,
        models: Collection[Model],
        jobs: Iterable[PullJob],
        show_downloads: Callable[[], None],
    ) -> None:
        self._updates = updates
        self._button = button
        self._line = line
        self._table = table
        self._cards = cards
        self._actions = actions
        self._show_downloads = show_downloads
        self._is_closed = True  # nobody waits for a result
        self._have_models = bool(models)
        self._pulled = _pulled(jobs)
        self._marked: frozenset[str] = frozenset()
        self.action = QAction(_tr("Update"), line)
        self.action.triggered.connect(self._on_triggered)
        table.add_action(self.action, icon="update", for_many=True, is_possible=self._is_possible)
        button.clicked.connect(self._on_check_requested)
        line.cancel_requested.connect(updates.cancel)
        line.act_requested.connect(self._on_act_requested)
        line.closed.connect(self._on_closed)
        signals.updates_changed.connect(self._on_updates_changed)
        signals.models_changed.connect(self._on_models_changed)
        signals.pulls_changed.connect(self._on_pulls_changed)
        self._show()

    def update(self, names: Iterable[str]) -> None:
        """Download what there is now under these names."""
        self._actions.run(self._updates.update(tuple(names)), name="update models")

    def _is_possible(self, names: Names) -> bool:
        return not self._waiting().isdisjoint(names)

    def _on_triggered(self) -> None:
        chosen = self._waiting().intersection(self._table.selected_names())
        if chosen:
            self.update(sorted(chosen))

    def _on_check_requested(self) -> None:
        self._is_closed = False
        self._updates.start()

    def _on_act_requested(self) -> None:
        waiting = self._waiting()
        if waiting:
            self.update(sorted(waiting))
        else:
            self._show_downloads()

    def _on_closed(self) -> None:
        self._is_closed = True

    def _on_updates_changed(self, _event: UpdatesChanged) -> None:
        self._show()

    def _on_models_changed(self, event: ModelsChanged) -> None:
        if self._have_models != bool(event.models):
            self._have_models = bool(event.models)
            self._show()

    def _on_pulls_changed(self, event: PullsChanged) -> None:
        pulled = _pulled(event.jobs)
        if pulled != self._pulled:
            self._pulled = pulled
            self._show()

    def _waiting(self) -> set[str]:
        """The updates that nobody downloads yet."""
        return {name for name in self._updates.status.names if full_name(name) not in self._pulled}

    def _show(self) -> None:
        check = self._updates.status
        is_under_way = check.state is CheckState.UNDER_WAY
        if check.names != self._marked:
            self._marked = check.names
            self._table.show_marks(Mark.UPDATE, check.names)
            self._cards.show_updates({full_name(name) for name in check.names})
        self.action.setVisible(bool(check.updates))
        self._table.enable_actions()
        self._button.setEnabled(self._have_models and not is_under_way)
        self._button.setToolTip(tooltip(button_tip(check)))
        if is_under_way:
            self._line.show_work(work_text(check), share=check.asked / check.total if check.total else None)
        elif not self._is_closed and check.state is not CheckState.NEVER:
            waiting = self._waiting()
            coming = check.names - waiting
            act = _act_text(len(waiting)) if waiting else _tr("Show downloads") if coming else ""
            self._line.show_result(result_text(check, coming=coming), act=act)
        else:
            self._line.hide()


def check_button(theme: Theme) -> QToolButton:
    """The button that begins a check."""
    button = QToolButton()
    button.setProperty("kind", "quiet")
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setAccessibleName(_tr("Check for updates"))
    IconSetter(button, theme=theme, name="restart")
    return button


def _act_text(count: int) -> str:
    return _tr("Update") if count == 1 else _tr("Update all")


def _pulled(jobs: Iterable[PullJob]) -> frozenset[str]:
    return frozenset(full_name(job.name) for job in jobs if not job.state.is_over)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Updates", text)

"""Downloads are told of outside their list: rail, tabs, dock, launcher, tray, notices, screen reader."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.events import PullFailed, PullFinished, PullProgressed, PullsChanged
from ollama_desk.domain.models import CAPABILITY_COMPLETION, CAPABILITY_EMBEDDING, Model
from ollama_desk.domain.pulls import PullState
from ollama_desk.ui.announcer import Announcer
from ollama_desk.ui.count_badge import CountBadge
from ollama_desk.ui.launcher import Launcher
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.desktop_word import DesktopWord
from ollama_desk.ui.models.download_text import Summary
from ollama_desk.ui.models.page import ModelsPage
from ollama_desk.ui.models.summing import Summing
from ollama_desk.ui.models.tellings import DownloadTellings
from ollama_desk.ui.progress_ring import ProgressRing
from ollama_desk.ui.server.status_line import StatusLine
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.tray import Tray
from tests.support.pull_desk import GB, pull_job

JOB = pull_job(1, "llama3.2:3b", total_bytes=4 * GB, completed_bytes=GB)


@dataclass(slots=True)
class Told:
    """A window with what a person was told."""

    window: MainWindow
    page: ModelsPage
    bus: EventBus
    notices: list[tuple[str, str]] = field(default_factory=list)
    actions: list[Callable[[], None]] = field(default_factory=list)
    launcher: list[dict[str, Any]] = field(default_factory=list)
    chats: list[str] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)

    def notify(self, text: str, action_label: str | None = None, on_action: Callable[[], None] | None = None) -> None:
        self.notices.append((text, action_label or ""))
        if on_action is not None:
            self.actions.append(on_action)

    @property
    def ring(self) -> ProgressRing:
        found = self.line.downloads.findChild(ProgressRing)
        assert found is not None
        return found

    @property
    def line(self) -> StatusLine:
        found = self.window.findChild(StatusLine)
        assert found is not None
        return found

    @property
    def badge(self) -> CountBadge:
        found = self.window.findChild(CountBadge)
        assert found is not None
        return found

    @property
    def entry(self) -> QToolButton:
        found = self.badge.parent()
        assert isinstance(found, QToolButton)
        return found


@pytest.fixture
def told(theme: Theme, qtbot: QtBot) -> Iterator[Told]:
    window, page, bus = MainWindow(theme), ModelsPage(theme), EventBus()
    qtbot.addWidget(window)
    window.add_page("chat", "Chat", "chat", QWidget(), "Ctrl+1")
    window.add_page("models", "Models", "models", page, "Ctrl+2")
    window.show()
    made, signals = Told(window, page, bus), Signals(bus)
    tellings = DownloadTellings(
        (),
        signals=signals,
        page=page,
        window=window,
        dock=window.dock,
        launcher=Launcher(made.launcher.append),
        notify=made.notify,
        models=lambda: made.models,
        chat_with=made.chats.append,
    )
    window.dock.downloads_requested.connect(tellings.show_downloads)
    yield made
    signals.disconnect_bus()


def test_a_running_download_is_seen_from_every_page(told: Told) -> None:
    told.bus.publish(PullsChanged((JOB, pull_job(2, state=PullState.QUEUED))))
    assert told.badge.text == "2"
    assert told.badge.isVisible()
    assert told.entry.accessibleName() == "Models, 2 downloads · 25 %"
    assert told.page.tabs.tabText(2) == "Downloads (2)"
    assert told.line.downloads.isVisible()
    assert told.line.downloads.text() == "2 downloads · 25 %"
    assert told.line.downloads.accessibleName() == "Show the downloads: 2 downloads · 25 %"
    assert told.ring.percent == 25
    assert told.launcher == [{"progress": 0.25, "progress-visible": True}]


def test_progress_is_told_by_whole_per_cents(told: Told) -> None:
    told.bus.publish(PullsChanged((JOB,)))
    for step in range(1, 200):
        told.bus.publish(PullProgressed(replace(JOB, completed_bytes=GB + step * 1_000_000)))
    assert [each["progress"] for each in told.launcher] == [0.25, 0.26, 0.27, 0.28, 0.29]


def test_nothing_is_told_when_nothing_goes_on(told: Told) -> None:
    assert not told.window.findChildren(CountBadge) or not told.badge.isVisible()
    told.bus.publish(PullsChanged((JOB,)))
    told.bus.publish(PullsChanged((replace(JOB, state=PullState.PAUSED),)))
    assert not told.badge.isVisible()
    assert told.entry.accessibleName() == "Models"
    assert told.page.tabs.tabText(2) == "Downloads"
    assert not told.line.downloads.isVisible()
    assert told.launcher[-1] == {"progress": 0.0, "progress-visible": False}


def test_the_dock_leads_to_the_list(told: Told) -> None:
    told.window.show_page("chat")
    told.bus.publish(PullsChanged((JOB,)))
    told.line.downloads.click()
    assert told.window.current_page() == "models"
    assert told.page.current_view() == "downloads"


def test_on_a_narrow_line_the_ring_stays_without_its_words(told: Told) -> None:
    told.bus.publish(PullsChanged((JOB,)))
    told.line.resize(250, 38)
    assert told.line.downloads.text() == ""
    assert told.line.downloads.toolTip()
    told.line.resize(900, 38)
    assert "25 %" in told.line.downloads.text()


def test_a_model_that_came_offers_a_chat_under_the_name_it_has_now(told: Told) -> None:
    told.models.append(Model("llama3.2:latest", capabilities=frozenset({CAPABILITY_COMPLETION})))
    told.bus.publish(PullFinished(pull_job(1, "llama3.2", PullState.FINISHED)))
    assert told.notices == [("llama3.2 is downloaded.", "Chat")]
    told.actions[0]()
    assert told.chats == ["llama3.2:latest"]


def test_a_model_that_cannot_chat_offers_none(told: Told) -> None:
    told.models.append(Model("nomic:latest", capabilities=frozenset({CAPABILITY_EMBEDDING})))
    told.bus.publish(PullFinished(pull_job(1, "nomic", PullState.FINISHED)))
    assert told.notices == [("nomic is downloaded.", "")]


def test_a_failed_download_says_why_and_leads_to_itself(told: Told) -> None:
    failed = replace(JOB, id=2, state=PullState.FAILED, reason="The disk is full.")
    told.page.downloads.show_jobs((JOB, failed))
    told.bus.publish(PullFailed(failed))
    assert told.notices == [("The download of llama3.2:3b failed. The disk is full.", "Show downloads")]
    told.actions[0]()
    assert told.page.current_view() == "downloads"
    assert told.page.downloads.selected_id() == 2


def test_more_than_ninety_nine_are_many(told: Told) -> None:
    told.window.show_count("models", 250, "250 downloads")
    assert told.badge.text == "99+"
    told.badge.grab()
    told.window.show_count("nowhere", 3, "x")
    assert len(told.window.findChildren(CountBadge)) == 1


def test_the_views_are_reached_by_keyboard_and_keep_the_focus(told: Told) -> None:
    told.window.show_page("models")
    assert told.page.current_view() == "installed"
    told.page.show_view("get")
    assert told.page.focusProxy() is told.page.get
    told.page.show_view("nothing like it")
    assert told.page.current_view() == "get"
    told.page.downloads.get_requested.emit()
    assert told.page.current_view() == "get"


def test_the_figure_is_told_once_and_again_only_when_it_changes() -> None:
    bus, heard = EventBus(), list[Summary]()
    signals = Signals(bus)
    kept = Summing((JOB,), signals=signals, tell=heard.append)
    bus.publish(PullsChanged((JOB,)))
    bus.publish(PullProgressed(replace(JOB, completed_bytes=2 * GB)))
    bus.publish(PullProgressed(pull_job(99)))
    assert heard == [Summary(1, 25), Summary(1, 50)]
    signals.disconnect_bus()
    del kept


def test_the_desktop_is_told_only_while_nobody_looks_at_the_window() -> None:
    bus, said, seen = EventBus(), list[str](), [True]
    signals = Signals(bus)
    kept = DesktopWord(signals, say=said.append, is_seen=lambda: seen[0])
    bus.publish(PullFinished(JOB))
    seen[0] = False
    bus.publish(PullFinished(JOB))
    bus.publish(PullFailed(JOB))
    assert said == ["llama3.2:3b is downloaded.", "The download of llama3.2:3b failed."]
    signals.disconnect_bus()
    del kept


def test_the_screen_reader_hears_of_the_end() -> None:
    bus, heard = EventBus(), list[tuple[str, bool]]()
    signals = Signals(bus)
    kept = Announcer(signals, speak=lambda sentence, *, urgent: heard.append((sentence, urgent)))
    bus.publish(PullFinished(JOB))
    bus.publish(PullFailed(replace(JOB, reason="The disk is full.")))
    said = "The download of llama3.2:3b failed. The disk is full."
    assert heard == [("llama3.2:3b is downloaded.", False), (said, True)]
    signals.disconnect_bus()
    del kept


def test_the_tray_has_a_line_for_downloads_while_they_go_on(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    tray = Tray(theme, parent=window)
    wanted: list[None] = []
    tray.downloads_requested.connect(lambda: wanted.append(None))
    tray.show_downloads("2 downloads · 43 %")
    tray.show_downloads("2 downloads · 44 %")
    first, line = tray.menu.actions()[:2]
    assert first.text().startswith("Server")
    assert line.text() == "2 downloads · 44 %"
    line.trigger()
    assert wanted
    tray.show_downloads("")
    assert line not in tray.menu.actions()


def test_the_ring_is_drawn_anew_for_each_per_cent(theme: Theme, qtbot: QtBot) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    ring = ProgressRing(button, theme=theme)
    first = button.icon().cacheKey()
    ring.show_percent(0)
    assert button.icon().cacheKey() == first
    ring.show_percent(40)
    assert button.icon().cacheKey() != first


def test_the_launcher_is_told_nothing_where_nothing_was_shown() -> None:
    sent = list[dict[str, Any]]()
    launcher = Launcher(sent.append)
    launcher.show(None)
    assert sent == []
    launcher.show(40)
    launcher.show(None)
    assert [each["progress-visible"] for each in sent] == [True, False]

"""Connects each part of the Models page to the service behind it."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.services.desk import Desk
from ollama_desk.ui.launcher import Launcher
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.catalogue_presenter import CataloguePresenter
from ollama_desk.ui.models.changes_presenter import ChangesPresenter
from ollama_desk.ui.models.disk_panel import DiskPanel
from ollama_desk.ui.models.disk_presenter import DiskPresenter
from ollama_desk.ui.models.downloads_presenter import DownloadsPresenter
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.drawer_presenter import DrawerPresenter
from ollama_desk.ui.models.export_presenter import ExportPresenter
from ollama_desk.ui.models.fit_presenter import FitPresenter
from ollama_desk.ui.models.get_presenter import GetPresenter
from ollama_desk.ui.models.move_card import MoveCard
from ollama_desk.ui.models.move_presenter import MovePresenter
from ollama_desk.ui.models.page import DOWNLOADS, ModelsPage
from ollama_desk.ui.models.presenter import ModelsPresenter
from ollama_desk.ui.models.recommend_presenter import RecommendPresenter
from ollama_desk.ui.models.recommend_row import RecommendRow
from ollama_desk.ui.models.speed_presenter import SpeedPresenter
from ollama_desk.ui.models.speed_section import SpeedSection
from ollama_desk.ui.models.table_memory import TableMemory
from ollama_desk.ui.models.tellings import DownloadTellings
from ollama_desk.ui.models.updates_presenter import UpdatesPresenter, check_button
from ollama_desk.ui.models.work_line import WorkLine
from ollama_desk.ui.settings.presenter import open_with_desktop
from ollama_desk.ui.theme import Theme


class ModelsWiring:
    """Holds the presenters of the page for as long as the window is there.

    Args:
        desk: the services.
        page: what is connected to them.
        window: has the notices and the dock.
        theme: of what is built here.
        signals: the events.
        actions: runs what takes time.
        try_demo: installs the demonstration model, asking first where that is called for.
        chat_with: opens a chat with the model of this name.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        page: ModelsPage,
        window: MainWindow,
        theme: Theme,
        signals: Signals,
        actions: Actions,
        try_demo: Callable[[], None],
        chat_with: Callable[[str], None],
    ) -> None:
        self._desk = desk
        self._page = page
        self._window = window
        self._theme = theme
        self._signals = signals
        self._actions = actions
        self._try_demo = try_demo
        self._chat_with = chat_with
        self._kept: list[object] = []
        self._wire_installed()
        self._wire_drawer()
        self._wire_speed()
        self._wire_changes()
        self._wire_downloads()
        self._wire_get()
        self._wire_recommendation()
        self._wire_updates()
        self._wire_exports()
        self._wire_disk()
        self._wire_move()

    def ask_to_move(self) -> None:
        """Show the card of the models folder and let a new place be chosen; the card says why where that cannot be."""
        self._page.show_view("disk")
        self.disk.show_card(self.move_card)
        self.move_card.choose.setFocus(Qt.FocusReason.OtherFocusReason)
        self.move_card.ask_for_place()

    def _wire_installed(self) -> None:
        desk, panel = self._desk, self._page.installed
        self.drawer = ModelDrawer(self._theme, parent=panel)
        panel.place_drawer(self.drawer)
        TableMemory(self._window.memory, panel=panel)
        listing = ModelsPresenter(
            desk.models,
            panel=panel,
            signals=self._signals,
            server=desk.server.status,
            start_server=desk.server.start,
            try_demo=self._try_demo,
            chat_with=self._chat_with,
        )
        self._kept.append(listing)

    def _wire_drawer(self) -> None:
        desk = self._desk
        telling = DrawerPresenter(
            desk.models,
            anatomies=desk.anatomy,
            fits=desk.fit,
            drawer=self.drawer,
            signals=self._signals,
            actions=self._actions,
            server=desk.server.status,
            chat_with=self._chat_with,
        )
        self._kept.append(telling)

    def _wire_changes(self) -> None:
        desk = self._desk
        changing = ChangesPresenter(
            desk.changes,
            models=desk.models,
            freed_by=desk.anatomy.freed_by,
            panel=self._page.installed,
            drawer=self.drawer,
            signals=self._signals,
            actions=self._actions,
            notify=self._window.notices.notify,
        )
        self._kept.append(changing)

    def _wire_speed(self) -> None:
        section = SpeedSection(self._theme)
        self.drawer.add_section(QCoreApplication.translate("Speed", "Speed"), section)
        measuring = SpeedPresenter(
            self._desk.speed,
            section=section,
            drawer=self.drawer,
            table=self._page.installed,
            signals=self._signals,
            actions=self._actions,
            notify=self._window.notices.notify,
        )
        self._kept.append(measuring)

    def _wire_downloads(self) -> None:
        pulls, window, page = self._desk.pulls, self._window, self._page
        tellings = DownloadTellings(
            pulls.jobs,
            signals=self._signals,
            page=page,
            window=window,
            dock=window.dock,
            launcher=Launcher(),
            notify=window.notices.notify,
            models=lambda: self._desk.models.models,
            chat_with=self._chat_with,
        )
        window.dock.downloads_requested.connect(tellings.show_downloads)
        listing = DownloadsPresenter(
            pulls, panel=page.downloads, signals=self._signals, actions=self._actions, chat_with=tellings.chat_with
        )
        self._kept += [tellings, listing]

    def _wire_get(self) -> None:
        desk, page = self._desk, self._page
        getting = GetPresenter(
            desk.pulls,
            panel=page.get,
            signals=self._signals,
            actions=self._actions,
            server=desk.server.status,
            show_job=page.show_download,
        )
        choosing = CataloguePresenter(
            desk.catalogue,
            memory=desk.fit,
            panel=page.get,
            signals=self._signals,
            actions=self._actions,
            models=desk.models.models,
        )
        fitting = FitPresenter(
            desk.fit,
            card=page.get.card,
            installed=page.installed,
            signals=self._signals,
            actions=self._actions,
            models=desk.models.models,
        )
        self._kept += [fitting, getting, choosing]

    def _wire_recommendation(self) -> None:
        desk, panel = self._desk, self._page.get
        row = RecommendRow(self._theme, parent=panel.catalogue)
        panel.catalogue.place_first(row)
        recommending = RecommendPresenter(
            desk.recommendation,
            row=row,
            panel=panel,
            signals=self._signals,
            actions=self._actions,
            models=lambda: desk.models.models,
            server=desk.server.status,
            chat_with=self._chat_with,
        )
        self._kept.append(recommending)

    def _wire_updates(self) -> None:
        desk, page = self._desk, self._page
        button = check_button(self._theme)
        line = WorkLine(self._theme, name=QCoreApplication.translate("Updates", "Check for updates"))
        page.installed.add_tool(button)
        page.installed.add_line(line)
        checking = UpdatesPresenter(
            desk.updates,
            button=button,
            line=line,
            table=page.installed,
            cards=page.get.catalogue,
            signals=self._signals,
            actions=self._actions,
            models=desk.models.models,
            jobs=desk.pulls.jobs,
            show_downloads=lambda: page.show_view(DOWNLOADS),
        )
        self._kept.append(checking)

    def _wire_exports(self) -> None:
        page = self._page
        line = WorkLine(self._theme, name=QCoreApplication.translate("Exports", "Export to a file"))
        page.installed.add_line(line)
        exporting = ExportPresenter(
            self._desk.exports,
            panel=page.installed,
            line=line,
            signals=self._signals,
            actions=self._actions,
            notify=self._window.notices.notify,
            show_folder=open_with_desktop,
        )
        self._kept.append(exporting)

    def _wire_disk(self) -> None:
        desk, page = self._desk, self._page
        self.disk = DiskPanel(self._theme, parent=page)
        page.add_view("disk", QCoreApplication.translate("Disk", "Disk"), self.disk)
        telling = DiskPresenter(
            desk.upkeep,
            speeds=desk.speed,
            panel=self.disk,
            table=page.installed,
            signals=self._signals,
            actions=self._actions,
        )
        self.disk.get_requested.connect(lambda: page.show_view("get"))
        self.disk.downloads_requested.connect(lambda: page.show_view("downloads"))
        self._kept.append(telling)

    def _wire_move(self) -> None:
        self.move_card = MoveCard(self._theme)
        self.disk.add_card(self.move_card)
        self.move_card.asked.connect(self.disk.show_card)
        moving = MovePresenter(
            self._desk.moving,
            places=self._desk.settings,
            card=self.move_card,
            signals=self._signals,
            actions=self._actions,
            notify=self._window.notices.notify,
            open_path=open_with_desktop,
        )
        self.disk.appeared.connect(moving.look)
        self._kept.append(moving)

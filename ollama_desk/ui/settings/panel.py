"""The Settings page: every setting with its default and what it does, in sections, and where the file is."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from ollama_desk.domain.settings import FolderContent, Override, Restart, Settings
from ollama_desk.ui.about.about_row import AboutRow
from ollama_desk.ui.language import said
from ollama_desk.ui.settings.places import Places
from ollama_desk.ui.settings.restart_bar import RestartBar
from ollama_desk.ui.settings.row import SettingRow
from ollama_desk.ui.settings.rows import Rows
from ollama_desk.ui.text import one_line, size_text
from ollama_desk.ui.theme import Theme

COLUMN_PX = 760
BESIDE_PX = 600  # narrower than this a control stands below its words
# What a person typed stays to be corrected.
TYPED = ("host", "keep_alive", "model_keep_alive", "models_folder", "preload_models", "server_program")


class SettingsPanel(QWidget):
    """Shows settings; asks for others."""

    change_requested = Signal(str, object)  # name of the setting, its new value
    restart_requested = Signal()
    open_requested = Signal(str)  # "models", or what ``Places`` has
    move_requested = Signal()  # of the models folder
    shown = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._settings: Settings | None = None
        self._rows = Rows(theme, parent=self)
        self.rows: dict[str, SettingRow] = {}
        self.places = Places(theme)
        self.about = AboutRow(theme)
        self.bar = RestartBar(theme, parent=self)
        self._scroll = QScrollArea(self)
        self.column = QWidget(self)
        self._sections: list[QVBoxLayout] = []
        self._cards: list[QVBoxLayout] = []
        self._layout = QVBoxLayout(self.column)
        self._arrange()
        self._rows.folder.open_requested.connect(lambda: self.open_requested.emit("models"))
        self._rows.folder.move_requested.connect(self.move_requested)
        self.places.open_requested.connect(self.open_requested)
        self.bar.restart_requested.connect(self.restart_requested)
        theme.changed.connect(self._space)
        self._space()
        self.setFocusProxy(self.rows["theme"].control)
        self.show_settings(Settings())

    def show_settings(self, settings: Settings) -> None:
        """Show what is set; a field that a person is changing stays while its setting does."""
        before, self._settings = self._settings, settings
        self._rows.show_sizes(settings.font_size_pt)
        for field in fields(Settings):
            value = getattr(settings, field.name)
            if before is None or value != getattr(before, field.name):
                self.rows[field.name].show_problem("")
                self.rows[field.name].show_value(value)
        if before is None or settings.server_program != before.server_program:
            self.show_program_version("")

    def show_overrides(self, overrides: Mapping[str, Override]) -> None:
        """What hides which setting in this run."""
        for name, override in overrides.items():
            if name in self.rows:
                self.rows[name].show_override(self._hidden_by(override))
        self.places.show_override(self._hidden_by(overrides["data_folder"]) if "data_folder" in overrides else "")

    def show_restart(self, needed: Mapping[str, Restart]) -> None:
        """What has to be started again, by the name of the setting."""
        for name, row in self.rows.items():
            row.show_restart(needed.get(name, Restart.NOTHING))
        self.bar.show_restart(set(needed.values()))

    def show_problem(self, name: str, sentence: str) -> None:
        """Why a value was not taken."""
        row = self.rows[name]
        if sentence and name not in TYPED and self._settings is not None:
            row.show_value(getattr(self._settings, name))
        row.show_problem(said(sentence))

    def show_models(self, names: Sequence[str]) -> None:
        """What is installed."""
        self._rows.show_models(names)

    def show_content(self, content: FolderContent) -> None:
        """What is in the models folder."""
        self._rows.show_default_folder(str(content.path))
        self._rows.folder.open.setEnabled(content.exists)
        if not content.exists:
            said = self.tr("The folder is not there yet. It is made when the first model is installed.")
        elif not content.model_count:
            said = self.tr("No models in it.")
        else:
            words = self.tr("1 model, %1") if content.model_count == 1 else self.tr("%2 models, %1")
            said = words.replace("%1", size_text(content.size_bytes)).replace("%2", str(content.model_count))
        self.rows["models_folder"].show_remark(f"{one_line(str(content.path), 200)}\n{said}")

    def show_program_version(self, version: str) -> None:
        """What the chosen program said of itself; empty: nothing is known."""
        said = self.tr("It tells version %1.").replace("%1", one_line(version, 40)) if version else ""
        self.rows["server_program"].show_remark(said)

    def show_places(self, file: Path, data_folder: Path) -> None:
        """Where the settings and everything else are."""
        self.places.show_paths(file, data_folder)

    def show_tray(self, *, available: bool) -> None:
        """Without a tray there is nothing to hide in."""
        said = "" if available else self.tr("This desktop has no tray.")
        self.rows["close_to_tray"].show_override(said)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stack_rows()

    def _hidden_by(self, override: Override) -> str:
        if override.is_argument:
            said = self.tr("The argument %1 sets it to %2 for this run.")
        else:
            said = self.tr("The environment variable %1 sets it to %2.")
        return said.replace("%1", override.by).replace("%2", one_line(override.value, 120))

    def _arrange(self) -> None:
        title = QLabel(self.tr("Settings"), self)
        title.setProperty("role", "title")
        self._layout.addWidget(title)
        self._add_section(self.tr("Look"), self._rows.look())
        self._add_section(self.tr("Chat"), self._rows.chat())
        self._add_section(self.tr("Server"), self._rows.server())
        self._add_section(self.tr("Models"), self._rows.model_storage())
        self._add_section(self.tr("Start"), self._rows.start())
        self._add_section(self.tr("Files"), [self.places])
        self._add_section(self.tr("About"), [self.about])
        self._layout.addStretch(1)
        self._scroll.setObjectName("scroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.column)  # itself: its height is asked for at its own greatest width
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(self.bar)

    def _add_section(self, caption: str, contents: Sequence[QWidget]) -> None:
        heading = QLabel(caption, self)
        heading.setProperty("role", "caption")
        card = QFrame(self)
        card.setObjectName("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        for number, content in enumerate(contents):
            if number:
                line = QFrame(card)
                line.setObjectName("divider")
                inside.addWidget(line)
            inside.addWidget(content)
            if isinstance(content, SettingRow):
                self.rows[content.name] = content
                content.change_requested.connect(self.change_requested)
        section = QVBoxLayout()
        section.addWidget(heading)
        section.addWidget(card)
        self._sections.append(section)
        self._layout.addLayout(section)

    def _stack_rows(self) -> None:
        stacked = self.width() - 2 * self._theme.px(24) < self._theme.px(BESIDE_PX)
        for row in self.rows.values():
            row.set_stacked(stacked=stacked)

    def _space(self) -> None:
        px = self._theme.px
        self.column.setMaximumWidth(px(COLUMN_PX + 48))
        self._layout.setContentsMargins(px(24), px(20), px(24), px(24))
        self._layout.setSpacing(px(20))
        for section in self._sections:
            section.setSpacing(px(8))
        self._stack_rows()

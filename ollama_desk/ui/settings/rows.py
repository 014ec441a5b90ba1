"""Every setting as a row: what it is called, what it does, what it is changed with, and its default in words."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QObject
from PySide6.QtWidgets import QWidget

from ollama_desk.domain.setting_values import LARGEST_PT, MOST_PULLS, SMALLEST_PT
from ollama_desk.domain.settings import Language, Settings, ThemeChoice
from ollama_desk.ui.settings.controls import Choice, Switch, TextField
from ollama_desk.ui.settings.list_field import ListField
from ollama_desk.ui.settings.path_fields import FolderField, ProgramField
from ollama_desk.ui.settings.row import SettingRow
from ollama_desk.ui.theme import Theme

SIZES_PT = (SMALLEST_PT, 10.0, 10.5, 11.0, 12.0, 13.0, 14.0, 16.0, 18.0, LARGEST_PT)
DEFAULTS = Settings()


class Rows(QObject):
    """Makes the rows; ``models``, ``folder`` and ``program`` are shown more than a value later."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.models = Choice(theme)
        self.sizes = Choice(theme)
        self.folder = FolderField(theme)
        self.program = ProgramField(theme)
        self.show_models(())
        self.show_sizes(0.0)

    def show_models(self, names: Sequence[str]) -> None:
        """What can be the default model."""
        short = [(name, name.removesuffix(":latest")) for name in names]
        self.models.show_choices([("", self.tr("The one used last")), *short])

    def show_sizes(self, chosen: float) -> None:
        """The usual sizes of text, and the chosen one."""
        sizes = sorted({*SIZES_PT, chosen} - {0.0})
        locale = QLocale()
        words = [(pt, self.tr("%1 pt").replace("%1", locale.toString(pt, "g", 4))) for pt in sizes]
        self.sizes.show_choices([(0.0, self.tr("As the system")), *words])

    def look(self) -> list[SettingRow]:
        """How the window looks."""
        theme, language = Choice(self._theme), Choice(self._theme)
        theme.show_choices(
            [
                (ThemeChoice.SYSTEM, self.tr("As the system")),
                (ThemeChoice.LIGHT, self.tr("Light")),
                (ThemeChoice.DARK, self.tr("Dark")),
            ]
        )
        language.show_choices(
            [(Language.SYSTEM, self.tr("As the system")), (Language.ENGLISH, "English"), (Language.GERMAN, "Deutsch")]
        )
        system = self.tr("as the system")
        return [
            self._row("theme", self.tr("Theme"), self.tr("Light or dark colours."), theme, system),
            self._row("font_size_pt", self.tr("Text size"), self.tr("Everything follows it."), self.sizes, system),
            self._row("language", self.tr("Language"), self.tr("Of the window, not of the answers."), language, system),
        ]

    def chat(self) -> list[SettingRow]:
        """How one writes."""
        return [
            self._row(
                "enter_sends",
                self.tr("Enter sends"),
                self.tr("Shift+Enter breaks the line. When off, Enter breaks it and Ctrl+Enter sends."),
                Switch(self._theme),
                self.tr("on"),
            ),
            self._row(
                "default_model",
                self.tr("Model of new chats"),
                self.tr("Each chat can have another."),
                self.models,
                self.tr("the one used last"),
            ),
        ]

    def server(self) -> list[SettingRow]:
        """What serves, and where."""
        return [
            self._row(
                "server_program",
                self.tr("Server program"),
                self.tr("What runs the models: an Ollama on this machine, or the engine that comes with the app."),
                self.program,
                self.tr("an Ollama if there is one, else the built-in engine"),
            ),
            self._row(
                "host",
                self.tr("Address"),
                self.tr("Where the server listens, as host and port. Another machine's server is used as it is."),
                self._text_field("127.0.0.1:11434"),
                "127.0.0.1:11434",
            ),
        ]

    def model_storage(self) -> list[SettingRow]:
        """Where models are, on the disk and in memory, and how they get there."""
        pulls = Choice(self._theme)
        pulls.show_choices([(number, str(number)) for number in range(1, MOST_PULLS + 1)])
        return [
            self._row(
                "models_folder",
                self.tr("Models folder"),
                self.tr("Laid out as Ollama does it, so that both can use it. Another one is used as it is."),
                self.folder,
                self.tr("Ollama's own place"),
            ),
            self._row(
                "keep_alive",
                self.tr("Keep models loaded for"),
                self.tr("After the last answer: 30s, 5m or 2h; 0 unloads at once, -1 never."),
                self._text_field("5m"),
                "5m",
            ),
            self._row(
                "model_keep_alive",
                self.tr("Keep single models loaded for"),
                self.tr("A model and how long, with commas between several."),
                ListField(placeholder="llama3.2:1b=30m, qwen3:8b=-1"),
                self.tr("as long as all others"),
            ),
            self._row(
                "preload_models",
                self.tr("Load when the server starts"),
                self.tr("Models, with commas between several. Only on this machine."),
                ListField(placeholder="llama3.2:1b, qwen3:8b"),
                self.tr("none"),
            ),
            self._row(
                "pulls_at_once",
                self.tr("Downloads at the same time"),
                self.tr("The others wait for their turn."),
                pulls,
                "1",
            ),
        ]

    def start(self) -> list[SettingRow]:
        """What happens when the app starts and its window closes."""
        return [
            self._row(
                "start_server",
                self.tr("Start the server with the app"),
                self.tr("So that models can be used at once."),
                Switch(self._theme),
                self.tr("on"),
            ),
            self._row(
                "close_to_tray",
                self.tr("Keep running in the tray"),
                self.tr("Closing the window hides it, and the server goes on."),
                Switch(self._theme),
                self.tr("off"),
            ),
        ]

    def show_default_folder(self, path: str) -> None:
        """The folder that is meant while none is chosen."""
        self.folder.field.setPlaceholderText(path)

    def _text_field(self, placeholder: str) -> TextField:
        field = TextField()
        field.setPlaceholderText(placeholder)
        return field

    def _row(self, name: str, label: str, explanation: str, control: QWidget, default_words: str) -> SettingRow:
        return SettingRow(
            self._theme,
            name=name,
            label=label,
            explanation=explanation,
            control=control,
            default=getattr(DEFAULTS, name),
            default_words=default_words,
        )

"""The Settings page without a core: what it shows, what it asks for, and that it fits everywhere."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ollama_desk.domain.settings import FolderContent, Language, Override, Restart, Settings, ThemeChoice
from ollama_desk.ui.settings.controls import Choice, TextField
from ollama_desk.ui.settings.panel import SettingsPanel
from ollama_desk.ui.settings.path_fields import FolderField, ProgramField
from ollama_desk.ui.theme import Theme

pytestmark = pytest.mark.qt_log_ignore("does not support raise", "does not support grabbing", extend=True)
CHANGED = Settings(
    theme=ThemeChoice.DARK,
    font_size_pt=11.5,
    language=Language.GERMAN,
    enter_sends=False,
    host="127.0.0.1:4711",
    server_program="/opt/ollama/" + "very-long-name-" * 8,
    models_folder="/models/" + "ä 張 🙂 " * 20,
    keep_alive="1h",
    pulls_at_once=2,
    preload_models=("first:1b", "second:" + "long-name-" * 8),
    model_keep_alive=("first:1b=30m",),
    default_model="hf.co/" + "long-name-" * 11 + ":latest",
)


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> SettingsPanel:
    made = SettingsPanel(theme)
    qtbot.addWidget(made)
    made.resize(700, 520)
    made.show()
    qtbot.waitExposed(made)
    return made


def asked(panel: SettingsPanel) -> list[tuple[str, object]]:
    """Everything that the page asks for from now on."""
    wishes: list[tuple[str, object]] = []
    panel.change_requested.connect(lambda name, value: wishes.append((name, value)))
    return wishes


def control(panel: SettingsPanel, name: str) -> QWidget:
    return panel.rows[name].control


def within(panel: SettingsPanel, name: str) -> QWidget:
    """The field of a control that has one inside."""
    return control(panel, name).findChildren(QLineEdit)[0]


def texts(widget: QWidget) -> list[str]:
    return [
        label.text().replace("\u200b", "")
        for label in widget.findChildren(QLabel)
        if label.isVisibleTo(widget) and label.text()
    ]


def choose(choice: QWidget, label: str) -> None:
    """As a person does: open the menu, take the entry."""
    assert isinstance(choice, Choice)
    QTest.keyClick(choice, Qt.Key.Key_Down)
    menu = choice.findChildren(QMenu)[-1]
    next(action for action in menu.actions() if action.text() == label).trigger()
    menu.close()


def write(field: QWidget, text: str) -> None:
    assert isinstance(field, QLineEdit)
    field.clear()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_every_setting_has_a_row_with_its_default_and_what_it_does(panel: SettingsPanel) -> None:
    assert set(panel.rows) == set(Settings.__dataclass_fields__)
    for row in panel.rows.values():
        assert any(" Default: " in text for text in texts(row)), row.name
        assert row.reset.isHidden()


def test_choices_switches_and_texts_are_asked_for(panel: SettingsPanel) -> None:
    wishes = asked(panel)
    choose(control(panel, "theme"), "Dark")
    choose(control(panel, "font_size_pt"), "12 pt")
    choose(control(panel, "language"), "Deutsch")
    QTest.keyClick(control(panel, "enter_sends"), Qt.Key.Key_Space)
    QTest.mouseClick(control(panel, "close_to_tray"), Qt.MouseButton.LeftButton)
    write(control(panel, "host"), " 127.0.0.1:4711 ")
    write(control(panel, "keep_alive"), "1h")
    write(within(panel, "preload_models"), " a:1b , ,b:2b,")
    write(within(panel, "model_keep_alive"), "a:1b=5m")
    choose(control(panel, "pulls_at_once"), "3")
    assert wishes == [
        ("theme", ThemeChoice.DARK),
        ("font_size_pt", 12.0),
        ("language", Language.GERMAN),
        ("enter_sends", False),
        ("close_to_tray", True),
        ("host", "127.0.0.1:4711"),
        ("keep_alive", "1h"),
        ("preload_models", ("a:1b", "b:2b")),
        ("model_keep_alive", ("a:1b=5m",)),
        ("pulls_at_once", 3),
    ]


def test_a_text_is_asked_for_once_and_not_while_it_is_written(panel: SettingsPanel) -> None:
    wishes = asked(panel)
    host = control(panel, "host")
    QTest.keyClicks(host, "127.0.0.1:1")
    assert wishes == []
    QTest.keyClick(host, Qt.Key.Key_Return)
    host.clearFocus()
    assert wishes == [("host", "127.0.0.1:1")]


def test_escape_takes_back_what_was_written(panel: SettingsPanel) -> None:
    panel.show_settings(Settings(host="127.0.0.1:1"))
    host = control(panel, "host")
    assert isinstance(host, TextField)
    QTest.keyClicks(host, "23")
    assert host.text() == "127.0.0.1:123"
    panel.show_problem("host", "No.")
    QTest.keyClick(host, Qt.Key.Key_Escape)
    assert host.text() == "127.0.0.1:1"
    assert "No." not in texts(panel.rows["host"])


def test_what_is_changed_can_be_reset(panel: SettingsPanel) -> None:
    panel.show_settings(CHANGED)
    wishes = asked(panel)
    changed = [name for name, row in panel.rows.items() if not row.reset.isHidden()]
    assert changed == [name for name in panel.rows if getattr(CHANGED, name) != getattr(Settings(), name)]
    for name in changed:
        QTest.mouseClick(panel.rows[name].reset, Qt.MouseButton.LeftButton)
    assert wishes == [(name, getattr(Settings(), name)) for name in changed]


def test_bad_input_keeps_its_text_and_gets_its_sentence(panel: SettingsPanel) -> None:
    host = control(panel, "host")
    write(host, "127.0.0.1:70000")
    panel.show_problem("host", "A port is a number from 1 to 65535.")
    panel.show_settings(Settings(theme=ThemeChoice.DARK))
    assert isinstance(host, TextField)
    assert host.text() == "127.0.0.1:70000"
    assert "A port is a number from 1 to 65535." in texts(panel.rows["host"])
    assert not panel.rows["host"].reset.isHidden()
    QTest.mouseClick(panel.rows["host"].reset, Qt.MouseButton.LeftButton)
    assert host.text() == ""
    assert "A port is a number from 1 to 65535." not in texts(panel.rows["host"])


def test_a_choice_that_was_not_kept_falls_back_to_what_is_set(panel: SettingsPanel) -> None:
    theme = control(panel, "theme")
    choose(theme, "Dark")
    panel.show_problem("theme", "The disk is full.")
    assert isinstance(theme, Choice)
    assert theme.value is ThemeChoice.SYSTEM
    assert "The disk is full." in texts(panel.rows["theme"])


def test_what_hides_a_setting_is_said_and_its_control_disabled(panel: SettingsPanel) -> None:
    panel.show_settings(CHANGED)
    panel.show_overrides(
        {
            "host": Override("--host", "127.0.0.1:1"),
            "keep_alive": Override("OLLAMA_KEEP_ALIVE", "2h"),
            "models_folder": Override("OLLAMA_MODELS", "/m"),
            "data_folder": Override("OLLAMA_DESK_DATA_DIR", "/data"),
        }
    )
    assert "The argument --host sets it to 127.0.0.1:1 for this run." in texts(panel.rows["host"])
    assert "The environment variable OLLAMA_KEEP_ALIVE sets it to 2h." in texts(panel.rows["keep_alive"])
    assert "The environment variable OLLAMA_DESK_DATA_DIR sets it to /data." in texts(panel.places)
    folder = control(panel, "models_folder")
    assert isinstance(folder, FolderField)
    for widget in (control(panel, "host"), control(panel, "keep_alive"), folder.field, folder.choose):
        assert not widget.isEnabled()
    assert folder.open.isEnabled()
    assert panel.rows["host"].reset.isHidden()
    assert control(panel, "theme").isEnabled()


def test_what_needs_a_restart_is_marked_and_the_server_s_is_offered(panel: SettingsPanel, qtbot: QtBot) -> None:
    assert panel.bar.isHidden()
    panel.show_restart({"language": Restart.APP})
    assert "Needs restart of the app" in texts(panel.rows["language"])
    assert panel.bar.isHidden()
    panel.show_restart({"keep_alive": Restart.SERVER})
    assert "Needs restart" in texts(panel.rows["keep_alive"])
    assert "Needs restart of the app" not in texts(panel.rows["language"])
    with qtbot.waitSignal(panel.restart_requested):
        QTest.mouseClick(panel.bar.button, Qt.MouseButton.LeftButton)


def test_the_server_program_is_found_built_in_or_a_file(panel: SettingsPanel) -> None:
    wishes = asked(panel)
    program = control(panel, "server_program")
    assert isinstance(program, ProgramField)
    assert program.field.isHidden()
    choose(program.choice, "A file")
    assert wishes == []
    write(program.field, "/opt/ollama")
    choose(program.choice, "Built-in engine")
    choose(program.choice, "Find automatically")
    assert wishes == [("server_program", "/opt/ollama"), ("server_program", "built-in"), ("server_program", "")]
    assert program.field.isHidden()
    panel.show_settings(Settings(server_program="/opt/ollama"))
    panel.show_program_version("0.33.0")
    assert program.field.text() == "/opt/ollama"
    assert "It tells version 0.33.0." in texts(panel.rows["server_program"])
    panel.show_settings(Settings())
    assert "It tells version 0.33.0." not in texts(panel.rows["server_program"])


def test_a_folder_and_a_program_are_chosen_in_a_dialog_that_nobody_waits_for(
    panel: SettingsPanel, tmp_path: Path, qtbot: QtBot
) -> None:
    wishes = asked(panel)
    folder, program = control(panel, "models_folder"), control(panel, "server_program")
    assert isinstance(folder, FolderField)
    assert isinstance(program, ProgramField)
    choose(program.choice, "A file")
    for button in (folder.choose, program.choose):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        dialog = panel.window().findChildren(QFileDialog)[-1]
        assert dialog.isVisible()
        dialog.fileSelected.emit(str(tmp_path))
        dialog.close()
    assert wishes == [("models_folder", str(tmp_path)), ("server_program", str(tmp_path))]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FolderContent(Path("/m"), exists=False), "The folder is not there yet."),
        (FolderContent(Path("/m"), exists=True), "No models in it."),
        (FolderContent(Path("/m"), exists=True, model_count=1, size_bytes=2_000_000_000), "1 model, 2.0 GB"),
        (FolderContent(Path("/m"), exists=True, model_count=7, size_bytes=42_000_000_000), "7 models, 42 GB"),
    ],
)
def test_the_models_folder_says_what_is_in_it(panel: SettingsPanel, content: FolderContent, said: str) -> None:
    panel.show_content(content)
    row = panel.rows["models_folder"]
    assert any(text.startswith(f"/m\n{said}") for text in texts(row))
    folder = row.control
    assert isinstance(folder, FolderField)
    assert folder.open.isEnabled() is content.exists


def test_files_and_folders_can_be_opened(panel: SettingsPanel) -> None:
    opened: list[str] = []
    panel.open_requested.connect(opened.append)
    panel.show_content(FolderContent(Path("/m"), exists=True))
    panel.show_places(Path("/c/settings.toml"), Path("/d"))
    folder = control(panel, "models_folder")
    assert isinstance(folder, FolderField)
    for button in (folder.open, panel.places.open_file, panel.places.open_file_folder, panel.places.open_data):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert opened == ["models", "file", "file_folder", "data_folder"]


def test_without_a_tray_nothing_can_be_hidden_in_it(panel: SettingsPanel) -> None:
    panel.show_tray(available=False)
    assert not control(panel, "close_to_tray").isEnabled()
    assert "This desktop has no tray." in texts(panel.rows["close_to_tray"])
    panel.show_tray(available=True)
    assert control(panel, "close_to_tray").isEnabled()


def test_an_unusual_size_and_a_model_that_is_gone_are_shown_as_they_are(panel: SettingsPanel) -> None:
    panel.show_models(["small:1b", "large:latest"])
    panel.show_settings(Settings(font_size_pt=11.5, default_model="gone:7b"))
    size, model = control(panel, "font_size_pt"), control(panel, "default_model")
    assert isinstance(size, Choice)
    assert isinstance(model, Choice)
    assert size.text() == "11.5 pt"
    assert model.text() == "gone:7b"
    wishes = asked(panel)
    choose(model, "large")
    assert wishes == [("default_model", "large:latest")]


def test_every_control_says_its_name_and_can_be_reached_by_keyboard(panel: SettingsPanel) -> None:
    kinds = (QAbstractButton, QLineEdit)
    controls = [widget for kind in kinds for widget in panel.findChildren(kind)]
    assert controls
    for widget in controls:
        if widget.objectName().startswith("qt_"):
            continue
        assert widget.accessibleName() or (isinstance(widget, QPushButton) and widget.text()), widget
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget
    for row in panel.rows.values():
        focused = row.control.focusProxy() or row.control
        assert focused.accessibleName(), row.name
        assert focused.accessibleDescription(), row.name
    theme = control(panel, "theme")
    assert theme.accessibleName() == "Theme: As the system"
    assert panel.focusProxy() is theme


@pytest.mark.parametrize(
    ("width", "pt"), [(560, 9.0), (560, 10.5), (637, 18.0), (688, 10.5), (1800, 9.0), (1800, 20.0)]
)
def test_nothing_is_cut_or_scrolls_sideways(
    panel: SettingsPanel, theme: Theme, qtbot: QtBot, width: int, pt: float
) -> None:
    panel.show_settings(CHANGED)
    panel.show_problem("host", f"“{'x' * 300}” is no address of a server. Write it like 127.0.0.1:11434.")
    panel.show_places(Path("/" + "long_folder" * 20 + "settings.toml"), Path("/" + "long_folder" * 20))
    panel.show_content(FolderContent(Path("/" + "long_folder" * 20), exists=True, model_count=3, size_bytes=1))
    panel.show_restart(dict.fromkeys(panel.rows, Restart.SERVER))
    theme.resize_text(pt)
    panel.resize(width, 520)
    scroll = panel.findChildren(QScrollArea)[0]
    QApplication.processEvents()
    qtbot.waitUntil(lambda: panel.column.width() <= scroll.viewport().width())  # the layout settles by events
    for row in panel.rows.values():
        for label in row.findChildren(QLabel):
            if label.isVisibleTo(panel):
                needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
                assert label.height() >= needed, (row.name, label.text())
        buttons = [button for button in row.findChildren(QToolButton) if button.isVisibleTo(panel)]
        for part in (row.control, *buttons):
            place = part.mapTo(row, part.rect().bottomRight())
            assert row.rect().contains(place), (row.name, part)

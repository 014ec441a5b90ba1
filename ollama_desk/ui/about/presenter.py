"""Opens what tells about the program, and reads for it what the installed packages say."""

import asyncio
import platform
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, qVersion
from PySide6.QtWidgets import QDialog, QWidget

from ollama_desk import __version__
from ollama_desk.bridge.slots import Actions
from ollama_desk.ui.about.about_dialog import AboutDialog
from ollama_desk.ui.about.keys_dialog import KeysDialog
from ollama_desk.ui.about.parts import Part, parts, version_of
from ollama_desk.ui.shortcuts import Key, install, working
from ollama_desk.ui.theme import Theme


class AboutPresenter:
    """The two dialogs, each at most once at a time.

    Args:
        window: they belong to it; F1 in it shows the shortcuts.
        theme: for their measures.
        actions: runs what takes time.
        folders: where the program's files are, by "config", "data", "logs" and "models"; asked when it is shown.
        open_path: shows a folder with what the desktop has for it.
    """

    def __init__(
        self,
        window: QWidget,
        *,
        theme: Theme,
        actions: Actions,
        folders: Callable[[], Mapping[str, Path]],
        open_path: Callable[[Path], None],
    ) -> None:
        self._window = window
        self._theme = theme
        self._actions = actions
        self._folders = folders
        self._open_path = open_path
        self._parts: tuple[Part, ...] = ()
        install(Key.SHORTCUTS, window, self.show_keys)

    def show_keys(self) -> None:
        """The list of shortcuts."""
        if not self._raised(KeysDialog):
            KeysDialog(self._theme, working(self._window), parent=self._window).open()

    def show_about(self) -> None:
        """Version, folders and licences."""
        if self._raised(AboutDialog):
            return
        names = {"config": _tr("Settings"), "data": _tr("Data"), "logs": _tr("Log"), "models": _tr("Models")}
        folders = {names[key]: path for key, path in self._folders().items()}
        dialog = AboutDialog(self._theme, versions=_versions(), folders=folders, parent=self._window)
        dialog.open_requested.connect(self._open_path)
        dialog.keys_requested.connect(self.show_keys)
        dialog.text_requested.connect(lambda row: self._actions.run(self._show_text(row), name="read a licence"))
        dialog.open()
        self._actions.run(self._show_parts(), name="read what the program is made of")

    async def _show_parts(self) -> None:
        self._parts = self._parts or await asyncio.to_thread(parts)
        dialog = self._window.findChild(AboutDialog)
        if dialog is not None:
            dialog.show_parts(self._parts)

    async def _show_text(self, row: int) -> None:
        text = await asyncio.to_thread(self._parts[row].text)
        dialog = self._window.findChild(AboutDialog)
        if dialog is not None and dialog.parts.currentRow() == row:
            dialog.show_text(text)

    def _raised(self, kind: type[QDialog]) -> bool:
        dialog = self._window.findChild(kind)
        if dialog is not None:
            dialog.activateWindow()
        return dialog is not None


def _versions() -> dict[str, str]:
    engine = version_of("xllamacpp")
    known = {"Ollama Desk": __version__, "Qt": qVersion(), "Python": platform.python_version()}
    return known | ({"llama.cpp (xllamacpp)": engine} if engine else {})


def _tr(text: str) -> str:
    return QCoreApplication.translate("About", text)

"""What the core says when something really goes wrong, in German: nothing of the English sentence is left over."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ollama_desk.core.folders import chosen_folder
from ollama_desk.core.http import HttpLink
from ollama_desk.core.settings_file import read_settings
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.setting_values import usable
from ollama_desk.domain.settings import Language
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.ollama.errors import failure
from ollama_desk.registry.reference import parse_name
from ollama_desk.storage.database import Database
from ollama_desk.ui.language import install_language, said
from ollama_desk.ui.notices import Notices
from ollama_desk.ui.theme import Theme

ENGLISH = {"the", "is", "not", "and", "it", "of", "that", "this", "no", "at", "again", "server's"}


@pytest.fixture(autouse=True)
def german(qapp: QApplication) -> Iterator[None]:
    before, locale = set(qapp.findChildren(QTranslator)), QLocale()
    install_language(qapp, Language.GERMAN, QLocale())
    yield
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)
        translator.deleteLater()
    QLocale.setDefault(locale)


def raised(action: Callable[[], object]) -> str:
    with pytest.raises(DeskError) as caught:
        action()
    return str(caught.value)


def english_in(text: str) -> set[str]:
    return {word.strip(".,;:()„“").lower() for word in text.split()} & ENGLISH


def ask_nobody() -> object:
    async def scenario() -> None:
        client = OllamaClient(HttpLink("http://127.0.0.1:9"))
        try:
            await client.version()
        finally:
            await client.aclose()

    return asyncio.run(scenario())


def open_database(path: Path) -> object:
    async def scenario() -> None:
        database = await Database.open(path)
        await database.aclose()

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    "action",
    [
        ask_nobody,
        lambda: chosen_folder("$NOWHERE/models", {}),
        lambda: chosen_folder(__file__, {}),
        lambda: chosen_folder(f"{__file__}/models", {}),
        lambda: usable("font_size_pt", 99.0),
        lambda: usable("host", "http://:99999999"),
        lambda: usable("keep_alive", "soon"),
        lambda: parse_name("kein Name"),
    ],
)
def test_an_error_that_is_raised_is_said_in_german(action: Callable[[], object]) -> None:
    sentence = raised(action)
    assert said(sentence) != sentence
    assert not english_in(said(sentence)), said(sentence)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"404 page not found"),
        (404, b'{"error": "model \'llama3\' not found"}'),
        (400, b'{"error": "\\"tiny\\" does not support thinking"}'),
        (500, b'{"error": "llama runner process has terminated: signal: killed"}'),
        (500, b'{"error": {"type": "exceed_context_size_error", "message": "too long"}}'),
        (503, b'{"error": "server busy"}'),
        (401, b"{}"),
        (418, b'{"error": "teapot"}'),
        (200, b"<html>"),
    ],
)
def test_what_a_server_refuses_is_said_in_german_but_for_its_own_words(status: int, body: bytes) -> None:
    sentence = str(failure(status, body))
    german_text = said(sentence)
    ours, _, theirs = german_text.partition("Der Server sagte: ")
    assert german_text != sentence
    assert not english_in(ours), german_text
    assert theirs == sentence.partition("The server said: ")[2]


def test_what_the_system_refuses_is_said_in_german(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("no folder")
    sentence = raised(lambda: open_database(taken / "desk.db"))
    assert said(sentence) != sentence
    assert not english_in(said(sentence)), said(sentence)


def test_what_is_wrong_with_a_settings_file_is_said_in_german(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('theme = "purple"\n')
    problems = read_settings(path, {}).problems
    assert problems
    assert not [each for each in map(said, problems) if english_in(each)]


def test_a_notice_is_shown_in_german(theme: Theme, qtbot: QtBot) -> None:
    notices = Notices(theme)
    qtbot.addWidget(notices)
    notices.notify(raised(ask_nobody))
    assert notices.current_text().startswith("Unter 127.0.0.1:9 antwortet nichts.")

"""German and English: the texts of the window, the sentences of the core, numbers, and the direction of reading."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication, QWidget

from ollama_desk.core.resources import resource
from ollama_desk.domain.settings import Language
from ollama_desk.ui.language import Words, WordsTranslator, install_language, said
from ollama_desk.ui.text import age_text, span_text, utc_now

AUSTRIA = QLocale(QLocale.Language.German, QLocale.Country.Austria)
BRITAIN = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
FRANCE = QLocale(QLocale.Language.French, QLocale.Country.France)


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    """The application; what a test installs in it is taken out again."""
    before, locale = set(qapp.findChildren(QTranslator)), QLocale()
    yield qapp
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)
        translator.deleteLater()
    QLocale.setDefault(locale)
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.fixture
def german(app: QApplication) -> QApplication:
    install_language(app, Language.GERMAN, BRITAIN)
    return app


def test_a_german_system_gets_german_and_its_own_ways_to_write_numbers(app: QApplication) -> None:
    install_language(app, Language.SYSTEM, AUSTRIA)
    assert QCoreApplication.translate("ChatList", "New chat") == "Neuer Chat"
    assert QLocale().territory() is QLocale.Country.Austria
    assert QLocale().toString(1.5) == "1,5"


def test_any_other_system_gets_english_throughout(app: QApplication) -> None:
    install_language(app, Language.SYSTEM, FRANCE)
    assert QCoreApplication.translate("ChatList", "New chat") == "New chat"
    assert QLocale().toString(1.5) == "1.5"
    assert app.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_a_choice_outweighs_the_system(app: QApplication) -> None:
    install_language(app, Language.ENGLISH, AUSTRIA)
    assert QCoreApplication.translate("ChatList", "New chat") == "New chat"
    assert QLocale().language() is QLocale.Language.English


def test_qt_speaks_the_same_language(german: QApplication) -> None:
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"


def test_one_and_many_are_told_apart_in_both_languages(app: QApplication) -> None:
    install_language(app, Language.ENGLISH, BRITAIN)
    now = utc_now()
    assert age_text(now - timedelta(days=14), now) == "2 weeks ago"
    assert QCoreApplication.translate("Text", "%n weeks ago", "", 1) == "1 week ago"
    install_language(app, Language.GERMAN, BRITAIN)
    assert QCoreApplication.translate("Text", "%n weeks ago", "", 1) == "vor 1 Woche"
    assert age_text(now - timedelta(days=14), now) == "vor 2 Wochen"
    assert span_text(3700) == "1 h 1 min"


def test_a_subclass_speaks_as_the_class_that_it_comes_from(german: QApplication) -> None:
    assert QCoreApplication.translate("Quieter", "1 of %n", "", 3) == "1 von 3"


def test_what_is_not_translated_is_left_to_others(german: QApplication) -> None:
    assert QCoreApplication.translate("QWidget", "No such text") == "No such text"


def test_a_language_from_right_to_left_turns_the_window(app: QApplication) -> None:
    app.setLayoutDirection(QLocale(QLocale.Language.Arabic).textDirection())
    assert QWidget().layoutDirection() is Qt.LayoutDirection.RightToLeft
    install_language(app, Language.GERMAN, QLocale(QLocale.Language.Arabic))
    assert app.layoutDirection() is Qt.LayoutDirection.LeftToRight


@pytest.mark.parametrize(
    ("english", "german_text"),
    [
        ("Not started yet.", "Noch nicht gestartet."),
        ("The server at 127.0.0.1:11434 does not answer.", "Der Server unter 127.0.0.1:11434 antwortet nicht."),
        (
            "The built-in engine ended unexpectedly (exit code 3). It is started again in 2 s.",
            "Die eingebaute Engine endete unerwartet (Rückgabewert 3). Neustart in 2 s.",
        ),
        (
            "The server is busy with other requests. Wait a moment and try again. The server said: queue full.",
            (
                "Der Server ist mit anderen Anfragen beschäftigt. Warten Sie einen Moment und versuchen Sie es erneut. "
                "Der Server sagte: queue full."
            ),
        ),
        ("Words of another. It is a foreign tongue.", "Words of another. It is a foreign tongue."),
        ("", ""),
    ],
)
def test_what_the_core_says_is_said_in_german(german: QApplication, english: str, german_text: str) -> None:
    assert said(english) == german_text


def test_in_english_what_the_core_says_stays(app: QApplication) -> None:
    install_language(app, Language.ENGLISH, BRITAIN)
    assert said("The server at here does not answer.") == "The server at here does not answer."


def test_foreign_characters_in_a_sentence_do_no_harm(german: QApplication) -> None:
    assert said("The server at \x00\ud800\u202e%1 does not answer.") == "Der Server unter \ufffd%1 antwortet nicht."


def test_every_sentence_of_the_core_is_recognised_with_anything_in_its_holes(german: QApplication) -> None:
    sentences = json.loads(resource("translations", "de.json").read_text(encoding="utf-8"))["sentences"]
    wrong = []
    for source, translation in sentences.items():
        made, wanted = source, translation
        for hole, filling in (("%1", "Xyz"), ("%2", "/a b/c.d"), ("%3", "12")):
            made, wanted = made.replace(hole, filling), wanted.replace(hole, filling)
        if said(made) != wanted:
            wrong.append((made, said(made)))
    assert not wrong


def test_a_file_with_gaps_leaves_the_english_there(app: QApplication, qapp: QApplication) -> None:
    words = Words({"Panel": {"Here": "Hier"}})
    translator = WordsTranslator(words, parent=qapp)
    app.installTranslator(translator)
    assert QCoreApplication.translate("Panel", "Here") == "Hier"
    assert QCoreApplication.translate("Panel", "There") == "There"
    assert said("Nobody knows this.") == "Nobody knows this."

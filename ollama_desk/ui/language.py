"""Which language the window speaks, and the translator that reads it from a file of ``resources/translations``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from ollama_desk.core.resources import resource
from ollama_desk.domain.settings import Language
from ollama_desk.ui.sentences import Sentences
from ollama_desk.ui.text import clean

SENTENCE = "Sentence"  # the context under which what the core said is looked up


@dataclass(frozen=True)
class Words:
    """What is in the file of a language: the texts of the window by context, and the sentences of the core.

    A text that depends on a number has two forms: for 1, and for every other number.
    """

    texts: Mapping[str, Mapping[str, str | list[str]]] = field(default_factory=dict)
    sentences: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def spoken(self) -> Sentences:
        return Sentences(self.sentences)

    @cached_property
    def by_source(self) -> dict[str, str | list[str]]:
        """The texts without their contexts, for a text that a subclass says in its own name."""
        return {source: entry for entries in self.texts.values() for source, entry in entries.items()}

    @classmethod
    def read(cls, path: Path) -> "Words":
        """Read a file; what is not translated in it is left out."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            {
                context: {source: entry for source, entry in entries.items() if entry}
                for context, entries in content["texts"].items()
            },
            {source: entry for source, entry in content["sentences"].items() if entry},
        )


class WordsTranslator(QTranslator):
    """Answers Qt's question for a text from a file of ours."""

    def __init__(self, words: Words, *, parent: QApplication) -> None:
        super().__init__(parent)
        self._words = words

    def isEmpty(self) -> bool:
        return False

    # None is the null text by which Qt knows that another translator is to be asked
    def translate(self, context: str, source: str, _disambiguation: str | None = None, n: int = -1) -> str | None:
        if context == SENTENCE:
            return self._words.spoken.said(source)
        entry = self._words.texts.get(context, {}).get(source) or self._words.by_source.get(source)
        return entry[n != 1] if isinstance(entry, list) else entry


def install_language(app: QApplication, choice: Language, system: QLocale) -> None:
    """Let the window speak a language; to be called before the first widget.

    Args:
        app: takes the translators and the direction of reading.
        choice: what the person wants; ``SYSTEM`` is German on a German system, otherwise English.
        system: the locale of the system. Its ways to write numbers and dates are kept where its language is.

    Raises:
        FileNotFoundError: the file of the language is missing; the installation is incomplete.
    """
    language = _language(choice, system)
    locale = system if system.language() is language else QLocale(language)
    code = QLocale.languageToCode(language)
    QLocale.setDefault(locale)
    app.installTranslator(WordsTranslator(Words.read(resource("translations", f"{code}.json")), parent=app))
    of_qt = QTranslator(app)
    if of_qt.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(of_qt)
    app.setLayoutDirection(locale.textDirection())


def said(sentence: str) -> str:
    """A sentence of the core (an error, a reason, a notice) in the language of the window, made safe to show."""
    return QCoreApplication.translate(SENTENCE, clean(sentence)) if sentence else ""


def _language(choice: Language, system: QLocale) -> QLocale.Language:
    match choice:
        case Language.GERMAN:
            return QLocale.Language.German
        case Language.ENGLISH:
            return QLocale.Language.English
        case Language.SYSTEM:
            german = system.language() is QLocale.Language.German
            return QLocale.Language.German if german else QLocale.Language.English

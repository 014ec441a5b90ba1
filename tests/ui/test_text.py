"""Values as a person reads them, foreign text made safe."""

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import Qt
from pytestqt.qtbot import QtBot

from ollama_desk.ui.text import (
    age_text,
    clean,
    context_text,
    exact_time,
    natural,
    one_line,
    size_text,
    span_text,
    tooltip,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _plain_numbers() -> None:
    QLocale.setDefault(QLocale.c())


def test_sizes_are_decimal_as_ollama_shows_them() -> None:
    shown = [size_text(size) for size in (0, 512, 986_000, 2_019_393_189, 12_400_000_000, 1_300_000_000_000_000)]
    assert shown == ["", "512 B", "986 KB", "2.0 GB", "12 GB", "1300 TB"]


def test_contexts_are_counted_in_binary_thousands() -> None:
    assert [context_text(tokens) for tokens in (0, 2048, 131_072, 1_048_576, 5000)] == ["", "2k", "128k", "1M", "5000"]


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(minutes=4), "4 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(hours=30), "yesterday"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=20), "2 weeks ago"),
        (timedelta(days=100), "3 months ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_ages_are_told_in_one_unit(ago: timedelta, words: str) -> None:
    assert age_text(NOW - ago, NOW) == words


def test_spans_are_told_in_at_most_two_units() -> None:
    assert [span_text(s) for s in (-3, 40, 245, 7500, 7200, 270_000)] == [
        "0 s",
        "40 s",
        "4 min",
        "2 h 5 min",
        "2 h",
        "3 d 3 h",
    ]


def test_names_are_sorted_by_what_their_numbers_count() -> None:
    names = ["qwen3:0.6b", "Qwen3:1.7b", "qwen3:4b", "qwen3:14b", "qwen10:1b"]
    shuffled = [names[at] for at in (3, 0, 4, 2, 1)]
    assert sorted(shuffled, key=natural) == names


def test_an_exact_time_names_the_year() -> None:
    assert "2026" in exact_time(NOW)


def test_controls_escape_sequences_and_bidi_characters_are_not_shown() -> None:
    assert clean("\x1b[31mred\x1b[0m\x07 \u202eevil\u2066 \x1b]0;title\x07end\x00\r\n\tx") == "red evil end\n\tx"
    assert clean("half \ud83d a pair") == "half \ufffd a pair"


def test_letters_of_every_script_stay() -> None:
    text = "Größe · عربى · 日本語 · 👩‍👩‍👧"
    assert clean(text) == text


def test_one_line_is_one_short_line() -> None:
    assert one_line("a\n\nb\u2028c\td") == "a bc d"
    assert len(one_line("x" * 100_000, 50)) == 50


def test_a_tooltip_is_never_markup_of_its_own(qtbot: QtBot) -> None:
    shown = tooltip('<img src="file:///etc/passwd"> & <b>\n2')
    assert "<img" not in shown
    assert "&lt;img" in shown
    assert Qt.mightBeRichText(shown)  # so that Qt shows the entities as characters
    assert tooltip("") == ""

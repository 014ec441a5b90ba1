"""Long texts: laid out in slices, folded where a line has no end, copied as they are."""

from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from ollama_desk.ui.models.long_text import FIRST_CHARS, LINE_WEIGHT, LongText, affordable, folded
from ollama_desk.ui.theme import Theme

LICENCE = "\n".join(f"{number}. You may do this and that, and not the other." for number in range(4500))


def shown(qtbot: QtBot, theme: Theme, text: str) -> LongText:
    made = LongText(theme, title="Licence")
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    made.show_text(text)
    return made


def test_a_long_text_is_shown_to_a_limit_and_then_to_its_end(qtbot: QtBot, theme: Theme) -> None:
    assert len(LICENCE) > 2 * FIRST_CHARS
    part = shown(qtbot, theme, LICENCE)
    qtbot.waitUntil(lambda: not part.more.isHidden(), timeout=20_000)
    at_first = part.view.toPlainText()
    assert LICENCE.startswith(at_first)
    assert len(at_first) <= FIRST_CHARS
    part.more.click()
    qtbot.waitUntil(lambda: part.view.toPlainText() == LICENCE, timeout=20_000)
    assert part.more.isHidden()


def test_what_is_not_seen_is_not_laid_out(qtbot: QtBot, theme: Theme) -> None:
    part = LongText(theme, title="Licence")
    qtbot.addWidget(part)
    part.show_text("MIT")
    assert part.view.toPlainText() == ""
    part.show()
    qtbot.waitUntil(lambda: part.view.toPlainText() == "MIT", timeout=20_000)


def test_a_line_without_an_end_is_folded_and_copied_whole(qtbot: QtBot, theme: Theme) -> None:
    line = "x" * 50_000
    part = shown(qtbot, theme, line)
    qtbot.waitUntil(lambda: part.view.toPlainText().count("x") == len(line), timeout=20_000)
    assert max(map(len, part.view.toPlainText().split("\n"))) <= LINE_WEIGHT
    part.copy.click()
    assert QGuiApplication.clipboard().text() == line
    assert folded("short\nlines") == "short\nlines"


def test_what_is_dear_to_lay_out_comes_in_smaller_pieces() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    line = family * 2_000
    assert folded(line).replace("\n", "") == line
    assert max(map(len, folded(line).split("\n"))) < LINE_WEIGHT / 4
    assert affordable(line, 100) < 20
    assert affordable("\U0001f469", 1) == 1


def test_foreign_text_is_shown_clean_and_plain(qtbot: QtBot, theme: Theme) -> None:
    part = shown(qtbot, theme, "<b>bold</b> \x1b[31mred\x1b[0m \u202egnol")
    qtbot.waitUntil(lambda: part.view.toPlainText() == "<b>bold</b> red gnol", timeout=20_000)


def test_another_text_takes_the_place_of_one_that_is_still_coming(qtbot: QtBot, theme: Theme) -> None:
    part = shown(qtbot, theme, LICENCE)
    part.show_text("MIT")
    qtbot.waitUntil(lambda: part.view.toPlainText() == "MIT", timeout=20_000)
    part.show_note("There is none.")
    assert part.view.isHidden()
    assert part.note.text() == "There is none."
    assert part.copy.isHidden()

"""Rendered text is safe to show, whatever a model wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.ui.chat.highlight import highlighted
from ollama_desk.ui.chat.markdown import MAX_CELLS, MAX_RUN, Code, Prose, RenderStyle, clean, render, safe_link
from ollama_desk.ui.palette import LIGHT

STYLE = RenderStyle(LIGHT, 14, 120, "Monospace")


def html(text: str) -> str:
    return "".join(piece.html for piece in render(text, STYLE) if isinstance(piece, Prose))


@pytest.mark.parametrize(
    "text",
    [
        "<img src=file:///etc/passwd>",
        "<script>alert(1)</script>",
        "<table background='http://127.0.0.1/x'><tr><td>",
        "<link rel=stylesheet href=file:///x>",
        "a <b onclick=x>b</b>",
    ],
)
def test_rn02_raw_html_is_text(text: str) -> None:
    shown = html(text)
    assert "&lt;" in shown
    assert "<img" not in shown
    assert "<script" not in shown
    assert "<link" not in shown


@pytest.mark.parametrize("text", ["![x](http://127.0.0.1/p.png)", "![x](/etc/passwd)", "![x][y]\n\n[y]: qrc:/x"])
def test_rn01_a_picture_is_its_text(text: str) -> None:
    assert "<img" not in html(text)


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "smb://host/share",
        "//host",
        "ms-msdt:x",
        "vscode:x",
        "data:text/html,x",
        "https://user@example.org",
        "https://user:word@example.org",
        "http://",
        "https://[broken",
    ],
)
def test_rn05_only_harmless_links_can_be_clicked(target: str) -> None:
    assert safe_link(target) == ""
    assert "href" not in html(f"[text](<{target}>)")


@pytest.mark.parametrize("target", ["https://example.org/a?b=c", "http://example.org:8080", "mailto:a@example.org"])
def test_web_and_mail_links_stay(target: str) -> None:
    assert safe_link(target) == target


def test_a_hidden_character_never_reaches_a_link() -> None:
    assert safe_link("https://exa\u202emple.org") == ""
    assert safe_link("https://exa%E2%80%AEmple.org") == ""
    assert 'href="https://example.org"' in html("[text](<https://exa\u202emple.org>)")


def test_a_foreign_host_name_is_shown_as_it_is_asked_for() -> None:
    assert safe_link("https://exämple.org/x") == "https://xn--exmple-cua.org/x"


def test_control_and_bidirectional_characters_are_taken_out() -> None:
    assert clean("a\x1b[31mred\x00\u202eb") == "aredb"


def test_long_runs_get_places_to_break() -> None:
    assert max(len(run) for run in clean("x" * 100_000).split("\u200b")) <= MAX_RUN


def test_code_comes_out_as_it_was_written() -> None:
    assert render("```python\nprint('<b>')\n```", STYLE) == [Code("python", "print('<b>')")]


def test_blocks_keep_their_order() -> None:
    kinds = [type(piece) for piece in render("a\n\n```\nb\n```\n\nc", STYLE)]
    assert kinds == [Prose, Code, Prose]


def test_a_huge_table_loses_its_looks_and_nothing_else() -> None:
    row = "|" + "x|" * 50 + "\n"
    shown = html(row + "|" + "-|" * 50 + "\n" + row * 100)
    assert shown.count("padding:6px") == MAX_CELLS
    assert shown.count(">x<") == 50 * 101


@given(st.text(alphabet=st.sampled_from("ab \n`~#|-*>1.[]()!<&\\_"), max_size=300))
def test_no_text_breaks_the_renderer(text: str) -> None:
    for piece in render(text, STYLE):
        assert isinstance(piece, Prose | Code)


def test_known_languages_are_coloured_and_escaped() -> None:
    shown = highlighted("def f(): return '<b>'", "python", LIGHT)
    assert LIGHT.keyword in shown
    assert "&lt;b&gt;" in shown


@pytest.mark.parametrize("language", ["", "no-such-language"])
def test_unknown_languages_stay_plain(language: str) -> None:
    assert highlighted("a < b", language, LIGHT) == "a &lt; b"

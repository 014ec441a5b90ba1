"""Rendered text is safe to show, whatever a model wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.ui.chat.highlight import LANGUAGES, LINE_CHARS, highlights
from ollama_desk.ui.chat.markdown import MAX_RUN, RenderStyle, clean, render, reveal, safe_link
from ollama_desk.ui.palette import LIGHT

STYLE = RenderStyle(LIGHT, 14, 120, "Monospace")


def html(text: str) -> str:
    return render(text, STYLE)


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
    assert safe_link("https://xn--example-276c.org") == ""
    assert "href" not in html("[text](<https://exa\u202emple.org>)")


def test_a_foreign_host_name_is_shown_as_it_is_asked_for() -> None:
    assert safe_link("https://exämple.org/x") == "https://xn--exmple-cua.org/x"


def test_control_and_bidirectional_characters_are_taken_out() -> None:
    assert clean("a\x1b[31mred\x00\u202eb") == "aredb"


def test_long_runs_get_places_to_break() -> None:
    assert max(len(run) for run in clean("x" * 100_000).split("\u200b")) <= MAX_RUN


def test_quoted_code_comes_out_as_it_was_written() -> None:
    assert "&lt;b&gt;  x\n&lt;/b&gt;" in html("> ```\n> <b>  x\n> </b>\n> ```")


def test_rn10_what_is_hidden_in_code_is_named() -> None:
    assert reveal("if a\u202e\u2066: # \u200b\r\n\tb\x1b[31m") == "if a⟨U+202E⟩⟨U+2066⟩: # ⟨U+200B⟩\n\tb⟨U+001B⟩[31m"
    assert "⟨U+200D⟩" in html("`a\u200db`")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[https://good.example](https://bad.example/x)", "bad.example"),
        ("[good.example/login](https://bad.example)", "bad.example"),
        ("[аррle.com](https://аррle.com)", "xn--le-6kc8da.com"),
        ("[me@good.example](mailto:you@bad.example)", "you@bad.example"),
        ("[//\\[broken](https://bad.example)", "bad.example"),
    ],
)
def test_rn05_a_link_that_names_another_place_says_where_it_leads(text: str, place: str) -> None:
    assert f"({place})" in html(text)


@pytest.mark.parametrize(
    "text", ["[docs](https://a.example)", "<https://a.example/b>", "[a.example](https://a.example)"]
)
def test_an_honest_link_stands_for_itself(text: str) -> None:
    assert "(" not in html(text).split("href")[1].partition(">")[2]


def test_the_last_paragraph_has_no_space_below() -> None:
    assert html("a\n\nb").count("margin:0 0 10px 0") == 1
    assert html("a") == f'<p style="margin:0; line-height:{STYLE.line_percent}%">a</p>'


@given(st.text(alphabet=st.sampled_from("ab \n`~#|-*>1.[]()!<&\\_:/@"), max_size=300))
def test_no_text_breaks_the_renderer(text: str) -> None:
    shown = html(text)
    assert "<img" not in shown
    assert shown.count("href=") == shown.count('href="')


def spans(code: str, language: str) -> list[tuple[str, str]]:
    """Text and colour, cut out of the code as Qt counts characters."""
    units = code.encode("utf-16-le")
    return [
        (units[2 * start : 2 * (start + length)].decode("utf-16-le"), colour)
        for start, length, colour in highlights(code, language, LIGHT)
    ]


def test_known_languages_are_coloured() -> None:
    assert ("def", LIGHT.keyword) in spans("def f(): return '<b>'", "Python")


def test_colours_stand_where_they_belong_behind_an_emoji() -> None:
    assert ("def", LIGHT.keyword) in spans("a = '👨‍👩‍👧'\ndef f(): pass", "python")


@pytest.mark.parametrize("language", ["", "no-such-language", "../../x", "<b>"])
def test_unknown_languages_stay_plain(language: str) -> None:
    assert spans("a < b", language) == []


def test_lines_that_nobody_wrote_stay_plain() -> None:
    assert spans("x" * (LINE_CHARS + 1), "python") == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_that_we_name_has_colours(language: str) -> None:
    assert "".join(text for text, _ in spans("a = 1\n", language))

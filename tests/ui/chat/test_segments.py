"""An answer is cut the same way however it arrives, and its open tail stays short."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.ui.chat.segments import TAIL_CHARS, Segmenter

MARKDOWN = st.text(alphabet=st.sampled_from("ab \n`~#|-*>1."), max_size=400)


def cut(pieces: list[str]) -> list[str]:
    segmenter = Segmenter()
    finished = [segment for piece in pieces for segment in segmenter.feed(piece)]
    return finished + segmenter.end()


@given(MARKDOWN, st.lists(st.integers(0, 400), max_size=12))
def test_any_chunking_gives_the_same_segments(text: str, places: list[int]) -> None:
    edges = sorted({0, len(text), *(min(place, len(text)) for place in places)})
    pieces = [text[start:end] for start, end in itertools.pairwise(edges)]
    assert cut(pieces) == cut([text])


@given(MARKDOWN)
def test_nothing_but_empty_lines_is_lost(text: str) -> None:
    assert "".join("".join(cut([text])).split()) == "".join(text.split())


def test_a_paragraph_ends_at_an_empty_line() -> None:
    assert cut(["One\nline.\n\nTwo"]) == ["One\nline.\n\n", "Two"]


def test_a_fence_holds_its_empty_lines() -> None:
    assert cut(["```py\na\n\nb\n```\nafter"]) == ["```py\na\n\nb\n```\n", "after"]


def test_a_long_fence_is_closed_and_opened_again() -> None:
    segments = cut(["```py\n" + "x = 1\n" * 1_000 + "```\n"])
    assert len(segments) > 3
    assert all(segment.startswith("```py\n") and segment.endswith("```\n") for segment in segments)


def test_the_tail_stays_short_where_nothing_ends() -> None:
    segmenter = Segmenter()
    for _ in range(5_000):
        segmenter.feed("word ")
    assert len(segmenter.tail) <= TAIL_CHARS + len("word ")

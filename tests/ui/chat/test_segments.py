"""An answer is cut the same way however it arrives, and its open tail stays short."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.ui.chat.segments import TAIL_WEIGHT, Segment, Segmenter, weight

MARKDOWN = st.text(alphabet=st.sampled_from("ab \n`~#|-*>1.[漢"), max_size=400)
LIMIT = 60  # so that short texts are cut, too


def segments(pieces: list[str], limit: int = TAIL_WEIGHT, *, cuts_code: bool = True) -> list[Segment]:
    segmenter = Segmenter(limit=limit, cuts_code=cuts_code)
    finished = [segment for piece in pieces for segment in segmenter.feed(piece)]
    return finished + segmenter.end()


def cut(*pieces: str) -> list[str]:
    return [segment.text for segment in segments(list(pieces))]


@given(MARKDOWN, st.lists(st.integers(0, 400), max_size=12), st.sampled_from([LIMIT, TAIL_WEIGHT]))
def test_any_chunking_gives_the_same_segments(text: str, places: list[int], limit: int) -> None:
    edges = sorted({0, len(text), *(min(place, len(text)) for place in places)})
    pieces = [text[start:end] for start, end in itertools.pairwise(edges)]
    for cuts_code in (True, False):
        assert segments(pieces, limit, cuts_code=cuts_code) == segments([text], limit, cuts_code=cuts_code)


@given(MARKDOWN)
def test_a_segment_knows_where_it_ends(text: str) -> None:
    ends = [segment.end for segment in segments([text])]
    assert ends == sorted(ends)
    assert all(0 < end <= len(text) for end in ends)
    assert not text[ends[-1] if ends else 0 :].strip("` ~\n>")


@given(st.text(alphabet=st.sampled_from("ab \n#-*>1.漢"), max_size=400), st.sampled_from([LIMIT, TAIL_WEIGHT]))
def test_nothing_but_empty_lines_is_lost(text: str, limit: int) -> None:
    assert "".join("".join(each.text for each in segments([text], limit)).split()) == "".join(text.split())


def test_a_paragraph_ends_at_an_empty_line() -> None:
    assert cut("One\nline.\n\nTwo") == ["One\nline.\n\n", "Two"]


def test_a_list_goes_on_behind_empty_lines() -> None:
    assert cut("1. One\n\n   more\n\n2. Two\n\nAfter") == ["1. One\n\n   more\n\n2. Two\n\n", "After"]


def test_a_list_is_known_to_have_ended_before_the_next_line_has() -> None:
    segmenter = Segmenter()
    assert [each.text for each in segmenter.feed("- One\n- Two\n\nA paragraph that")] == ["- One\n- Two\n\n"]


def test_code_is_a_segment_of_its_own_and_holds_its_empty_lines() -> None:
    found = segments(["Look:\n```py x\na\n\nb\n```\nafter"])
    assert [(each.text, each.language) for each in found] == [("Look:\n", None), ("a\n\nb\n", "py"), ("after", None)]


def test_the_code_of_an_item_loses_its_indent() -> None:
    assert cut("1. Do:\n   ```sh\n   ls\n     -l\n   ```\n2. Done") == ["1. Do:\n", "ls\n  -l\n", "2. Done"]


def test_a_fence_that_never_ends_is_code_to_the_end() -> None:
    assert [(each.text, each.language) for each in segments(["```\na\n\n# b"])] == [("a\n\n# b", "")]


def test_long_code_comes_in_parts_that_belong_together() -> None:
    found = segments(["```py\n" + "x = 1\n" * 1_000 + "```\n"])
    assert len(found) > 3
    assert [each.goes_on for each in found] == [False] + [True] * (len(found) - 1)
    assert "".join(each.text for each in found) == "x = 1\n" * 1_000


def test_stored_code_is_one_segment() -> None:
    found = segments(["```py\n" + "x = 1\n" * 1_000 + "```\n"], cuts_code=False)
    assert [each.text for each in found] == ["x = 1\n" * 1_000]


def test_the_head_of_a_long_table_is_repeated() -> None:
    head = "| a | b |\n|---|---|\n"
    found = cut(head + "| 1 | 2 |\n" * 100)
    assert len(found) > 3
    assert all(text.startswith(head) for text in found)
    assert "".join(text.removeprefix(head) for text in found) == "| 1 | 2 |\n" * 100


def test_a_table_that_ends_where_it_was_cut_leaves_no_empty_one() -> None:
    head = "| a | b |\n|---|---|\n"
    for rows in range(5, 40):
        assert head not in (text.rstrip() + "\n" for text in cut(head + "| 1 | 2 |\n" * rows + "\nAfter all of this."))


def test_a_long_list_is_cut_between_its_items() -> None:
    found = cut("".join(f"- Item {number}\n  and its second line\n" for number in range(100)))
    assert len(found) > 3
    assert all(text.startswith("- Item") for text in found)


def test_the_tail_stays_short_where_nothing_ends() -> None:
    segmenter = Segmenter()
    for _ in range(5_000):
        segmenter.feed("word ")
    assert len(segmenter.tail) <= TAIL_WEIGHT + len("word ")


def test_what_is_costly_to_show_is_cut_into_shorter_segments() -> None:
    for text in ("[" * 5_000, "漢" * 5_000, "|a" * 5_000, "*a*\n" * 5_000):
        assert max(weight(segment.text) for segment in segments([text])) <= 2 * TAIL_WEIGHT
        assert len(segments([text])) > len(text) // TAIL_WEIGHT

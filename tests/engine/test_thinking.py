"""Thinking is told from the answer, however the text was chunked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.engine.thinking import ThinkingParser, UnaskedThinking

PARTS = st.lists(st.sampled_from(["<think>", "</think>", "<th", "ink>", "</", "think>", " ", "\n", "a", "é🙂", "<"]))


def told(chunks: list[str], *, inside: bool = False) -> tuple[str, str]:
    parser = ThinkingParser(inside=inside)
    pairs = [parser.feed(chunk) for chunk in chunks]
    pairs.append(parser.finish())
    return "".join(thought for thought, _ in pairs), "".join(said for _, said in pairs)


def test_thinking_is_cut_off_with_the_space_around_its_tags() -> None:
    assert told(["<think>\nLet me see.\n</think>\n\nIt is 42."]) == ("Let me see.\n", "It is 42.")


@pytest.mark.parametrize("text", ["Hello.", "  Hello <think>no</think>", "<thin ice", "<", ""])
def test_what_does_not_begin_with_the_tag_is_all_answer(text: str) -> None:
    assert told([text]) == ("", text)


def test_thinking_that_never_ends_is_thinking() -> None:
    assert told(["<think>on and on </thi"]) == ("on and on </thi", "")


def test_a_prompt_that_opened_the_tag_begins_inside() -> None:
    assert told(["Well.</think>Yes."], inside=True) == ("Well.", "Yes.")


def test_a_token_goes_on_as_soon_as_it_is_certain() -> None:
    parser = ThinkingParser()
    assert parser.feed("<think>One") == ("One", "")
    assert parser.feed(" two</") == (" two", "")
    assert parser.feed("think>") == ("", "")
    assert parser.feed("\nYes") == ("", "Yes")
    assert parser.feed(" <think>") == ("", " <think>")


@given(PARTS, st.booleans())
def test_any_chunking_gives_the_same(parts: list[str], inside: bool) -> None:  # noqa: FBT001 - given by hypothesis
    text = "".join(parts)
    assert told(parts, inside=inside) == told([text], inside=inside) == told(list(text), inside=inside)


def test_other_tags_are_told_apart_as_well() -> None:
    parser = ThinkingParser(tags=("<reason>", "</reason>"))
    assert parser.feed("<reason>Hm.</reason> Yes.") == ("Hm.", "Yes.")


def test_thinking_that_nobody_asked_for_goes_back_into_its_tags() -> None:
    unasked = UnaskedThinking()
    parts = [("Hm", ""), (", well.", ""), ("", "Yes"), ("", "."), ("", "")]
    assert "".join(unasked.told(*part) for part in parts) == "<think>\nHm, well.\n</think>\n\nYes."
    assert UnaskedThinking().told("All", " at once") == "<think>\nAll\n</think>\n\n at once"


def test_thinking_that_was_told_apart_elsewhere_loses_the_space_around_it() -> None:
    parser = ThinkingParser()
    assert [parser.passed(part) for part in ("\n", "\nWell, ", "so.\n")] == ["", "Well, ", "so.\n"]
    assert [parser.feed(part) for part in ("\n\n", " Yes.", "\n")] == [("", ""), ("", "Yes."), ("", "\n")]

"""Calls of tools are found in the text, in the tags of every family, however the text was chunked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.engine.tool_calls import HERMES, JSON_TAG, TAGS, ToolParser

ARGUMENTS = '{"city": "Oslo"}'
CALL = '<tool_call>\n{"name": "f", "arguments": {"city": "Oslo"}}\n</tool_call>'
PARTS = st.lists(
    st.sampled_from([CALL, "<tool_call>", "</tool_call>", "<tool", "[TOOL", " ", "\n", "a", "é🙂", "{", "<"])
)


def told(chunks: list[str], parser: ToolParser | None = None) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    parser = parser or ToolParser(TAGS)
    pairs = [*(parser.feed(chunk) for chunk in chunks), parser.finish()]
    calls = [(call.function.name, call.function.arguments) for _, found in pairs for call in found]
    return "".join(said for said, _ in pairs), calls


FORMS = [
    CALL,
    '<tool_call>{"name": "f", "arguments": "{\\"city\\": \\"Oslo\\"}"}</tool_call>',
    '<tool_call>{"name": "f", "arguments": {"city": "Oslo"}}',  # cut before its end
    '[TOOL_CALLS] [{"name": "f", "arguments": {"city": "Oslo"}}]',
    '[TOOL_CALLS]f[ARGS]{"city": "Oslo"}',
    "<tool_call>f\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n</tool_call>",
    "<tool_call>\n<function=f>\n<parameter=city>\nOslo\n</parameter>\n</function>\n</tool_call>",
    '<function=f>{"city": "Oslo"}</function>',
    f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{ARGUMENTS}\n```<｜tool▁calls▁end｜>",
    f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>f<｜tool▁sep｜>{ARGUMENTS}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    '<|python_tag|>{"name": "f", "parameters": {"city": "Oslo"}}',
    '<|tool_call|>[{"name": "f", "arguments": {"city": "Oslo"}}]',
    '<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "f", "parameters": {"city": "Oslo"}}]<|END_ACTION|>',
    'functools[{"name": "f", "arguments": {"city": "Oslo"}}]',
    '<tool_call>{"type": "function", "function": {"name": "f", "arguments": {"city": "Oslo"}}}</tool_call>',
]


@pytest.mark.parametrize("text", FORMS)
def test_the_call_of_every_family_is_found(text: str) -> None:
    assert told([text]) == ("", [("f", {"city": "Oslo"})])
    assert told(list(text)) == ("", [("f", {"city": "Oslo"})])


def test_several_calls_and_the_text_around_them_are_told_apart() -> None:
    text = f'Let me look.\n{CALL}\n<tool_call>{{"name": "g"}}</tool_call>\n\nDone.'
    assert told([text]) == ("Let me look.\nDone.", [("f", {"city": "Oslo"}), ("g", {})])


@pytest.mark.parametrize(
    "text",
    [
        "<tool_call>{broken}</tool_call> after",
        "<tool_call>no call at all</tool_call>",
        '<tool_call>{"name": 7}</tool_call>',
        '<tool_call>{"name": "f", "arguments": [1]}</tool_call>',
        '<tool_call>{"name": "f", "arguments": "no"}</tool_call>',
        "<tool_call>[1, 2]</tool_call>",
        '<tool_call>{"name": "f"} and more</tool_call>',
        "<tool_call><arg_key>a</arg_key></tool_call>",
        "[TOOL_CALLS]f[ARGS][1]",
        "<tool_call>f {not json}</tool_call>",
        "<tool_call>f {} and more</tool_call>",
        "[TOOL_CALLS] and nothing behind",
        "<tool_ca",
        "  a <b> c",
        "",
    ],
)
def test_what_is_no_call_stays_as_it_was_written(text: str) -> None:
    assert told(list(text)) == (text, [])
    assert told([text]) == (text, [])


@given(PARTS)
def test_chunks_make_no_difference(parts: list[str]) -> None:
    text = "".join(parts)
    assert told(parts) == told([text]) == told(list(text))


def test_no_part_of_a_tag_leaks() -> None:
    parser = ToolParser([HERMES])
    assert parser.feed("So: <tool_") == ("So: ", [])
    assert parser.feed("call>") == ("", [])


def test_json_without_a_tag_is_a_call_where_it_names_a_tool() -> None:
    text = '{"name": "f", "parameters": {"city": "Oslo"}}'
    assert told([text], ToolParser([JSON_TAG], ["f"])) == ("", [("f", {"city": "Oslo"})])
    assert told([text], ToolParser([JSON_TAG], ["g"])) == (text, [])
    assert told([f"Hm. {text}"], ToolParser([JSON_TAG], ["f"])) == (f"Hm. {text}", [])


def test_calls_have_ids_of_their_own() -> None:
    _, calls = ToolParser(TAGS).feed(CALL * 2)
    ids = [call.id for call in calls]
    assert len(set(ids)) == 2
    assert all(one.startswith("call_") and len(one) == 13 for one in ids)

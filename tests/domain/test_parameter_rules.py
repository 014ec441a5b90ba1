"""What a person may write for a parameter, and what it means."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_desk.domain.parameter_rules import RULES, UnusableValueError, Value, is_name, read_value, write_values


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("temperature", "0.6", 0.6),
        ("temperature", " 0,6 ", 0.6),
        ("top_p", "1", 1.0),
        ("top_k", "40", 40),
        ("num_ctx", "8k", 8192),
        ("num_ctx", "1e+06", 1_000_000),
        ("num_predict", "-1", -1),
        ("seed", "42", 42),
        ("repeat_last_n", "-1", -1),
        ("use_mmap", "False", False),
        ("stop", "</s>\n<|end|>", ("</s>", "<|end|>")),
        ("stop", "\\nUser:", ("\nUser:",)),
        ("stop", "", ()),
        ("mirostat", "2", 2),
        ("mirostat_tau", "0.5", 0.5),
        ("new_switch", "true", True),
        ("new_text", "q8_0", "q8_0"),
    ],
)
def test_a_value_is_read_as_its_parameter_wants_it(name: str, text: str, value: Value) -> None:
    read = read_value(name, text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("temperature", "hot"),
        ("temperature", "3"),
        ("temperature", "nan"),
        ("temperature", "inf"),
        ("temperature", ""),
        ("top_p", "1.1"),
        ("top_k", "4.5"),
        ("top_k", "-1"),
        ("num_ctx", "128"),
        ("num_ctx", "k"),
        ("seed", "4k"),
        ("seed", "99999999999"),
        ("use_mmap", "yes"),
        ("mirostat", "  "),
    ],
)
def test_what_a_server_would_choke_on_is_refused(name: str, text: str) -> None:
    with pytest.raises(UnusableValueError):
        read_value(name, text)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1), max_size=4))
def test_stop_words_come_back_as_they_were(words: list[str]) -> None:
    assert read_value("stop", write_values(words)) == tuple(words)


def test_names_are_those_that_a_server_can_have() -> None:
    assert all(map(is_name, RULES))
    assert not any(map(is_name, ("", "Top P", "top-p", "1st", "ü", "a" * 65)))

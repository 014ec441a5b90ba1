"""Every usual parameter is explained, and each kind of value has its own words for what to write."""

import pytest

from ollama_desk.domain.parameter_rules import RULES
from ollama_desk.ui.models.parameter_text import parameter_hint, value_problem


def test_every_usual_parameter_has_words_of_its_own() -> None:
    hints = {parameter_hint(name) for name in RULES}
    assert len(hints) == len(RULES)
    assert parameter_hint("mirostat") not in hints


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("temperature", "Write a number from 0 to 2."),
        ("num_ctx", "Write a whole number from 256 to 16777216."),
        ("use_mmap", "Write true or false."),
        ("stop", "Write one text on each line."),
        ("mirostat", "Write a value."),
    ],
)
def test_what_to_write_is_said(name: str, sentence: str) -> None:
    assert value_problem(name) == sentence

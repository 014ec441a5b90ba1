"""Durations are read as Go reads them."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.duration import keep_alive_seconds, parse_duration, seconds_of_variable


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10m", 600.0), ("1h30m", 5400.0), ("1.5s", 1.5), ("250ms", 0.25), ("-1m", -60.0), ("0", 0.0), ("+2s", 2.0)],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("soon", 'time: invalid duration "soon"'),
        ("300", 'time: missing unit in duration "300"'),
        ("", 'time: invalid duration ""'),
        ("3y", 'time: unknown unit "y" in duration "3y"'),
    ],
)
def test_what_is_no_duration_is_refused_in_gos_words(text: str, complaint: str) -> None:
    with pytest.raises(RequestFailedError) as caught:
        parse_duration(text)
    assert (str(caught.value), caught.value.status) == (complaint, 400)


@given(st.text(max_size=12))
def test_no_text_crashes_it(text: str) -> None:
    assert seconds_of_variable(text, 7.0) >= 0


@pytest.mark.parametrize(
    ("value", "seconds"), [(None, 300.0), (60, 60.0), (0.5, 0.5), (-1, inf), ("-1s", inf), (0, 0.0), ("2m", 120.0)]
)
def test_keep_alive_is_seconds_or_a_duration(value: object, seconds: float) -> None:
    assert keep_alive_seconds(value, 300.0) == seconds


@pytest.mark.parametrize("value", [True, [], {}])
def test_keep_alive_of_another_kind_is_refused(value: object) -> None:
    with pytest.raises(RequestFailedError):
        keep_alive_seconds(value, 300.0)


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 300.0), ("90", 90.0), ("-1", inf), (' "1h" ', 3600.0), ("x", 300.0)]
)
def test_a_variable_may_be_seconds_or_a_duration(text: str, seconds: float) -> None:
    assert seconds_of_variable(text, 300.0) == seconds

"""Times, texts and measurements go into the database and come out as they were."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.storage.rows import from_ms, storable, to_ms


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_a_time_comes_back_to_the_millisecond(at: datetime) -> None:
    back = from_ms(to_ms(at))
    assert timedelta(0) <= at - back < timedelta(milliseconds=1)
    assert back.tzinfo is UTC


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    at = datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=5)))
    assert from_ms(to_ms(at)) == at


@given(st.text())
def test_text_that_utf8_can_hold_is_not_touched(text: str) -> None:
    assert storable(text) == text


def test_lone_surrogates_are_replaced_and_halves_are_joined() -> None:
    assert storable("a\ud800b") == "a\ufffdb"
    assert storable("\udc00") == "\ufffd"
    assert storable("\ud83d\ude00 \udfff") == "😀 \ufffd"


@given(st.text(st.characters(codec=None)))
def test_whatever_is_stored_is_utf8(text: str) -> None:
    storable(text).encode()

"""Every exchange with two real servers, made again through the client."""

from pathlib import Path

import pytest

from ollama_desk.domain.errors import NotOllamaError, RequestFailedError
from ollama_desk.ollama.errors import failure
from tests.ollama.exchanges import made_again
from tests.ollama.expected import EXPECTED, NOT_METHODS
from tests.support.recordings import GENERATIONS, Recording, recordings

ALL = [recording for generation in GENERATIONS for recording in recordings(generation)]
REPLAYED = [recording for recording in ALL if recording.name not in NOT_METHODS and not recording.is_cut]


def _name(recording: Recording) -> str:
    return f"{recording.generation}/{recording.name}"


@pytest.mark.parametrize("recording", REPLAYED, ids=_name)
def test_a_recorded_exchange_comes_out_as_the_right_value_or_error(recording: Recording, tmp_path: Path) -> None:
    check = EXPECTED.get(_name(recording)) or EXPECTED[recording.name]
    check(recording, made_again(recording, tmp_path))


def test_no_exchange_and_no_expectation_is_left_over() -> None:
    names = {recording.name for recording in REPLAYED}
    assert {name.rpartition("/")[2] for name in EXPECTED} == names
    assert names.isdisjoint(NOT_METHODS)
    assert len(ALL) == 260
    assert len(REPLAYED) == 227


@pytest.mark.parametrize(
    "recording",
    [recording for recording in ALL if recording.name in NOT_METHODS and recording.status >= 400],
    ids=_name,
)
def test_a_refusal_of_another_route_is_a_readable_sentence_too(recording: Recording) -> None:
    error = failure(recording.status, b"".join(recording.pieces))
    assert isinstance(error, RequestFailedError)
    assert not isinstance(error, NotOllamaError)
    assert "{" not in str(error)
    assert str(error).endswith(".")

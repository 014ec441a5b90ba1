"""Refusals become sentences, however deeply the server has wrapped its words."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_desk.domain.errors import (
    ContextFullError,
    ModelLoadError,
    NotOllamaError,
    OllamaError,
    RequestFailedError,
    RunnerCrashedError,
    ServerBusyError,
    UnsupportedByModelError,
)
from ollama_desk.ollama.errors import error_of, failure

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def wrapped(words: str, times: int) -> Any:
    error: Any = words
    for _ in range(times):
        error = json.dumps({"error": {"code": 500, "message": error, "type": "server_error"}})
    return error


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_errors_inside_errors_are_unwrapped_to_the_words(times: int) -> None:
    error = error_of(wrapped("request (9 tokens) exceeds the available context size (4 tokens)", times), status=400)
    assert type(error) is ContextFullError
    assert "The server said: request (9 tokens) exceeds" in str(error)
    assert "{" not in str(error)


def test_words_before_the_wrapped_error_stay() -> None:
    text = 'POST predict: {"error":{"code":500,"message":"out of cheese","type":"server_error"}}'
    assert str(error_of(text, status=500)).endswith("The server said: POST predict out of cheese.")


def test_an_object_that_is_no_error_is_repeated_as_it_is() -> None:
    assert 'The server said: bad template {"a": 1}.' in str(error_of('bad template {"a": 1}', status=400))


def test_the_type_alone_tells_a_full_context() -> None:
    text = '{"error":{"code":400,"message":"too long","type":"exceed_context_size_error"}}'
    assert type(error_of(text, status=400)) is ContextFullError


@pytest.mark.parametrize(
    ("text", "status", "kind", "says"),
    [
        (
            "the prompt is longer than the context length currently available to the model; shorten the prompt",
            400,
            ContextFullError,
            "larger context",
        ),
        ("server busy, please try again.  maximum pending requests exceeded", 200, ServerBusyError, "Wait"),
        (
            "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error",
            500,
            RunnerCrashedError,
            "Send the message again",
        ),
        (
            "an error was encountered while running the model: unexpected EOF: signal: killed",
            200,
            RunnerCrashedError,
            "The model's process was killed",
        ),
        ("llama runner process has terminated: signal: killed", 500, ModelLoadError, "its memory runs out"),
        ("llama-server process has terminated: exit status 1: error", 500, ModelLoadError, "could not be loaded"),
        ("llama runner process has terminated: exit status 2", 500, ModelLoadError, "could not be loaded"),
        ("timed out waiting for llama-server to start - loading", 500, ModelLoadError, "could not be loaded"),
        ("unable to load model: /blobs/sha256-1", 500, ModelLoadError, "could not be loaded"),
        ("llama-server reported out-of-memory during startup: x", 500, ModelLoadError, "does not fit the memory"),
        ("model requires more system memory (9 GiB) than is available (1 GiB)", 500, ModelLoadError, "smaller one"),
        ("x: this model may be incompatible with your version of Ollama", 500, ModelLoadError, "Update the server"),
        ("tiny does not support insert\ntiny does not support vision", 400, UnsupportedByModelError, "insert tiny"),
        ("raw mode does not support template, system, or context", 400, RequestFailedError, "refused the request"),
        ("write /x: no space left on device", 200, RequestFailedError, "disk of the server is full"),
        ("max retries exceeded: unexpected EOF", 200, RequestFailedError, "could not reach the model registry"),
        ("unauthorized", 401, RequestFailedError, "sign in"),
        ("ollama cloud is disabled: remote model is unavailable", 403, RequestFailedError, "cloud is disabled"),
        ("something new", 500, RequestFailedError, "The server failed at the request"),
        ("something new", 418, RequestFailedError, "The server refused the request"),
    ],
)
def test_texts_of_servers_find_their_class(text: str, status: int, kind: type[RequestFailedError], says: str) -> None:
    error = error_of(text, status=status)
    assert type(error) is kind
    assert error.status == status
    assert says in str(error)


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (404, b"404 page not found", RequestFailedError, "does not know this request"),
        (405, b"405 method not allowed", RequestFailedError, "does not know this request"),
        (403, b"", RequestFailedError, "refused this program"),
        (503, b"", ServerBusyError, "no reason (status 503)"),
        (500, b"", RequestFailedError, "no reason (status 500)"),
        (404, b"<html><h1>Not Found</h1>", NotOllamaError, "not an Ollama server"),
        (404, b'{"detail":"Not Found"}', NotOllamaError, "not an Ollama server"),
        (502, b"Bad Gateway", RequestFailedError, "Bad Gateway"),
        (500, b"\xff\xfe\x00", RequestFailedError, "failed"),
    ],
)
def test_bodies_that_are_no_error_objects(status: int, body: bytes, kind: type[OllamaError], says: str) -> None:
    error = failure(status, body)
    assert type(error) is kind
    assert says in str(error)


def test_a_long_rant_of_the_server_is_cut_and_stays_on_one_line() -> None:
    sentence = str(error_of("line\n" * 100_000, status=500))
    assert len(sentence) < 1000
    assert "\n" not in sentence
    assert sentence.endswith("…")


@settings(deadline=None)
@given(st.integers(300, 599), JSON_VALUES | st.binary())
def test_whatever_a_server_says_is_an_error_with_a_sentence(status: int, said: object) -> None:
    body = said if isinstance(said, bytes) else json.dumps({"error": said}).encode()
    error = failure(status, body)
    assert str(error)[0].isupper()
    assert str(error)[-1] in ".!?…"
    str(error).encode()


@settings(deadline=None)
@given(st.text(), st.integers(0, 12))
def test_no_depth_of_wrapping_is_too_deep(words: str, times: int) -> None:
    assert str(error_of(wrapped(words, times))).encode()


def test_nesting_without_end_is_no_danger() -> None:
    deep = '{"error":' * 20_000
    assert isinstance(failure(500, deep.encode()), OllamaError)
    assert isinstance(error_of(deep + "}" * 20_000), RequestFailedError)

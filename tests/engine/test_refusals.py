"""What cannot be answered is refused with the status and in the words of a real server."""

from typing import Any

import pytest

from tests.support.engine import EngineProcess

HI = [{"role": "user", "content": "hi"}]
NO_DIGEST = "sha256:" + "1" * 64

REFUSED: list[tuple[str, str, Any, int, str]] = [
    ("POST", "/api/show", {"model": "nope"}, 404, "model 'nope:latest' not found"),
    ("POST", "/api/show", {}, 400, "model is required"),
    ("POST", "/api/show", {"model": "a b/c::"}, 400, "invalid model name"),
    ("DELETE", "/api/delete", {"model": "nope"}, 404, "model 'nope' not found"),
    ("POST", "/api/chat", {"model": "nope", "messages": HI}, 404, "model 'nope' not found"),
    ("POST", "/api/chat", {"messages": HI}, 400, "model is required"),
    ("POST", "/api/generate", {"model": "nope", "prompt": "hi"}, 404, "model 'nope' not found"),
    ("POST", "/api/copy", {"source": "nope", "destination": "b"}, 404, 'model "nope" not found'),
    ("POST", "/api/copy", {"source": "tiny", "destination": "!!"}, 400, 'destination "!!" is invalid'),
    ("POST", "/api/create", {"model": "x"}, 400, "neither 'from' or 'files' was specified"),
    ("POST", "/api/embed", {"model": "nope", "input": "x"}, 404, 'model "nope" not found, try pulling it first'),
    (
        "POST",
        "/api/embed",
        {"model": "tiny", "input": "x"},
        501,
        "This server does not support embeddings. Start it with `--embeddings`",
    ),
    ("POST", "/api/pull", {}, 400, "invalid model name"),
    (
        "POST",
        "/api/chat",
        {"model": "tiny", "messages": HI, "think": "maybe"},
        400,
        'invalid think value: "maybe" (must be "high", "medium", "low", "max", true, or false)',
    ),
    (
        "POST",
        "/api/chat",
        {"model": "tiny", "messages": HI, "keep_alive": "soon"},
        400,
        'time: invalid duration "soon"',
    ),
    (
        "POST",
        "/api/chat",
        {"model": "tiny", "messages": HI, "options": {"temperature": "hot"}},
        500,
        'option "temperature" must be of type float32',
    ),
    (
        "POST",
        "/api/chat",
        {"model": "tiny", "messages": HI, "options": {"stop": "x"}},
        500,
        'option "stop" must be of type array',
    ),
    (
        "POST",
        "/api/chat",
        {"model": "tiny", "messages": HI, "format": "yaml"},
        500,
        'invalid format: "\\"yaml\\""; expected "json" or a valid JSON Schema object',
    ),
    (
        "POST",
        "/api/chat",
        {"model": "tiny", "messages": HI, "tools": [{"type": "function"}]},
        400,
        "registry.ollama.ai/library/tiny:latest does not support tools",
    ),
    (
        "POST",
        "/api/generate",
        {"model": "tiny", "prompt": "a", "suffix": "b"},
        400,
        "registry.ollama.ai/library/tiny:latest does not support insert",
    ),
    (
        "POST",
        "/api/chat",
        {"model": "tiny", "messages": [{"role": "user", "content": "what", "images": ["@@@"]}]},
        400,
        "illegal base64 data at input byte 0",
    ),
    (
        "POST",
        "/api/generate",
        {"model": "tiny", "prompt": "a", "raw": True, "system": "b"},
        400,
        "raw mode does not support template, system, or context",
    ),
]


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused[-1])
def test_a_refusal_has_the_recorded_words(engine: EngineProcess, refused: tuple[str, str, Any, int, str]) -> None:
    method, path, body, status, text = refused
    reply = engine.ask(method, path, body)
    assert (reply.status, reply.json) == (status, {"error": text})
    assert reply.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", "missing request body"),
        (b"{nope", "invalid character 'n' looking for beginning of object key string"),
        (b"nope", "invalid character 'n' looking for beginning of value"),
        (b'{"model":"a"', "unexpected EOF"),
        (b"\xff\xfe", "invalid UTF-8 in request body"),
    ],
)
def test_a_body_that_is_no_json_is_refused(engine: EngineProcess, raw: bytes, text: str) -> None:
    reply = engine.ask("POST", "/api/show", raw=raw)
    assert (reply.status, reply.error) == (400, text)


def test_a_body_of_the_wrong_types_is_refused(engine: EngineProcess) -> None:
    reply = engine.ask("POST", "/api/chat", {"model": 3})
    assert reply.status == 400
    assert reply.error.startswith("json: cannot unmarshal")


def test_a_body_that_is_too_large_is_refused(engine: EngineProcess) -> None:
    reply = engine.ask("POST", "/api/show", raw=b" " * (16 * 1024 * 1024 + 1))
    assert reply.status == 413


def test_an_unknown_path_is_not_found_in_plain_text(engine: EngineProcess) -> None:
    reply = engine.ask("GET", "/api/nope")
    assert (reply.status, reply.body, reply.headers["content-type"]) == (404, b"404 page not found", "text/plain")


@pytest.mark.parametrize(
    ("method", "path", "allow"), [("GET", "/api/chat", "POST"), ("POST", "/api/tags", "HEAD, GET")]
)
def test_a_wrong_method_is_told_which_are_right(engine: EngineProcess, method: str, path: str, allow: str) -> None:
    reply = engine.ask(method, path)
    assert (reply.status, reply.body, reply.headers["allow"]) == (405, b"405 method not allowed", allow)


@pytest.mark.parametrize("headers", [{"Host": "example.com"}, {"Origin": "https://example.com"}])
def test_a_foreign_page_is_refused_without_a_word(engine: EngineProcess, headers: dict[str, str]) -> None:
    reply = engine.ask("GET", "/api/version", headers=headers)
    assert (reply.status, reply.body) == (403, b"")


def test_a_page_of_this_machine_may_ask(engine: EngineProcess) -> None:
    origin = {"Origin": "http://localhost:3000"}
    assert engine.ask("GET", "/api/version", headers=origin).headers["access-control-allow-origin"] == origin["Origin"]
    assert engine.ask("OPTIONS", "/api/chat", headers=origin).status == 204


@pytest.mark.parametrize("path", ["/v1/chat/completions"])
def test_openais_face_has_its_own_shape_of_errors(engine: EngineProcess, path: str) -> None:
    reply = engine.ask("POST", path, {"model": "nope", "messages": HI})
    error = {"message": "model 'nope' not found", "type": "not_found_error", "param": None, "code": None}
    assert (reply.status, reply.json) == (404, {"error": error})

"""The structs of the wire read and write what real servers and their clients said, to the byte."""

import json
from typing import Any

import msgspec
import pytest

from ollama_desk.ollama import wire
from tests.support.recordings import GENERATIONS, Recording, recordings

REQUESTS: dict[str, type[msgspec.Struct]] = {
    "/api/chat": wire.ChatRequest,
    "/api/generate": wire.GenerateRequest,
    "/api/embed": wire.EmbedRequest,
    "/api/embeddings": wire.EmbeddingsRequest,
    "/api/show": wire.ShowRequest,
    "/api/create": wire.CreateRequest,
    "/api/pull": wire.PullRequest,
    "/api/delete": wire.DeleteRequest,
    "/api/copy": wire.CopyRequest,
}
REPLIES: dict[str, type[msgspec.Struct]] = {
    "/api/chat": wire.ChatResponse,
    "/api/generate": wire.GenerateResponse,
    "/api/embed": wire.EmbedResponse,
    "/api/embeddings": wire.EmbeddingsResponse,
    "/api/show": wire.ShowResponse,
    "/api/create": wire.ProgressLine,
    "/api/pull": wire.ProgressLine,
    "/api/tags": wire.TagsResponse,
    "/api/ps": wire.PsResponse,
    "/api/version": wire.VersionResponse,
    "/api/status": wire.StatusResponse,
}
WHOLE = [recording for generation in GENERATIONS for recording in recordings(generation) if not recording.is_cut]
REQUESTED = [
    recording
    for recording in WHOLE
    if recording.sent and recording.path in REQUESTS and "…" not in recording.sent  # messages left out
]
ESCAPES = {"\\u003c": "<", "\\u003e": ">", "\\u0026": "&"}  # Go's caution about HTML


def _name(recording: Recording) -> str:
    return f"{recording.generation}/{recording.name}"


@pytest.mark.parametrize("recording", [found for found in WHOLE if found.path in REPLIES], ids=_name)
def test_a_reply_is_written_as_a_real_server_wrote_it(recording: Recording) -> None:
    for piece in recording.pieces:
        text = piece.decode().strip()
        if not text.startswith("{"):
            continue
        kind = wire.ErrorLine if text.startswith('{"error"') else REPLIES[recording.path]
        for escape, character in ESCAPES.items():
            text = text.replace(escape, character)
        assert msgspec.json.encode(msgspec.json.decode(piece, type=kind)).decode() == text


@pytest.mark.parametrize("recording", REQUESTED, ids=_name)
def test_a_request_of_any_client_is_read_without_loss(recording: Recording) -> None:
    again = msgspec.to_builtins(msgspec.convert(recording.sent, REQUESTS[recording.path]))
    assert _without_defaults(again) == _without_defaults(recording.sent)


def _without_defaults(value: Any) -> Any:
    """``value`` without what means nothing: empty texts and lists, the index 0."""
    if isinstance(value, dict):
        return {key: _without_defaults(item) for key, item in value.items() if item not in ("", []) and key != "index"}
    if isinstance(value, list):
        return [_without_defaults(item) for item in value]
    return value


def test_old_clients_may_say_name() -> None:
    assert msgspec.json.decode(b'{"name":"a"}', type=wire.DeleteRequest).wanted == "a"
    assert json.loads(msgspec.json.encode(wire.DeleteRequest(model="a"))) == {"model": "a"}

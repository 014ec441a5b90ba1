"""What tests of a running engine ask of its tiny model: something that never ends, and something that does."""

import http.client
import json
from typing import Any

from tests.support.engine import EngineProcess

ENDLESS: dict[str, Any] = {
    "model": "tiny",
    "messages": [{"role": "user", "content": "endless"}],
    "options": {"num_ctx": 16384},
}
STORY = {"model": "tiny", "messages": [{"role": "user", "content": "story"}], "stream": False}


def begin(engine: EngineProcess, body: dict[str, Any]) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Ask for a stream and read its first line."""
    connection = engine.connect()
    connection.request("POST", "/api/chat", json.dumps(body).encode())
    response = connection.getresponse()
    assert json.loads(response.readline())["message"]["content"]
    return connection, response


def loaded(engine: EngineProcess) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = engine.ask("GET", "/api/ps").json["models"]
    return found

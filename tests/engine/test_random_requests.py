"""Whatever a client sends: an answer comes, a failure says what it is, and the engine lives on."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.engine import EngineProcess
from tests.support.models import tiny_model
from tests.support.random_requests import EXCHANGES

HOW_MANY = int(os.environ.get("OLLAMA_DESK_RANDOM_REQUESTS", "150"))
MOST_RUNNERS = 3  # as a real server without a GPU


@pytest.fixture(scope="module")
def asked(engine: EngineProcess, tmp_path_factory: pytest.TempPathFactory) -> EngineProcess:
    engine.create("vectors", tiny_model(tmp_path_factory.mktemp("vectors") / "vectors.gguf", embeds=True))
    return engine


@settings(
    max_examples=HOW_MANY,
    deadline=None,
    derandomize=HOW_MANY == 150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(exchange=EXCHANGES)
def test_any_request_gets_an_answer_that_says_something(asked: EngineProcess, exchange: tuple[str, str, Any]) -> None:
    method, path, body = exchange
    reply = asked.ask(method, path, body, timeout_s=60)
    assert 200 <= reply.status < 600
    assert reply.is_whole
    if reply.status >= 400:
        error = reply.json["error"]
        text = error["message"] if isinstance(error, dict) else error
        assert text.strip()
        assert "internal error" not in text, asked.log[-3000:]
    assert b"Traceback" not in reply.body
    assert len(asked.runners()) <= MOST_RUNNERS
    assert asked.process.poll() is None


def test_nothing_of_ours_broke_on_the_way(asked: EngineProcess) -> None:
    assert "Traceback" not in asked.log
    assert asked.ask("GET", "/api/tags").status == 200

"""A model with a projector takes pictures in, wherever a request may bring them."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import tool_model as script
from tests.support.engine import EngineProcess
from tests.support.seeing import TOKENS, seeing_projector
from tests.support.tool_model import GO_TEMPLATE, tool_model

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    folder = tmp_path_factory.mktemp("seeing")
    with EngineProcess(folder / "models") as running:
        gguf = tool_model(folder / "model.gguf")
        files = {}
        for path in (gguf, seeing_projector(gguf, folder / "projector.gguf")):
            data = path.read_bytes()
            files[path.name] = f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert running.ask("POST", f"/api/blobs/{files[path.name]}", raw=data).status == 201
        running.ask("POST", "/api/create", {"model": "seer", "files": files, "template": GO_TEMPLATE})
        yield running


def asked(engine: EngineProcess, word: str, pictures: int, **more: Any) -> Any:
    message = {"role": "user", "content": f"Now {word} it.", "images": [PNG] * pictures}
    body = {"model": "seer", "messages": [message], "stream": False, "options": {"num_predict": 60}, **more}
    reply = engine.ask("POST", "/api/chat", body)
    assert reply.status == 200, reply.body
    return reply.json


def test_the_model_says_that_it_sees(seeing: EngineProcess) -> None:
    assert "vision" in seeing.ask("POST", "/api/show", {"model": "seer"}).json["capabilities"]


def test_every_picture_takes_its_tokens_of_the_prompt(seeing: EngineProcess) -> None:
    answers = [asked(seeing, "record", pictures) for pictures in (0, 1, 2)]
    assert [answer["message"]["content"] for answer in answers] == [script.JSON] * 3
    none, one, two = (answer["prompt_eval_count"] for answer in answers)
    assert (one - none, two - one) == (TOKENS, TOKENS)


def test_a_picture_goes_along_into_the_second_pass_of_a_format(seeing: EngineProcess) -> None:
    with_picture, without = (asked(seeing, "ponder", pictures, format="json") for pictures in (1, 0))
    assert with_picture["message"]["thinking"].strip() == script.PONDERED
    assert with_picture["message"]["content"].startswith("{")
    assert with_picture["prompt_eval_count"] == without["prompt_eval_count"] + TOKENS


@pytest.mark.parametrize("more", [{"raw": True}, {}, {"template": "Q {{ .Prompt }}"}])
def test_generate_takes_pictures_too(seeing: EngineProcess, more: dict[str, Any]) -> None:
    body = {"model": "seer", "prompt": "Now record it.", "stream": False, **more}
    without = seeing.ask("POST", "/api/generate", body).json
    told = seeing.ask("POST", "/api/generate", {**body, "images": [PNG]}).json
    assert told["response"] == script.JSON
    assert told["prompt_eval_count"] == without["prompt_eval_count"] + TOKENS
    assert "context" not in told


def test_a_picture_that_is_none_is_refused(seeing: EngineProcess) -> None:
    message = {"role": "user", "content": "x", "images": ["aGVsbG8="]}
    reply = seeing.ask("POST", "/api/chat", {"model": "seer", "messages": [message]})
    assert (reply.status, "Failed to load image" in reply.error) == (400, True)
    assert asked(seeing, "record", 1)["message"]["content"] == script.JSON  # and the next one is answered

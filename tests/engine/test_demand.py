"""An engine that much is wanted of: several at once, more than it takes, loads given up, and its own end meanwhile."""

import hashlib
import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import models
from tests.support.conversations import ENDLESS, STORY, begin, loaded
from tests.support.engine import EngineProcess, is_alive, until


def test_with_two_slots_two_chats_with_one_model_go_on_at_once(gguf: Path, tmp_path: Path) -> None:
    environment = {"OLLAMA_NUM_PARALLEL": "2", "OLLAMA_KV_CACHE_TYPE": "q8_0", "TMPDIR": str(tmp_path)}
    with EngineProcess(tmp_path / "models", environment) as engine:
        engine.create("tiny", gguf)
        streams = [begin(engine, ENDLESS) for _ in range(2)]  # with one slot the second would not begin
        assert len(engine.runners()) == 1
        assert loaded(engine)[0]["context_length"] == 16384
        for _, response in streams:
            assert json.loads(response.readline())["message"]["content"]
        for connection, _ in streams:
            connection.close()


def test_a_load_that_nobody_waits_for_any_more_ends(own_engine: EngineProcess) -> None:
    connection = own_engine.connect()
    connection.request("POST", "/api/chat", json.dumps({**STORY, "options": {"num_ctx": 32768}}).encode())
    until(own_engine.runners, 20, "no runner was started")
    connection.close()
    until(lambda: not own_engine.runners(), 20, "the load went on")
    until(lambda: "aborting load" in own_engine.log, 20, "nothing was said of it")
    assert loaded(own_engine) == []
    assert own_engine.ask("POST", "/api/chat", STORY).json["message"]["content"] == models.STORY


def test_sigterm_ends_loads_uploads_and_those_who_wait_with_the_streams(own_engine: EngineProcess) -> None:
    stream, response = begin(own_engine, ENDLESS)
    data = b"x" * 3_000_000
    upload = own_engine.connect()
    upload.putrequest("POST", f"/api/blobs/sha256:{hashlib.sha256(data).hexdigest()}")
    upload.putheader("Content-Length", str(len(data)))
    upload.endheaders()
    upload.send(data[:1_000_000])
    waiting = own_engine.connect()  # for the stream to end: it wants another context
    waiting.request("POST", "/api/chat", json.dumps(STORY).encode())
    half = own_engine.connect()
    half.putrequest("POST", "/api/chat")
    half.send(b"Content-Le")
    runners = own_engine.runners()
    assert own_engine.stop() == 0
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    for connection in (stream, upload, waiting, half):
        connection.close()
    assert not [pid for pid in runners if is_alive(pid)]
    assert "Traceback" not in own_engine.log
    assert "did not end" not in own_engine.log


def test_sigterm_while_a_model_loads_leaves_nothing(own_engine: EngineProcess) -> None:
    connection = own_engine.connect()
    connection.request("POST", "/api/chat", json.dumps(STORY).encode())
    until(own_engine.runners, 20, "no runner was started")
    runners = own_engine.runners()
    assert own_engine.stop() == 0
    connection.close()
    assert not [pid for pid in runners if is_alive(pid)]
    assert not list(own_engine.models.parent.glob("ollama-desk-*"))
    assert "Traceback" not in own_engine.log


def test_a_body_that_is_nested_too_deep_is_no_json(own_engine: EngineProcess) -> None:
    for body in (b"[" * 100_000, b'{"model":"tiny","messages":' + b"[" * 5000 + b"]" * 5000 + b"}"):
        reply = own_engine.ask("POST", "/api/chat", raw=body)
        assert (reply.status, bool(reply.error)) == (400, True)
    start = b'{"model":"tiny","prompt":"story","stream":false,"options":{"num_predict":3},"format":'
    deep = start + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}"
    reply = own_engine.ask("POST", "/api/generate", raw=deep)
    assert reply.status in (200, 400, 500)
    assert "internal error" not in reply.body.decode()
    assert own_engine.ask("POST", "/api/chat", STORY).json["message"]["content"] == models.STORY


def test_a_full_queue_refuses_at_once_with_the_recorded_words(gguf: Path, tmp_path: Path) -> None:
    environment = {"OLLAMA_MAX_LOADED_MODELS": "1", "OLLAMA_MAX_QUEUE": "1", "TMPDIR": str(tmp_path)}
    with EngineProcess(tmp_path / "models", environment) as engine, ThreadPoolExecutor(4) as pool:
        engine.create("tiny", gguf)
        engine.create("other", models.tiny_model(tmp_path / "other.gguf", idle_layers=1))
        connection, _ = begin(engine, ENDLESS)
        others = [pool.submit(engine.ask, "POST", "/api/chat", {**STORY, "model": "other"}) for _ in range(4)]
        until(lambda: sum(other.done() for other in others) == 2, 30, "nobody was refused")
        refused = [other.result() for other in others if other.done()]
        connection.close()
        replies = [other.result() for other in others]
    busy = {"error": "server busy, please try again.  maximum pending requests exceeded"}
    assert [(reply.status, reply.json) for reply in refused] == [(503, busy)] * 2
    assert sorted(reply.status for reply in replies) == [200, 200, 503, 503]

"""Models come and go, clients leave in the middle, runners and the engine itself die: real processes, polled."""

import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import models
from tests.support.conversations import ENDLESS, STORY, begin, loaded
from tests.support.engine import EngineProcess, free_port, is_alive, until


def test_a_model_is_loaded_shown_and_unloaded_on_request(own_engine: EngineProcess) -> None:
    told = own_engine.ask("POST", "/api/generate", {"model": "tiny", "options": {"num_ctx": 1024}}).json
    assert (told["done"], told["done_reason"], told["response"]) == (True, "load", "")
    (entry,) = loaded(own_engine)
    assert (entry["name"], entry["context_length"], entry["size_vram"]) == ("tiny:latest", 1024, 0)
    assert entry["size"] > 500_000
    assert entry["details"]["family"] == "llama"
    (runner,) = own_engine.runners()
    told = own_engine.ask("POST", "/api/generate", {"model": "tiny", "keep_alive": 0}).json
    assert told["done_reason"] == "unload"
    assert loaded(own_engine) == []
    until(lambda: not is_alive(runner), 20, "the runner stayed")


def test_a_chat_without_messages_loads(own_engine: EngineProcess) -> None:
    told = own_engine.ask("POST", "/api/chat", {"model": "tiny", "messages": []}).json
    assert told["done_reason"] == "load"
    assert len(loaded(own_engine)) == 1


def test_a_model_leaves_memory_after_its_keep_alive(own_engine: EngineProcess) -> None:
    own_engine.ask("POST", "/api/chat", {**STORY, "keep_alive": "100ms"})
    until(lambda: not loaded(own_engine), 20, "the model stayed")
    own_engine.ask("POST", "/api/chat", {**STORY, "keep_alive": -1})
    assert loaded(own_engine)[0]["expires_at"] > "2300"
    own_engine.ask("POST", "/api/chat", {**STORY, "keep_alive": 0})
    until(lambda: not loaded(own_engine), 20, "the model stayed")


def test_closing_the_connection_frees_the_slot(own_engine: EngineProcess) -> None:
    connection, _ = begin(own_engine, ENDLESS)
    connection.close()
    reply = own_engine.ask("POST", "/api/chat", {**STORY, "options": ENDLESS["options"]}, timeout_s=20)
    assert reply.json["message"]["content"] == models.STORY
    assert reply.json["total_duration"] < 10_000_000_000  # an endless answer would hold the slot for much longer


def test_sc04_a_killed_runner_ends_its_stream_with_its_cause_and_comes_back_only_when_it_is_asked(
    own_engine: EngineProcess,
) -> None:
    connection, response = begin(own_engine, ENDLESS)
    (runner,) = own_engine.runners()
    os.kill(runner, signal.SIGKILL)
    last = response.read().splitlines()[-1]
    connection.close()
    assert json.loads(last) == {
        "error": "an error was encountered while running the model: unexpected EOF: signal: killed"
    }
    assert own_engine.runners() == []
    assert own_engine.process.poll() is None
    assert own_engine.ask("POST", "/api/chat", STORY).json["message"]["content"] == models.STORY
    assert own_engine.runners() != [runner]


def test_sigterm_cuts_streams_and_leaves_no_process(own_engine: EngineProcess) -> None:
    connection, response = begin(own_engine, ENDLESS)
    runners = own_engine.runners()
    assert own_engine.stop() == 0
    with pytest.raises(http.client.IncompleteRead) as caught:
        response.read()
    connection.close()
    assert not any(json.loads(line)["done"] for line in caught.value.partial.splitlines()[:-1])
    assert not [pid for pid in runners if is_alive(pid)]
    assert "Traceback" not in own_engine.log


@pytest.mark.parametrize("state", ["idle", "loading", "streaming"])
def test_a_killed_engine_leaves_no_runner(own_engine: EngineProcess, state: str) -> None:
    connection = None
    match state:
        case "idle":
            own_engine.ask("POST", "/api/chat", STORY)
        case "loading":
            connection = own_engine.connect()
            connection.request("POST", "/api/chat", json.dumps(STORY).encode())
            until(own_engine.runners, 20, "no runner was started")
        case _:
            connection, _ = begin(own_engine, ENDLESS)
    runners = own_engine.runners()
    own_engine.process.kill()
    own_engine.process.wait()
    if connection is not None:
        connection.close()
    assert runners
    until(lambda: not [pid for pid in runners if is_alive(pid)], 20, "a runner was left behind")
    if state != "loading":  # there the kernel ends it, and an empty folder stays
        assert not list(own_engine.models.parent.glob("ollama-desk-*"))


def test_sc04_a_runner_killed_while_loading_is_told_with_its_cause(own_engine: EngineProcess) -> None:
    with contextlib.closing(own_engine.connect()) as connection:
        connection.request("POST", "/api/chat", json.dumps(STORY).encode())
        until(own_engine.runners, 20, "no runner was started")
        os.kill(own_engine.runners()[0], signal.SIGKILL)
        response = connection.getresponse()
        assert response.status == 500
        assert json.loads(response.read()) == {"error": "llama runner process has terminated: signal: killed"}
    assert own_engine.ask("POST", "/api/chat", STORY).json["message"]["content"] == models.STORY


def test_a_taken_port_is_told_and_ends_the_engine(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", free_port()))
        holder.listen()
        port = holder.getsockname()[1]
        engine = EngineProcess(tmp_path / "models", port=port)
        engine.start()
        assert engine.process.wait(20) == 1
    assert f"Error: listen tcp 127.0.0.1:{port}: bind: address already in use" in engine.log


def test_defaults_come_from_the_environment(gguf: Path, tmp_path: Path) -> None:
    environment = {"OLLAMA_CONTEXT_LENGTH": "768", "OLLAMA_KEEP_ALIVE": "-1"}
    with EngineProcess(tmp_path / "models", environment) as engine:
        engine.create("tiny", gguf)
        engine.ask("POST", "/api/chat", STORY)
        (entry,) = loaded(engine)
        assert entry["context_length"] == 768
        assert entry["expires_at"] > "2300"


def test_the_log_holds_no_prompt_and_no_answer(own_engine: EngineProcess) -> None:
    body = {**STORY, "messages": [{"role": "user", "content": "a secret story"}]}
    own_engine.ask("POST", "/api/chat", body)
    own_engine.ask("POST", "/api/chat", {**body, "options": {"temperature": "hot"}})
    own_engine.ask("POST", "/api/chat", raw=b'{"secret')
    assert own_engine.stop() == 0
    assert "secret" not in own_engine.log
    assert "Once upon" not in own_engine.log
    assert "Traceback" not in own_engine.log


def test_an_upload_that_breaks_off_leaves_nothing(own_engine: EngineProcess) -> None:
    data = b"x" * 3_000_000
    path = f"/api/blobs/sha256:{hashlib.sha256(data).hexdigest()}"
    connection = own_engine.connect()
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(len(data)))
    connection.endheaders()
    connection.send(data[:2_000_000])
    connection.close()
    blobs = own_engine.models / "blobs"
    until(lambda: not list(blobs.glob("*.part")), 20, "a part was left")
    assert own_engine.ask("HEAD", path).status == 404


def test_a_damaged_file_is_named_and_the_engine_lives(own_engine: EngineProcess) -> None:
    for blob in (own_engine.models / "blobs").iterdir():
        if blob.stat().st_size > 100_000:
            whole = blob.read_bytes()
            blob.write_bytes(whole[: len(whole) // 2])
    reply = own_engine.ask("POST", "/api/chat", STORY)
    assert reply.status == 500
    assert "exceeds file size" in reply.error
    assert own_engine.ask("GET", "/api/version").status == 200


def test_the_engine_says_where_it_listens(own_engine: EngineProcess) -> None:
    assert f'msg="listening on 127.0.0.1:{own_engine.port} (version ' in own_engine.log


def test_an_argument_is_refused(tmp_path: Path) -> None:
    code = "import sys; from ollama_desk.engine.serve import main; sys.exit(main(['--nonsense']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (1, "Error: unknown argument --nonsense\n")


def test_behind_a_long_folder_name_runners_listen_on_a_port_with_a_key(gguf: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    with EngineProcess(tmp_path / "models", {"TMPDIR": str(deep)}) as engine:
        engine.create("tiny", gguf)
        assert engine.ask("POST", "/api/chat", STORY).json["message"]["content"] == models.STORY

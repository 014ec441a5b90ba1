"""A model whose files are damaged is refused with a sentence, before a process is started for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import models
from tests.support.engine import EngineProcess, Reply
from tests.support.gguf_pieces import mute_adapter, projector


@pytest.fixture
def engine(gguf: Path, tmp_path: Path) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path / "models") as running:
        running.create("tiny", gguf)
        yield running


def weights(engine: EngineProcess) -> Path:
    return max((engine.models / "blobs").iterdir(), key=lambda path: path.stat().st_size)


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(200_000)


def lengthen(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def scribble(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"<html>not found</html>")


def break_list(path: Path) -> None:
    data = path.read_bytes()
    place = data.index(b"output_norm.weight") + len("output_norm.weight")
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 4)  # the number of its dimensions


DAMAGE: dict[Callable[[Path], None], str] = {
    cut: 'tensor "',
    lengthen: 'A file of the model "tiny:latest" is damaged: it has ',
    scribble: "the file of model 'tiny' is damaged, get the model again: supplied file was not in GGUF format",
    break_list: 'The file is damaged: its tensor "output_norm.weight" has 4294967295 dimensions.',
    Path.unlink: "open ",
}


def chat(engine: EngineProcess, *, stream: bool) -> Reply:
    body = {"model": "tiny", "messages": [{"role": "user", "content": "story"}], "stream": stream}
    return engine.ask("POST", "/api/chat", body)


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_damaged_weights_are_refused_in_words(engine: EngineProcess, damage: Callable[[Path], None]) -> None:
    before = len(engine.runners())
    assert engine.ask("POST", "/api/show", {"model": "tiny"}).status == 200  # its header is known
    damage(weights(engine))
    for stream in (True, False):
        reply = chat(engine, stream=stream)
        assert (reply.status, list(reply.json)) == (500, ["error"])
        assert reply.error.startswith(DAMAGE[damage])
    for path, body in (("/api/generate", {"prompt": "story"}), ("/api/embed", {"input": "story"})):
        assert engine.ask("POST", path, {"model": "tiny", **body}).error.startswith(DAMAGE[damage])
    assert len(engine.runners()) == before


def test_a_damaged_model_can_be_deleted_and_made_again(engine: EngineProcess, gguf: Path) -> None:
    cut(weights(engine))
    assert engine.ask("DELETE", "/api/delete", {"model": "tiny"}).status == 200
    engine.create("tiny", gguf)
    assert chat(engine, stream=False).json["message"]["content"] == models.STORY


def test_a_damaged_adapter_is_refused_too(engine: EngineProcess, gguf: Path, tmp_path: Path) -> None:
    engine.create("mute", gguf, adapters={"a": engine.upload(mute_adapter(gguf, tmp_path / "mute.gguf"))})
    (adapter,) = (path for path in (engine.models / "blobs").iterdir() if 1500 < path.stat().st_size < 50_000)
    with adapter.open("r+b") as file:
        file.truncate(1000)
    body = {"model": "mute", "prompt": "story", "stream": False}
    assert engine.ask("POST", "/api/generate", body).error.startswith('A file of the model "mute:latest" is damaged')
    assert chat(engine, stream=False).status == 200


def test_a_projector_that_is_none_any_more_is_refused_too(engine: EngineProcess, tmp_path: Path) -> None:
    eye = engine.upload(projector(tmp_path / "eye.gguf"))
    files = {"eye.gguf": eye, "tiny.gguf": f"sha256:{weights(engine).name.removeprefix('sha256-')}"}
    assert engine.ask("POST", "/api/create", {"model": "eye", "files": files}).lines[-1] == {"status": "success"}
    scribble(engine.models / "blobs" / eye.replace(":", "-"))
    reply = engine.ask("POST", "/api/generate", {"model": "eye", "prompt": "story"})
    assert (reply.status, reply.error) == (
        500,
        "the file of model 'eye' is damaged, get the model again: supplied file was not in GGUF format",
    )
    assert "eye:latest" in [entry["name"] for entry in engine.ask("GET", "/api/tags").json["models"]]


def test_a_layer_that_says_nothing_sensible_is_refused_too(engine: EngineProcess) -> None:
    engine.ask("POST", "/api/create", {"model": "hot", "from": "tiny", "parameters": {"temperature": 0.5}})
    (layer,) = (path for path in (engine.models / "blobs").iterdir() if path.read_bytes() == b'{"temperature":0.5}\n')
    layer.write_bytes(b"x" * layer.stat().st_size)
    reply = engine.ask("POST", "/api/generate", {"model": "hot", "prompt": "story"})
    assert (reply.status, reply.error) == (500, "A layer of the model is damaged. Get the model again.")

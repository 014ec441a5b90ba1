"""What files become: parts of a split model one file, adapters and projectors layers, junk an error."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import models
from tests.support.engine import EngineProcess
from tests.support.gguf_pieces import mute_adapter, projector
from tests.support.making import blobs, digest_of, make, parts_of, say, show, statuses, upload
from tests.support.splitting import split_tiny

MISSING = "sha256:" + "1" * 64


@pytest.fixture(scope="module")
def maker(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path_factory.mktemp("engine") / "models") as running:
        running.create("tiny", gguf)
        yield running


def test_a_file_that_is_not_there_is_told_in_the_stream(maker: EngineProcess) -> None:
    reply = make(maker, model="x", files={"m.gguf": MISSING})
    path = maker.models / "blobs" / MISSING.replace(":", "-")
    assert (reply.status, reply.lines) == (
        200,
        [{"status": "parsing GGUF"}, {"error": f"open {path}: no such file or directory"}],
    )


def test_junk_is_no_model(maker: EngineProcess) -> None:
    files = {"m.gguf": upload(maker, b"junk, no model")}
    words = "supplied file was not in GGUF format"
    assert make(maker, model="x", files=files).lines == [{"status": "parsing GGUF"}, {"error": words}]
    reply = make(maker, model="x", files=files, stream=False)
    assert (reply.status, reply.error) == (400, words)


def test_half_a_model_is_none(maker: EngineProcess, gguf: Path) -> None:
    data = gguf.read_bytes()
    files = {"m.gguf": upload(maker, data[: len(data) // 2])}
    told = make(maker, model="x", files=files).lines[-1]["error"]
    assert told.startswith('tensor "')
    assert told.endswith(f"exceeds file size ({len(data) // 2})")


def test_a_split_model_becomes_one(maker: EngineProcess, tmp_path: Path) -> None:
    parts = parts_of(split_tiny(tmp_path))
    files = {path.name: upload(maker, path.read_bytes()) for path in reversed(parts)}
    told = statuses(make(maker, model="joined", files=files))
    assert told[: len(parts)] == ["parsing GGUF"] * len(parts)
    assert say(maker, "joined", "story").json["message"]["content"] == models.STORY
    shown = show(maker, "joined")
    assert (
        shown["model_info"]["general.parameter_count"] == show(maker, "tiny")["model_info"]["general.parameter_count"]
    )
    assert not any(key.startswith("split.") for key in shown["model_info"])
    assert not any(digest.replace(":", "-") in blobs(maker) for digest in files.values())


def test_a_split_model_without_one_of_its_parts_is_refused(maker: EngineProcess, tmp_path: Path) -> None:
    first, _, *others = parts_of(split_tiny(tmp_path))
    files = {path.name: upload(maker, path.read_bytes()) for path in (first, *others)}
    told = make(maker, model="gap", files=files).lines[-1]
    count = len(files)
    assert told == {"error": f'split GGUF "{first.name}" has {count} shards, expected {count + 1}'}


def test_a_model_that_another_server_left_in_parts_is_refused_in_words(maker: EngineProcess, tmp_path: Path) -> None:
    statuses(make(maker, **{"model": "parts", "from": "tiny"}))
    manifest = maker.models / "manifests" / "registry.ollama.ai" / "library" / "parts" / "latest"
    told = json.loads(manifest.read_bytes())
    (weights,) = (layer for layer in told["layers"] if layer["mediaType"].endswith(".model"))
    files = [(upload(maker, part.read_bytes()), part) for part in parts_of(split_tiny(tmp_path))]
    layers = [{**weights, "digest": digest, "size": part.stat().st_size} for digest, part in files]
    manifest.write_text(json.dumps({**told, "layers": layers}))
    reply = say(maker, "parts", "story")
    assert (reply.status, "lies here in parts" in reply.error) == (500, True)
    assert maker.ask("DELETE", "/api/delete", {"model": "parts"}).status == 200


def test_parts_under_other_names_are_refused(maker: EngineProcess, tmp_path: Path) -> None:
    one, two, *_ = parts_of(split_tiny(tmp_path))
    files = {one.name: upload(maker, two.read_bytes()), two.name: upload(maker, one.read_bytes())}
    told = make(maker, model="swapped", files=files).lines[-1]["error"]
    assert told == f'split GGUF "{one.name}" filename index 0 does not match metadata index 1'


def test_an_adapter_changes_what_a_model_says(maker: EngineProcess, gguf: Path, tmp_path: Path) -> None:
    adapter = upload(maker, mute_adapter(gguf, tmp_path / "mute.gguf").read_bytes())
    told = statuses(make(maker, **{"model": "mute", "from": "tiny", "adapters": {"mute.gguf": adapter}}))
    assert told[0] == "parsing GGUF"
    assert f"using existing layer {adapter}" in told
    for _ in range(2):  # both models lie on the same weights, one after the other
        assert say(maker, "mute", "story").json["message"]["content"] == ""
        assert say(maker, "tiny", "story").json["message"]["content"] == models.STORY
    path = maker.models / "blobs" / adapter.replace(":", "-")
    assert f"ADAPTER {path}" in show(maker, "mute")["modelfile"].splitlines()


def test_an_adapter_that_does_not_fit_is_a_failed_load(maker: EngineProcess, gguf: Path, tmp_path: Path) -> None:
    data = mute_adapter(gguf, tmp_path / "odd.gguf").read_bytes().replace(b"output.weight", b"outpux.weight")
    statuses(make(maker, **{"model": "odd", "from": "tiny", "adapters": {"odd.gguf": upload(maker, data)}}))
    reply = say(maker, "odd", "story")
    assert reply.status == 500
    assert reply.error


def test_only_one_adapter_is_taken_and_no_other_file_for_one(maker: EngineProcess, gguf: Path) -> None:
    digest = digest_of(gguf)
    two = make(maker, **{"model": "x", "from": "tiny", "adapters": {"a": digest, "b": digest}})
    assert (two.status, two.error) == (400, "only one adapter is currently supported")
    junk = make(maker, **{"model": "x", "from": "tiny", "adapters": {"a": upload(maker, b"junk")}})
    assert (junk.status, junk.error) == (400, "unknown type")
    model = make(maker, **{"model": "x", "from": "tiny", "adapters": {"a": digest}}).lines[-1]["error"]
    assert model.startswith("The file that is given as adapter is a model of its own.")


def test_a_projector_makes_a_model_see(maker: EngineProcess, gguf: Path, tmp_path: Path) -> None:
    eye = upload(maker, projector(tmp_path / "mmproj.gguf").read_bytes())
    statuses(make(maker, model="eye", files={"mmproj.gguf": eye, "tiny.gguf": digest_of(gguf)}))
    shown = show(maker, "eye")
    assert shown["capabilities"] == ["completion", "vision"]
    assert shown["projector_info"]["clip.has_vision_encoder"] is True
    assert shown["details"]["families"] == ["llama", "clip"]
    ear = upload(maker, projector(tmp_path / "hears.gguf", hears=True).read_bytes())
    statuses(make(maker, model="ear", files={"mmproj.gguf": ear, "tiny.gguf": digest_of(gguf)}))
    assert show(maker, "ear")["capabilities"] == ["completion", "vision", "audio"]


def test_a_file_of_the_type_that_is_wanted_needs_no_quantizing(maker: EngineProcess, tmp_path: Path) -> None:
    import gguf as library  # noqa: PLC0415 - the name is taken by the fixture

    path = tmp_path / "half.gguf"
    writer = library.GGUFWriter(path, "llama")
    writer.add_file_type(library.LlamaFileType.MOSTLY_F16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    files = {"half.gguf": upload(maker, path.read_bytes())}
    assert statuses(make(maker, model="half", files=files, quantize="f16"))[-1] == "success"
    told = make(maker, model="half", files=files, quantize="q8_0").lines[-1]["error"]
    assert told.startswith("This server does not quantize.")

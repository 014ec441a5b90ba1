"""The models folder: what is created is there, what is shared survives, what is damaged is left out."""

import hashlib
import logging
from pathlib import Path

import gguf
import msgspec
import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.errors import ModelFileError, ModelNotFoundError, StorageError
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore

DAMAGED = r"damaged|too large"
TEMPLATE = "{{ .Prompt }}"
MANIFESTS = Path("manifests", "registry.ollama.ai", "library")


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def upload(store: ModelStore, data: bytes) -> str:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    if not store.blobs.has(digest):
        with store.blobs.writer(digest) as writer:
            for start in range(0, len(data), 100_000):
                writer.write(data[start : start + 100_000])
            writer.finish()
    return digest


@pytest.fixture
def weights(store: ModelStore) -> str:
    """The digest of a GGUF that was uploaded."""
    return upload(store, resource("demo", "demo.gguf").read_bytes())


def create(store: ModelStore, name: str, recipe: Recipe) -> list[str]:
    return list(store.create(parse_name(name), recipe))


def blobs(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "models" / "blobs").iterdir()}


def test_an_empty_folder_has_no_models(store: ModelStore) -> None:
    assert store.models() == []
    with pytest.raises(ModelNotFoundError, match=r"^model 'nope:latest' not found$"):
        store.resolve(parse_name("nope"))


def test_a_model_is_created_from_an_uploaded_file(store: ModelStore, weights: str, tmp_path: Path) -> None:
    told = create(store, "demo", Recipe(files={"demo.gguf": weights}))
    assert told == ["parsing GGUF", f"using existing layer {weights}", "writing manifest", "success"]
    files = store.resolve(parse_name("demo"))
    assert files.model_path == tmp_path / "models" / "blobs" / weights.replace(":", "-")
    assert (files.config.model_family, files.config.file_type) == ("llama", "Q4_0")
    assert store.header(files.model_path).context_length == 32768
    assert [model.name.short for model in store.models()] == ["demo:latest"]
    manifest = (tmp_path / "models" / MANIFESTS / "demo" / "latest").read_bytes()
    assert files.digest == hashlib.sha256(manifest).hexdigest()


def test_layers_have_the_digests_that_a_real_server_gave_them(store: ModelStore, weights: str) -> None:
    recipe = Recipe(
        files={"m.gguf": weights},
        template=TEMPLATE,
        system="You are small.",
        parameters={"temperature": 0, "num_ctx": 2048, "stop": ["</s>", "<|end|>"]},
        licenses=("MIT",),
    )
    told = create(store, "all", recipe)
    assert told[3:6] == [
        "creating new layer sha256:b8e3532b57de1585a72360499a2201709705a3e9c00c2ed693b5932460665ee2",
        "creating new layer sha256:e5dcffe836b6ec8a58e492419b550e65fb8cbdc308503979e5dacb33ac7ea3b7",
        "creating new layer sha256:6b1ceeb24e76c790408ad4a4e24512804316eaf354f50d87fc3577e45e35fbcf",
    ]
    files = store.resolve(parse_name("all"))
    assert (files.template, files.system, files.licenses) == (TEMPLATE, "You are small.", ("MIT",))
    assert files.parameters == {"temperature": 0, "num_ctx": 2048, "stop": ["</s>", "<|end|>"]}


def test_the_configuration_is_as_long_as_the_recorded_one(store: ModelStore, weights: str) -> None:
    create(store, "m", Recipe(files={"m.gguf": weights}))
    files = store.resolve(parse_name("m"))
    words = len(files.config.model_type + files.config.file_type) - len("20.47M" + "unknown")
    assert files.size_bytes - files.model_path.stat().st_size == 81915788 - 81915520 + words


def test_a_model_from_a_model_shares_its_layers(store: ModelStore, weights: str, tmp_path: Path) -> None:
    create(store, "base", Recipe(files={"m.gguf": weights}, system="Old.", parameters={"top_k": 7, "seed": 1}))
    told = create(store, "child", Recipe(base=parse_name("BASE"), system="New.", parameters={"seed": 2}))
    assert told[0] == f"using existing layer {weights}"
    child = store.resolve(parse_name("child"))
    assert (child.parent, child.system, child.parameters) == ("base:latest", "New.", {"top_k": 7, "seed": 2})
    assert child.model_path == store.resolve(parse_name("base")).model_path
    store.delete(parse_name("base"))
    assert child.model_path.is_file()
    store.delete(parse_name("child"))
    assert blobs(tmp_path) == set()
    assert not (tmp_path / "models" / MANIFESTS).exists()


def test_messages_are_kept(store: ModelStore, weights: str) -> None:
    messages = ({"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"})
    create(store, "m", Recipe(files={"m.gguf": weights}, messages=messages))
    assert store.resolve(parse_name("m")).messages == messages


def test_a_model_that_is_made_anew_leaves_nothing_of_the_old(store: ModelStore, weights: str, tmp_path: Path) -> None:
    create(store, "m", Recipe(files={"m.gguf": weights}, system="Old."))
    create(store, "M", Recipe(files={"m.gguf": weights}, system="New."))
    assert [model.name.short for model in store.models()] == ["m:latest"]
    assert len(blobs(tmp_path)) == 3  # weights, system, configuration


def test_a_copy_is_the_same_model(store: ModelStore, weights: str) -> None:
    create(store, "m", Recipe(files={"m.gguf": weights}))
    store.copy(parse_name("m"), parse_name("team/copy:v1"))
    store.copy(parse_name("m"), parse_name("m"))
    assert store.resolve(parse_name("team/copy:v1")).digest == store.resolve(parse_name("m")).digest
    store.delete(parse_name("m"))
    assert store.resolve(parse_name("TEAM/copy:V1")).model_path.is_file()
    with pytest.raises(ModelNotFoundError):
        store.copy(parse_name("m"), parse_name("n"))
    with pytest.raises(ModelNotFoundError):
        store.delete(parse_name("m"))


def test_what_cannot_be_created_says_why_and_changes_nothing(store: ModelStore, weights: str, tmp_path: Path) -> None:
    junk, cut = upload(store, b"junk" * 100), upload(store, resource("demo", "demo.gguf").read_bytes()[:300_000])
    missing = f"sha256:{'1' * 64}"
    failures = {
        r"^neither 'from' or 'files' was specified$": Recipe(),
        r"^supplied file was not in GGUF format$": Recipe(files={"m.gguf": junk}),
        r"^unknown type$": Recipe(files={"m": junk}),
        r"^This server makes models of GGUF files only": Recipe(files={"model.safetensors": junk}),
        r"^tensor \"output.weight\" offset\+size": Recipe(files={"m": cut}),
        rf"^open .*sha256-{'1' * 64}: no such file or directory$": Recipe(files={"m.gguf": missing}),
        r"^invalid digest format$": Recipe(files={"m": "sha256:../../etc/passwd"}),
    }
    for text, recipe in failures.items():
        with pytest.raises(ModelFileError, match=text):
            create(store, "m", recipe)
    with pytest.raises(ModelNotFoundError):
        create(store, "m", Recipe(base=parse_name("nope"), system="x"))
    assert store.models() == []
    assert len(blobs(tmp_path)) == 3


def test_a_blob_of_the_wrong_content_is_not_kept(store: ModelStore, tmp_path: Path) -> None:
    wanted, got = "sha256:" + "0" * 64, f"sha256:{hashlib.sha256(b'other').hexdigest()}"
    with store.blobs.writer(wanted) as writer:
        writer.write(b"other")
        with pytest.raises(ModelFileError, match=f'^digest mismatch, expected "{wanted}", got "{got}"$'):
            writer.finish()
    with store.blobs.writer(wanted) as abandoned:
        abandoned.write(b"half")
    assert blobs(tmp_path) == set()


def test_a_damaged_manifest_is_left_out_and_can_be_deleted(
    store: ModelStore, weights: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    create(store, "good", Recipe(files={"m.gguf": weights}))
    create(store, "other", Recipe(files={"m.gguf": weights}, system="x"))
    damaged = tmp_path / "models" / MANIFESTS / "other" / "latest"
    damaged.write_bytes(damaged.read_bytes()[:-30])
    for name in ("empty", ".hidden", "no name"):
        folder = tmp_path / "models" / MANIFESTS / name
        folder.mkdir()
        (folder / "latest").write_bytes(b"")
    for _ in range(2):
        assert [model.name.short for model in store.models()] == ["good:latest"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    caplog.clear()
    store.delete(parse_name("good"))
    assert store.blobs.has(weights)  # the damaged manifest still names it
    store.delete(parse_name("other"))


def test_a_model_whose_layers_are_gone_is_left_out(store: ModelStore, weights: str) -> None:
    create(store, "m", Recipe(files={"m.gguf": weights}, system="x"))
    store.blobs.remove(f"sha256:{hashlib.sha256(b'x').hexdigest()}")
    assert store.models() == []
    with pytest.raises(ModelFileError, match="no such file"):
        store.resolve(parse_name("m"))


def test_a_manifest_of_a_newer_ollama_is_read(store: ModelStore, weights: str, tmp_path: Path) -> None:
    create(store, "m", Recipe(files={"m.gguf": weights}))
    path = tmp_path / "models" / MANIFESTS / "m" / "latest"
    fields = msgspec.json.decode(path.read_bytes())
    fields["annotations"] = {"new": [1, 2]}
    fields["layers"].append({"mediaType": "application/vnd.ollama.image.tensor", "digest": weights, "size": 1, "x": 2})
    path.write_bytes(msgspec.json.encode(fields))
    assert store.resolve(parse_name("m")).model_digest == weights


def test_a_damaged_layer_is_named_as_what_it_is(store: ModelStore, weights: str) -> None:
    for media in ("params", "messages"):
        create(store, "m", Recipe(files={"m.gguf": weights}, parameters={"a": 1}, messages=({"role": "user"},)))
        files = store.resolve(parse_name("m"))
        layer = {"params": b'{"a":1}\n', "messages": b'[{"role":"user"}]\n'}[media]
        path = store.blobs.path(f"sha256:{hashlib.sha256(layer).hexdigest()}")
        path.write_bytes(b"{")
        with pytest.raises(ModelFileError, match="A layer of the model is damaged"):
            store.resolve(parse_name("m"))
        path.unlink()
        assert files.parameters == {"a": 1}


def test_a_damaged_configuration_is_named(store: ModelStore, weights: str, tmp_path: Path) -> None:
    create(store, "m", Recipe(files={"m.gguf": weights}))
    config = next(path for path in (tmp_path / "models" / "blobs").iterdir() if path.stat().st_size < 1000)
    for content in (b"{", b'["x"]', b"x" * (20 << 20)):
        config.write_bytes(content)
        with pytest.raises(ModelFileError, match=DAMAGED):
            store.resolve(parse_name("m"))
        with pytest.raises(ModelFileError, match=DAMAGED):
            create(store, "n", Recipe(base=parse_name("m"), system="x"))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "blobs").write_bytes(b"a file where a folder should be")
    store = ModelStore(tmp_path / "models")
    with pytest.raises(StorageError, match="cannot be used"):
        store.blobs.add(b"x")


def test_manifests_that_cannot_be_written_are_told(store: ModelStore, weights: str, tmp_path: Path) -> None:
    (tmp_path / "models" / "manifests").write_bytes(b"a file where a folder should be")
    with pytest.raises(StorageError, match="cannot be used"):
        create(store, "m", Recipe(files={"m.gguf": weights}))


def test_files_without_weights_make_no_model(store: ModelStore, tmp_path: Path) -> None:
    path = tmp_path / "mmproj.gguf"
    writer = gguf.GGUFWriter(path, "clip")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    projector = upload(store, path.read_bytes())
    with pytest.raises(ModelFileError, match="no weights"):
        create(store, "m", Recipe(files={"p": projector}))
    weights = upload(store, resource("demo", "demo.gguf").read_bytes())
    create(store, "m", Recipe(files={"p": projector, "w": weights}))
    files = store.resolve(parse_name("m"))
    assert files.projector == store.blobs.path(projector)
    assert files.config.model_families == ("llama", "clip")


def test_a_model_that_runs_elsewhere_is_left_out_quietly(store: ModelStore, weights: str, tmp_path: Path) -> None:
    create(store, "m", Recipe(files={"m.gguf": weights}))
    path = tmp_path / "models" / MANIFESTS / "m" / "latest"
    fields = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode(fields | {"layers": None}))
    assert store.models() == []


def test_a_manifest_with_a_path_for_a_digest_is_refused(store: ModelStore, weights: str, tmp_path: Path) -> None:
    create(store, "m", Recipe(files={"m.gguf": weights}))
    path = tmp_path / "models" / MANIFESTS / "m" / "latest"
    path.write_bytes(path.read_bytes().replace(weights.encode(), b"sha256:../../../../etc/passwd"))
    with pytest.raises(ModelFileError, match="is damaged"):
        store.resolve(parse_name("m"))

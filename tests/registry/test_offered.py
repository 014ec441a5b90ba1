"""Files that are offered for import: what they are, what they may be called, and why they cannot be used."""

import os
import struct
from pathlib import Path

import pytest

from ollama_desk.domain.errors import ModelFileError, StorageError
from ollama_desk.registry.offered import examine, proposed_name
from ollama_desk.registry.reference import parse_name
from tests.support.importing import big_file, gguf_bytes, number_entry, text_entry, tiny_bytes, tiny_file

LLAMA = text_entry("general.architecture", "llama")
CLIP = text_entry("general.architecture", "clip")
SOME = [("a", b"12345678")]


def named(path: Path, title: str = "", kind: int = 0) -> Path:
    """A model that calls itself ``title``."""
    entries = [LLAMA, *([text_entry("general.name", title)] if title else [])]
    path.write_bytes(gguf_bytes([*entries, *([number_entry("general.file_type", kind)] if kind else [])], SOME))
    return path


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "bad.gguf is empty. Get it again."),
        (b"PK\x03\x04 a zip", "bad.gguf is not a GGUF file. Choose a model in the GGUF format."),
        (b"GG", "bad.gguf is not a GGUF file."),
        (b"GGUF", "The file is damaged: its header ends"),
        (b"GGUF" + struct.pack("<IQQ", 1, 1, 1), "This GGUF file is of version 1"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1), "The file is damaged: its header promises"),
        (
            tiny_bytes()[:-1000],
            "bad.gguf ends too early: it is damaged, or its download is not complete. Get it again.",
        ),
        (tiny_bytes()[:4000], "The file is damaged: its header ends"),
        (gguf_bytes([CLIP], SOME), "bad.gguf is the part of a model that sees or hears. Choose it together"),
        (
            gguf_bytes([LLAMA, text_entry("general.type", "adapter")], SOME),
            "bad.gguf is an adapter, not a whole model.",
        ),
        (gguf_bytes([LLAMA]), "bad.gguf has no weights in it."),
        (
            gguf_bytes([LLAMA, number_entry("split.count", 2), number_entry("split.no", 0)], SOME),
            "A part of this model is missing: number 2. Put all 2 parts into one folder.",
        ),
        (
            gguf_bytes([LLAMA, number_entry("split.count", 1 << 30)], SOME),
            "These files are not parts of one model.",
        ),
    ],
)
def test_a_file_that_is_no_model_is_refused_with_its_reason(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        examine([path])
    assert str(caught.value).startswith(sentence)


def test_folders_pipes_and_devices_are_refused_without_being_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.gguf"
    os.mkfifo(pipe)
    alias = tmp_path / "alias.gguf"
    alias.symlink_to(pipe)
    for path in (pipe, alias, Path("/dev/zero")):
        with pytest.raises(ModelFileError, match="is not an ordinary file"):
            examine([path])
    with pytest.raises(ModelFileError, match="is a folder"):
        examine([tmp_path])


def test_what_is_not_there_or_locked_is_said(tmp_path: Path) -> None:
    loop = tmp_path / "loop.gguf"
    loop.symlink_to(loop)
    with pytest.raises(StorageError, match="There is no file"):
        examine([tmp_path / "gone.gguf"])
    with pytest.raises(StorageError, match="cannot be used"):
        examine([loop])
    with pytest.raises(StorageError, match="cannot be used"):
        examine([Path("nul\0byte.gguf")])
    with pytest.raises(ModelFileError, match="No file was chosen"):
        examine([])


def test_a_projector_goes_with_the_model_that_it_was_chosen_with(tmp_path: Path) -> None:
    model, sees = tiny_file(tmp_path / "m.gguf"), tmp_path / "p.gguf"
    sees.write_bytes(gguf_bytes([CLIP], SOME))
    for order in ([model, sees], [sees, model]):
        offered = examine(order)
        assert offered.projector is not None
        assert [source.whole_file for source in offered.sources()] == [model, sees]
    second = tmp_path / "q.gguf"
    second.write_bytes(sees.read_bytes())
    with pytest.raises(ModelFileError, match="A model takes one projector"):
        examine([model, sees, second])


def test_a_projector_beside_the_model_is_found_where_it_fits(tmp_path: Path) -> None:
    model, sees = tiny_file(tmp_path / "m.gguf"), tmp_path / "mmproj-m.gguf"
    (tmp_path / "mmproj-broken.gguf").write_bytes(b"")
    sees.write_bytes(gguf_bytes([CLIP, number_entry("clip.vision.projection_dim", 4096)], SOME))
    assert examine([model]).projector is None
    sees.write_bytes(gguf_bytes([CLIP, number_entry("clip.vision.projection_dim", 288)], SOME))
    found = examine([model]).projector
    assert found is not None
    assert found.path == sees
    assert examine([model], beside=False).projector is None


def test_two_models_are_not_one(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="These are 2 models"):
        examine([tiny_file(tmp_path / "a.gguf"), tiny_file(tmp_path / "b.gguf")])
    assert len(examine([tmp_path / "a.gguf", tmp_path / "a.gguf"]).weights) == 1


@pytest.mark.parametrize(
    ("title", "file", "kind", "name"),
    [
        ("Llama 3.2 3B Instruct", "x.gguf", 15, "llama-3.2-3b-instruct:q4_k_m"),
        ("", "Qwen3-8B-Q4_K_M.gguf", 15, "qwen3-8b:q4_k_m"),
        ("", "Qwen3-8B-IQ2_XXS.gguf", 0, "qwen3-8b"),
        ("", "model.F16-00001-of-00001.gguf", 0, "model"),
        ("模型", "Ünïcödé Modéll.gguf", 0, "unicode-modell"),
        ("🙂", "🙂.gguf", 0, "model"),
        ("../../etc/passwd", "x.gguf", 0, "etc-passwd"),
        ("a" * 500, "x.gguf", 0, "a" * 60),
        ("-._", "x y.gguf", 0, "x-y"),
    ],
)
def test_a_name_is_proposed_from_what_the_file_says(
    tmp_path: Path, title: str, file: str, kind: int, name: str
) -> None:
    offered = examine([named(tmp_path / file, title, kind)])
    assert proposed_name(offered, ()) == name
    taken = {parse_name(name).key}
    second = proposed_name(offered, taken)
    assert parse_name(second).key not in taken
    assert second.partition(":")[0] == f"{name.partition(':')[0]}-2"


def test_a_header_is_read_and_not_the_file(tmp_path: Path) -> None:
    offered = examine([big_file(tmp_path / "huge.gguf", 10**13)])  # more than any memory, and than this disk
    assert offered.size_bytes > 10**13

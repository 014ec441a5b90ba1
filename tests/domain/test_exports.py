"""What the file of an exported model is called."""

from pathlib import Path

import pytest

from ollama_desk.domain.exports import projector_path, proposed_file_name


@pytest.mark.parametrize(
    ("model", "tag", "quantization", "name"),
    [
        ("llama3.2", "1b", "Q4_K_M", "llama3.2-1b-Q4_K_M.gguf"),
        ("llama3.2", "latest", "Q4_K_M", "llama3.2-Q4_K_M.gguf"),
        ("llama3.2", "1b-instruct-q4_K_M", "Q4_K_M", "llama3.2-1b-instruct-q4_K_M.gguf"),
        ("Llama-3.2-1B-Instruct-GGUF", "Q8_0", "Q8_0", "Llama-3.2-1B-Instruct-Q8_0.gguf"),
        ("tiny", "latest", "unknown", "tiny.gguf"),
        ("tiny", "latest", "", "tiny.gguf"),
        ("con", "latest", "", "con-model.gguf"),
        ("Nul.2", "latest", "", "Nul-model.2.gguf"),
        ("a", "b", "Q4/0?", "a-b-Q4-0.gguf"),
        ("...", "latest", "", "model.gguf"),
    ],
)
def test_a_file_name_is_one_that_every_file_system_takes(model: str, tag: str, quantization: str, name: str) -> None:
    assert proposed_file_name(model, tag, quantization) == name


@pytest.mark.parametrize("name", ["owl.gguf", "owl.GGUF", "owl"])
def test_what_sees_goes_beside_the_weights(name: str) -> None:
    assert projector_path(Path("/out") / name) == Path("/out/owl.mmproj.gguf")

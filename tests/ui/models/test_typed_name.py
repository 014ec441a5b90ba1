"""Whatever a person types or pastes, the name of the model is found in it."""

import pytest

from ollama_desk.ui.models.typed_name import TypedName, typed_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("llama3.2", "llama3.2"),
        ("  qwen3:8b\n", "qwen3:8b"),
        ("ollama pull qwen3:8b", "qwen3:8b"),
        ("$ ollama run llama3.2:3b --verbose", "llama3.2:3b"),
        ("ollama.exe run gemma3", "gemma3"),
        ("\n\n`ollama pull phi4`\nmore", "phi4"),
        ("ollama run hf.co/bartowski/Llama-3.2-GGUF:Q4_K_M", "hf.co/bartowski/Llama-3.2-GGUF:Q4_K_M"),
        ("ollama pull", "ollama pull"),  # for the service to refuse
        ("ollama pull --insecure", ""),
        ("https://ollama.com/library/llama3.2", "llama3.2"),
        ("https://ollama.com/library/llama3.2:3b", "llama3.2:3b"),
        ("https://ollama.com/library/llama3.2/tags", "llama3.2"),
        ("https://ollama.com/anna/poet:7b/blobs/abc", "anna/poet:7b"),
        ("ollama.com/library/qwen3?tab=tags#top", "qwen3"),
        ("https://www.ollama.com/", ""),
        ("https://huggingface.co/user/Repo-GGUF", "hf.co/user/Repo-GGUF"),
        ("huggingface.co/user/Repo-GGUF/tree/main", "hf.co/user/Repo-GGUF"),
        ("https://huggingface.co/user/Repo-GGUF/blob/main/repo-Q4_K_M.gguf", "hf.co/user/Repo-GGUF:Q4_K_M"),
        ("https://huggingface.co/u/R/resolve/main/r.UD-IQ2_XXS.gguf?download=true", "hf.co/u/R:UD-IQ2_XXS"),
        ("https://huggingface.co/u/R/blob/main/README.md", "hf.co/u/R"),
        ("hf.co/user/repo:Q8_0", "hf.co/user/repo:Q8_0"),
        ("https://registry.example.com:5000/team/model:1", "registry.example.com:5000/team/model:1"),
        ("https://[broken", "https://[broken"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("", ""),
        ("x" * 5000, "x" * 599 + "…"),
    ],
)
def test_a_name_is_found_in_what_was_pasted(text: str, name: str) -> None:
    assert typed_name(text).name == name


def test_plain_http_is_noticed_where_it_is_the_registrys() -> None:
    assert typed_name("http://localhost:5000/team/model") == TypedName("localhost:5000/team/model", insecure=True)
    assert typed_name("ollama pull --insecure box:5000/a/b").insecure
    assert not typed_name("http://ollama.com/library/llama3.2").insecure
    assert not typed_name("https://registry.example.com/a/b").insecure


def test_control_and_bidi_characters_do_not_get_into_a_name() -> None:
    assert typed_name("evil\u202e\x1b[31mname").name == "evilname"


@pytest.mark.parametrize(
    ("name", "host"),
    [("llama3.2", ""), ("anna/poet", ""), ("box:5000/a/b", "box:5000"), ("localhost/a", "localhost"), ("a.b/c", "a.b")],
)
def test_the_host_of_a_name_is_known_where_it_says_one(name: str, host: str) -> None:
    assert TypedName(name).host == host

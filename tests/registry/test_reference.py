"""Model names, as Ollama reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.domain.errors import InvalidNameError
from ollama_desk.registry.reference import ModelName, parse_name


@pytest.mark.parametrize(
    ("text", "parts", "short"),
    [
        ("tiny", ("registry.ollama.ai", "library", "tiny", "latest"), "tiny:latest"),
        ("llama3.2:3b", ("registry.ollama.ai", "library", "llama3.2", "3b"), "llama3.2:3b"),
        ("team/copy:v1", ("registry.ollama.ai", "team", "copy", "v1"), "team/copy:v1"),
        ("hf.co/user/repo.GGUF:Q4_K_M", ("hf.co", "user", "repo.GGUF", "Q4_K_M"), "hf.co/user/repo.GGUF:Q4_K_M"),
        ("localhost:5000/a/b", ("localhost:5000", "a", "b", "latest"), "localhost:5000/a/b:latest"),
        ("http://localhost:5000/a/b:c", ("localhost:5000", "a", "b", "c"), "localhost:5000/a/b:c"),
        ("Registry.Ollama.AI/Library/X", ("Registry.Ollama.AI", "Library", "X", "latest"), "X:latest"),
    ],
)
def test_what_a_name_leaves_out_is_filled_in(text: str, parts: tuple[str, ...], short: str) -> None:
    name = parse_name(text)
    assert name.parts == parts
    assert name.short == short


@pytest.mark.parametrize(
    "text",
    ["", "!!", "a b/c::", "x:", ":x", "a//b", "/a", "a/", "-a", ".a", "user.name/x", "x:-1", "../x", "a/b/c/../../d",
     "http://x", "x\n", "x:latest\0", "é", "a" * 81, "x:" + "t" * 81, "h" * 351 + "/a/b", "a/b/c/d"],
)  # fmt: skip
def test_what_is_no_name_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InvalidNameError, match="is not a model name"):
        parse_name(text)


def test_case_does_not_count() -> None:
    assert parse_name("Tiny:V1").key == parse_name("tiny:v1").key


PART = st.from_regex(r"\A[A-Za-z0-9_][A-Za-z0-9_-]{0,20}\Z")


@given(PART, PART, PART, PART)
def test_a_name_survives_being_written(host: str, namespace: str, model: str, tag: str) -> None:
    name = ModelName(host, namespace, model, tag)
    assert parse_name(str(name)) == name
    assert parse_name(name.short).key == name.key


@given(st.text(max_size=100))
def test_any_text_is_a_safe_path_or_refused(text: str) -> None:
    try:
        parts = parse_name(text).parts
    except InvalidNameError:
        return
    assert not any(part in {"", ".", ".."} or "/" in part or "\\" in part or "\0" in part for part in parts)

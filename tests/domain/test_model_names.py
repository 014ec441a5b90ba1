"""Two spellings of a name are one name, and what is kept by a name is found under each."""

import pytest

from ollama_desk.domain.keep_alive import keep_alive_in, renamed_in, to_wire, unloads, with_keep_alive
from ollama_desk.domain.model_names import is_named, key_of, renamed, without


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("llama3.2", "llama3.2:latest"),
        ("Llama3.2:1B", "llama3.2:1b"),
        ("registry.ollama.ai/library/a:1", "a:1"),
        ("library/a", "a"),
        ("localhost:5000/me/a", "localhost:5000/me/a:latest"),
        ("hf.co/Me/A:Q4", "hf.co/me/a:q4"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


def test_names_that_differ() -> None:
    assert len({key_of(name) for name in ("a", "a:1", "b", "me/a", "hf.co/library/a")}) == 5


def test_lists_of_names() -> None:
    names = ("a:1", "B")
    assert is_named(names, "b:latest")
    assert not is_named(names, "a:2")
    assert without(names, "A:1") == ("B",)
    assert renamed(names, "b", "c:1") == ("a:1", "c:1")


def test_how_long_single_models_stay() -> None:
    choices = with_keep_alive((), "a:1", "5m")
    choices = with_keep_alive(choices, "hf.co/me/b:q", "-1")
    assert choices == ("a:1=5m", "hf.co/me/b:q=-1")
    assert keep_alive_in(choices, "A:1") == "5m"
    assert keep_alive_in(choices, "c") == ""
    assert with_keep_alive(choices, "A:1", "") == ("hf.co/me/b:q=-1",)
    assert renamed_in(choices, "a:1", "z:1") == ("z:1=5m", "hf.co/me/b:q=-1")


@pytest.mark.parametrize(
    ("text", "said"), [("", None), ("5m", "5m"), ("300", 300), ("-1", -1), ("0", 0), ("1.5h", "1.5h")]
)
def test_how_long_is_said_as_ollama_wants_it(text: str, said: object) -> None:
    assert to_wire(text) == said


def test_what_unloads_at_once() -> None:
    assert all(map(unloads, ("0", "0s", "0.0h", "-0", "00")))
    assert not any(map(unloads, ("", "1s", "-1", "0.5m", "10m", "1h0m")))

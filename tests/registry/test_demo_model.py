"""The demonstration model: built again byte for byte, and asked through llama.cpp."""

import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.demo import DEMO_QUESTIONS
from ollama_desk.registry.gguf import read_gguf
from tests.support.llama import Llama

BUILD = Path(__file__).resolve().parents[2] / "packaging" / "demo_model" / "build.py"
NAMES = ("default", "models", "server", "privacy", "markdown", "code", "thinking", "story", "long")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    text = runpy.run_path(str(BUILD))["text"]
    return {name: text(name) for name in (*NAMES, "hello")}


@pytest.fixture(scope="module")
def demo() -> Iterator[Llama]:
    with Llama(resource("demo", "demo.gguf"), n_ctx=32768) as llama:
        yield llama


def test_the_committed_model_is_what_its_script_builds(tmp_path: Path) -> None:
    built = tmp_path / "demo.gguf"
    subprocess.run([sys.executable, str(BUILD), str(built)], check=True, stdout=subprocess.DEVNULL)
    committed = resource("demo", "demo.gguf").read_bytes()
    assert built.read_bytes() == committed
    assert len(committed) < 1_000_000


def test_its_header_says_what_the_app_relies_on() -> None:
    header = read_gguf(resource("demo", "demo.gguf"))
    assert header.context_length == 32768
    assert header.quantization == "Q4_0"
    assert "<|im_start|>" in header.chat_template


@pytest.mark.parametrize(
    ("question", "name"), [(question, name) for (_, question), name in zip(DEMO_QUESTIONS, NAMES, strict=True)]
)
def test_each_suggested_question_gets_its_answer(demo: Llama, texts: dict[str, str], question: str, name: str) -> None:
    assert demo.chat(question) == texts[name]


@pytest.mark.parametrize("greeting", ["Hello", "hello there", "hi", "Hi, who are you?"])
def test_a_greeting_is_returned(demo: Llama, texts: dict[str, str], greeting: str) -> None:
    assert demo.chat(greeting) == texts["hello"]


def test_every_word_that_the_default_answer_offers_works(demo: Llama, texts: dict[str, str]) -> None:
    offered = ["models", "server", "privacy", "Markdown", "code", "thinking", "story", "long"]
    assert all(f"**{word}**" in texts["default"] for word in offered)
    assert [demo.chat(word) for word in offered] == [texts[word.lower()] for word in offered]


def test_every_answer_may_follow_every_other(demo: Llama, texts: dict[str, str]) -> None:
    questions = {name: question for (_, question), name in zip(DEMO_QUESTIONS, NAMES, strict=True)}
    for before, answer in texts.items():
        asked = questions.get(before, "hello")
        for name, question in questions.items():
            assert demo.chat(asked, answer, question) == texts[name], (before, name)


def test_a_long_conversation_does_not_confuse_it(demo: Llama, texts: dict[str, str]) -> None:
    conversation: list[str] = []
    for _ in range(2):
        for (_, question), name in zip(DEMO_QUESTIONS, NAMES, strict=True):
            conversation.append(question)
            answer = demo.chat(*conversation)
            assert answer == texts[name], (len(conversation), question)
            conversation.append(answer)
    assert len("".join(conversation)) > 20_000


def test_a_follow_up_without_a_known_word_gets_the_default(demo: Llama, texts: dict[str, str]) -> None:
    for before, answer in texts.items():
        assert demo.chat("Tell me.", answer, "And what about the weather?") == texts["default"], before

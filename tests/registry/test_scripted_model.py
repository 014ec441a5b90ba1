"""The models that tests use: what they answer is known, through llama.cpp too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.llama import Llama
from tests.support.models import DEFAULT, ROUND, SCRIPTS, tiny_model
from tests.support.scripted_model import build
from tests.support.scripted_vocabulary import cut


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    with Llama(tiny_model(tmp_path_factory.mktemp("models") / "tiny.gguf"), n_ctx=32768) as llama:
        yield llama


@pytest.mark.parametrize("words", [words for words in SCRIPTS if "endless" not in words])
def test_a_trigger_word_anywhere_in_the_question_starts_its_script(tiny: Llama, words: tuple[str, ...]) -> None:
    for word in words:
        assert tiny.chat(f"Give me {word}, please, and take your time.") == SCRIPTS[words]


def test_anything_else_gets_the_default(tiny: Llama) -> None:
    assert tiny.chat("What do you say?") == DEFAULT
    assert tiny.complete("no template at all") == DEFAULT


def test_the_nearest_trigger_wins(tiny: Llama) -> None:
    assert tiny.chat("a story, or rather a table") == SCRIPTS["table", "Table"]
    assert tiny.chat("a table, or rather a story") == SCRIPTS["story", "Story"]


def test_the_endless_script_ends_only_at_the_limit(tiny: Llama) -> None:
    answer = tiny.chat("endless", limit=1500)
    assert answer.startswith(ROUND + ROUND[: len(ROUND) // 2])


def test_temperature_does_not_matter(tiny: Llama) -> None:
    assert tiny.chat("story", temperature=1.5) == SCRIPTS["story", "Story"]


def test_a_script_that_would_start_another_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="would start again"):
        build(tmp_path / "x.gguf", {("story",): "This is about a story."}, "Nothing.")


def test_pieces_are_new_and_never_end_with_white_space() -> None:
    used = {b"the"}
    pieces = cut("the cat and the cat and the cat\n\nand 你好 the 🙂 end", used)
    assert b"".join(pieces).decode() == "the cat and the cat and the cat\n\nand 你好 the 🙂 end"
    assert len(set(pieces)) == len(pieces)
    assert not any(piece.isspace() or piece != piece.rstrip() for piece in pieces)


def test_blank_text_is_refused() -> None:
    with pytest.raises(ValueError, match="white space"):
        cut("  ", set())


def test_idle_layers_change_nothing_but_the_speed(tmp_path: Path) -> None:
    with Llama(tiny_model(tmp_path / "slow.gguf", idle_layers=4)) as slow:
        assert slow.chat("Tell me a story.") == SCRIPTS["story", "Story"]

"""Packaged files are found, or their absence is a sentence."""

import pytest

from ollama_desk.core.resources import resource


def test_a_packaged_file_is_found() -> None:
    assert resource("demo", "demo.gguf").is_file()


def test_a_file_that_is_missing_says_what_to_do() -> None:
    with pytest.raises(FileNotFoundError, match=r"demo/none is missing; install Ollama Desk again\."):
        resource("demo", "none")

"""Asking a small program: its words, its code, its limits."""

import asyncio
import os
from pathlib import Path

import pytest

from ollama_desk.core.ask import MOST_BYTES, Asked, ask
from tests.support.deadline import wait_for

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def asked(script: str, limit_s: float = 10.0) -> Asked:
    return asyncio.run(ask(("sh", "-c", script), environment=ENVIRONMENT, limit_s=limit_s))


def test_words_of_both_outputs_and_the_code_come_back() -> None:
    assert asked("echo one; echo two >&2; exit 3") == Asked(3, "one\ntwo\n")


def test_it_gets_no_more_of_the_environment_than_it_is_given() -> None:
    assert asked("echo ${HOME-none}").text == "none\n"


def test_who_says_too_much_is_ended() -> None:
    answer = asked("yes")
    assert answer.code is None
    assert len(answer.text) == MOST_BYTES


def test_a_grandchild_does_not_hold_up_the_answer() -> None:
    assert asked("sleep 600 & echo done") == Asked(0, "done\n")


def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        asyncio.run(ask(("/nothing/there",), environment=ENVIRONMENT, limit_s=1.0))


def test_who_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    told = tmp_path / "pid"

    async def scenario() -> None:
        script = f"echo $$ > {told}; exec sleep 600"
        task = asyncio.create_task(ask(("sh", "-c", script), environment=ENVIRONMENT, limit_s=60.0))

        async def said() -> str:
            return told.read_text() if told.exists() else ""

        await wait_for(said, bool)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert not Path(f"/proc/{told.read_text().strip()}").exists()

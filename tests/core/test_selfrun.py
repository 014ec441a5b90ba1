"""How the program runs itself again."""

import sys

import pytest

from ollama_desk.core.selfrun import self_argv


def test_a_checkout_or_a_wheel_is_run_by_python_without_the_working_directory() -> None:
    assert self_argv("_guardian") == [sys.executable, "-P", "-m", "ollama_desk", "_guardian"]


def test_a_bundle_runs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert self_argv("engine", "serve") == [sys.executable, "engine", "serve"]

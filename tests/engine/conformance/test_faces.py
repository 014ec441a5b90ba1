"""The interfaces of OpenAI and Anthropic answer as those of a real server did, to more than the walk asks.

``differences.toml`` beside this file lists where they do not, with the reason.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import EngineProcess
from tests.support.looks import answered, is_as, recorded
from tests.support.recorded_walk import DEFAULT, SCRIPTS
from tests.support.recordings import Recording, recordings
from tests.support.scripted_model import build

LISTED: dict[str, Any] = tomllib.loads(Path(__file__).with_name("differences.toml").read_text(encoding="utf-8"))
DIFFERENCES: dict[str, dict[str, str]] = LISTED["faces"]
RECORDED = {recording.name: recording for recording in recordings("v0.24.0-faces")}
TEMPLATE = """{{- if .System }}{{ .System }}
{{ end }}{{- if .Tools }}TOOLS {{ .Tools }}
{{ end }}{{- range .Messages }}{{- if eq .Role "assistant" }}{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}\
{{ .Content }}{{ if .ToolCalls }}{{ range .ToolCalls }}<tool_call>{"name": "{{ .Function.Name }}", \
"arguments": {{ .Function.Arguments }}}</tool_call>{{ end }}{{ end }}
{{ else }}{{ .Content }}{{ end }}{{- end }}"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """A running engine with the models that the recorded server had."""
    folder = tmp_path_factory.mktemp("faces")
    scripted, vectors = folder / "scripted.gguf", folder / "vectors.gguf"
    build(scripted, SCRIPTS, DEFAULT, endless=("forever",))
    build(vectors, SCRIPTS, DEFAULT, endless=("forever",), embeds=True)
    with EngineProcess(folder / "models") as running:
        running.create("tiny", scripted)
        running.create("tiny-all", scripted, template=TEMPLATE)
        running.create("vectors", vectors)
        yield running


def differs(engine: EngineProcess, recording: Recording) -> str:
    """How the answer to the recorded request differs; nothing where it does not."""
    reply = answered(engine.ask(recording.method, recording.path, recording.sent or None))
    real = recorded(recording)
    same = is_as(reply, recording) and reply.words == real.words
    return "" if same else f"\n  here: {reply}\n    {reply.words}\n  real: {real}\n    {real.words}"


def test_the_recordings_are_there() -> None:
    assert len(RECORDED) > 70


@pytest.mark.parametrize("name", [name for name in RECORDED if name not in DIFFERENCES])
def test_an_answer_looks_as_it_was_recorded(engine: EngineProcess, name: str) -> None:
    assert not differs(engine, RECORDED[name]), differs(engine, RECORDED[name])


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_listed_difference_is_one(engine: EngineProcess, name: str) -> None:
    """Where it has gone, its entry must go."""
    assert differs(engine, RECORDED[name]), f"not needed any more: {DIFFERENCES[name]}"

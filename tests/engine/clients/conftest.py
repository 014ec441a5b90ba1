"""An engine with models of every kind, for clients that know nothing of it."""

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from tests.support.clients import Awaiting, OllamaClient, Waiting
from tests.support.engine import THINKING_TEMPLATE, EngineProcess
from tests.support.models import tiny_model
from tests.support.recorded_walk import DEFAULT, SCRIPTS
from tests.support.scripted_model import build

TOOL_TEMPLATE = """{{- if .Tools }}{{ .Tools }}{{ end }}{{- range .Messages }}{{ .Content }}{{- range .ToolCalls }}
<tool_call>{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}</tool_call>{{ end }}{{- end }}"""


@pytest.fixture(scope="module")
def engine(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """A running engine with ``tiny``, ``thinker``, ``vectors`` for embeddings and ``caller``, which calls tools."""
    folder = tmp_path_factory.mktemp("clients")
    vectors, caller = folder / "vectors.gguf", folder / "caller.gguf"
    tiny_model(vectors, embeds=True)
    build(caller, SCRIPTS, DEFAULT)
    with EngineProcess(folder / "models") as running:
        running.create("tiny", gguf)
        running.create("thinker", gguf, template=THINKING_TEMPLATE)
        running.create("vectors", vectors)
        running.create("caller", caller, template=TOOL_TEMPLATE)
        yield running


@pytest.fixture(params=[Waiting, Awaiting])
def client(request: pytest.FixtureRequest, engine: EngineProcess) -> OllamaClient:
    made: OllamaClient = request.param(f"http://127.0.0.1:{engine.port}")
    return made


@pytest.fixture
def openai_client(engine: EngineProcess) -> Iterator[openai.OpenAI]:
    address = f"http://127.0.0.1:{engine.port}/v1"
    with openai.OpenAI(base_url=address, api_key="not needed", timeout=60, max_retries=0) as client:
        yield client

"""A real engine answers single prompts: raw, by a template, into a gap, and going on from a context."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import models
from tests.support import tool_model as script
from tests.support.engine import EngineProcess, Reply
from tests.support.tool_model import GO_TEMPLATE, tool_model

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
FIM = "{{- if .Suffix }}<PRE> {{ .Prompt }} <SUF>{{ .Suffix }} <MID>{{- else }}{{ .Prompt }}{{ end }}"


@pytest.fixture(scope="module")
def generating(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """``tiny``; ``fim``, which fills gaps; ``fim-hard``, whose template does it in a way that nobody here reads."""
    folder = tmp_path_factory.mktemp("generate")
    with EngineProcess(folder / "models") as running:
        running.create("tiny", gguf)
        running.create("fim", gguf, template=FIM)
        running.create("fim-hard", gguf, template="{{ range .Messages }}{{ .Content }}{{ end }}{{ slice .Suffix 1 }}")
        running.create("thinker", tool_model(folder / "tools.gguf"), template=GO_TEMPLATE)
        yield running


def asked(engine: EngineProcess, prompt: str, **more: Any) -> Reply:
    return engine.ask("POST", "/api/generate", {"model": "tiny", "prompt": prompt, "stream": False, **more})


def test_a_gap_is_filled_by_the_models_template(generating: EngineProcess) -> None:
    told = asked(generating, "a story", model="fim", suffix="of it").json
    assert told["response"] == models.STORY
    assert (
        told["prompt_eval_count"]
        == asked(generating, "<PRE> a story <SUF>of it <MID>", raw=True).json["prompt_eval_count"]
    )


def test_a_gap_needs_a_model_that_can(generating: EngineProcess) -> None:
    reply = asked(generating, "a", suffix="b")
    assert (reply.status, reply.error) == (400, "registry.ollama.ai/library/tiny:latest does not support insert")
    empty = asked(generating, "", suffix="b")
    assert empty.status == 400
    assert "infill" in asked(generating, "a", model="fim-hard", suffix="b").error.lower()  # llama.cpp's own way


def test_a_template_of_the_request_writes_the_prompt(generating: EngineProcess) -> None:
    template = "{{ if .System }}[{{ .System }}] {{ end }}{{ .Prompt }} >{{ .Response }}<"
    told = asked(generating, "story", template=template, system="Be.").json
    same = asked(generating, "[Be.] story >", raw=True).json
    assert (told["response"], told["prompt_eval_count"]) == (models.STORY, same["prompt_eval_count"])


def test_a_template_that_goes_through_messages_chooses_a_family(generating: EngineProcess) -> None:
    template = "{{ range .Messages }}<start_of_turn>{{ .Role }}\n{{ .Content }}<end_of_turn>\n{{ end }}"
    told = asked(generating, "story", template=template).json
    prompt = "<start_of_turn>user\nstory<end_of_turn>\n<start_of_turn>model\n"
    same = asked(generating, prompt, raw=True).json
    assert (told["response"], told["prompt_eval_count"]) == (models.STORY, same["prompt_eval_count"])


def test_a_broken_template_is_refused(generating: EngineProcess) -> None:
    reply = asked(generating, "story", template="{{ .Prompt")
    assert (reply.status, reply.error) == (500, "template: :1: unclosed action")


def test_a_context_is_taken_back_and_grows(generating: EngineProcess) -> None:
    first = asked(generating, "table").json
    second = asked(generating, "story", context=first["context"], system="Be.").json
    assert second["response"] == models.STORY
    assert second["context"][: len(first["context"])] == first["context"]
    assert len(second["context"]) > len(first["context"]) + second["eval_count"]


@pytest.mark.parametrize("raw", [True, False])
def test_log_probabilities_have_alternatives_where_they_were_asked_for(generating: EngineProcess, *, raw: bool) -> None:
    options = {"num_predict": 2}
    told = asked(generating, "story", raw=raw, logprobs=True, options=options).json["logprobs"]
    assert [set(entry) for entry in told] == [{"token", "logprob", "bytes"}] * 2
    told = asked(generating, "story", raw=raw, logprobs=True, top_logprobs=2, options=options).json["logprobs"]
    assert [len(entry["top_logprobs"]) for entry in told] == [2, 2]


def test_a_raw_prompt_keeps_to_a_format(generating: EngineProcess) -> None:
    assert asked(generating, "JSON", raw=True, format="json").json["response"] == models.JSON


@pytest.mark.parametrize("raw", [True, False])
def test_a_picture_is_refused_where_the_model_does_not_see(generating: EngineProcess, *, raw: bool) -> None:
    reply = asked(generating, "story", raw=raw, images=[PNG])
    assert reply.status == 500
    assert "image input is not supported" in reply.error


@pytest.mark.parametrize("raw", [True, False])
def test_thinking_comes_apart_in_generate_too(generating: EngineProcess, *, raw: bool) -> None:
    told = asked(generating, "Now ponder it.", model="thinker", raw=raw).json
    assert (told["thinking"].strip(), told["response"]) == (script.PONDERED, script.MUSED)
    lines = generating.ask("POST", "/api/generate", {"model": "thinker", "prompt": "Now ponder it.", "raw": raw}).lines
    assert "".join(line.get("thinking", "") for line in lines) == told["thinking"]
    assert "".join(line["response"] for line in lines) == script.MUSED


def test_what_a_model_cannot_is_refused_before_an_empty_prompt_loads_it(generating: EngineProcess) -> None:
    assert asked(generating, "", think=True).error == '"tiny" does not support thinking'
    assert asked(generating, "").json["done_reason"] == "load"
    assert asked(generating, "", keep_alive=0).json["done_reason"] == "unload"


def test_a_file_without_a_chat_template_speaks_the_family_of_its_layer(tmp_path: Path) -> None:
    gguf = tool_model(tmp_path / "bare.gguf", template="")
    template = "{{ range .Messages }}<start_of_turn>{{ .Role }}\n{{ .Content }}<end_of_turn>\n{{ end }}"
    with EngineProcess(tmp_path / "models") as running:
        running.create("bare", gguf, template=template)
        told = asked(running, "Now record it.", model="bare").json
        prompt = "<start_of_turn>user\nNow record it.<end_of_turn>\n<start_of_turn>model\n"
        same = asked(running, prompt, model="bare", raw=True).json
        assert (told["response"], told["prompt_eval_count"]) == (script.JSON, same["prompt_eval_count"])
        show = running.ask("POST", "/api/show", {"model": "bare"}).json
        assert show["template"] == template

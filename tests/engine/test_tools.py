"""A real engine with a real model that calls tools: tags that llama.cpp leaves, and a template that it knows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import tool_model as script
from tests.support.engine import EngineProcess
from tests.support.tool_model import CLOCK, GO_TEMPLATE, LOOKUP, tool_model

TOOLS = [LOOKUP, CLOCK]
# Declares tools as Qwen does, which is how llama.cpp knows that it may parse calls.
JINJA = (
    "{% if tools %}<|im_start|>system\n# Tools\n<tools>{% for tool in tools %}\n{{ tool | tojson }}{% endfor %}\n"
    "</tools><|im_end|>\n{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
    "{% if m.tool_calls %}{% for call in m.tool_calls %}\n<tool_call>\n"
    '{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}\n</tool_call>'
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="module")
def tooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """``tagged``: a template layer and a file that knows no tools; ``native``: a file that does; ``plain``: neither."""
    folder = tmp_path_factory.mktemp("tools")
    with EngineProcess(folder / "models") as running:
        gguf = tool_model(folder / "tagged.gguf")
        running.create("tagged", gguf, template=GO_TEMPLATE)
        running.create("plain", gguf)
        running.create("native", tool_model(folder / "native.gguf", template=JINJA))
        yield running


def body(model: str, word: str, **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": f"Now {word} it."}]
    return {"model": model, "messages": messages, "tools": TOOLS, "options": {"num_predict": 100}, **more}


def calls_of(message: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(call["function"]["name"], call["function"]["arguments"]) for call in message.get("tool_calls", [])]


@pytest.mark.parametrize("model", ["tagged", "native"])
def test_a_call_is_one_whole_object_and_then_a_line_that_ends_it(tooled: EngineProcess, model: str) -> None:
    call, end = tooled.ask("POST", "/api/chat", body(model, "weather")).lines
    assert (call["message"]["content"], call["done"]) == ("", False)
    (told,) = call["message"]["tool_calls"]
    assert told["id"]
    assert told["function"] == {"index": 0, "name": "lookup", "arguments": {"city": "Oslo", "sign": "é🙂"}}
    assert (end["message"], end["done"], end["done_reason"]) == ({"role": "assistant", "content": ""}, True, "stop")


@pytest.mark.parametrize("model", ["tagged", "native"])
def test_the_text_before_calls_is_told_and_no_tag(tooled: EngineProcess, model: str) -> None:
    *said, call, _ = tooled.ask("POST", "/api/chat", body(model, "twice")).lines
    assert "".join(line["message"]["content"] for line in said).strip() == "Let me look twice."
    assert calls_of(call["message"]) == [("lookup", {"city": "Bergen"}), ("clock", {})]
    assert [one["function"]["index"] for one in call["message"]["tool_calls"]] == [0, 1]
    whole = tooled.ask("POST", "/api/chat", body(model, "twice", stream=False)).json
    assert calls_of(whole["message"]) == calls_of(call["message"])


def test_what_is_broken_inside_tags_is_content(tooled: EngineProcess) -> None:
    message = tooled.ask("POST", "/api/chat", body("tagged", "muddle", stream=False)).json["message"]
    assert message == {"role": "assistant", "content": script.BROKEN}


def test_tags_are_content_where_no_tools_were_offered(tooled: EngineProcess) -> None:
    message = tooled.ask("POST", "/api/chat", body("tagged", "weather", tools=[], stream=False)).json["message"]
    assert message["content"] == script.CALL


def test_a_model_thinks_and_then_calls(tooled: EngineProcess) -> None:
    lines = tooled.ask("POST", "/api/chat", body("tagged", "deeply")).lines
    messages = [line["message"] for line in lines]
    assert "".join(message.get("thinking", "") for message in messages).strip() == script.THOUGHT
    assert "".join(message["content"] for message in messages) == ""
    assert calls_of(messages[-2]) == [("clock", {"zone": "UTC"})]


def test_tools_are_refused_where_the_template_knows_none(tooled: EngineProcess) -> None:
    reply = tooled.ask("POST", "/api/chat", body("plain", "weather"))
    assert (reply.status, reply.error) == (400, "registry.ollama.ai/library/plain:latest does not support tools")


@pytest.mark.parametrize("model", ["tagged", "native"])
def test_calls_and_their_results_go_back_in_the_history(tooled: EngineProcess, model: str) -> None:
    call = {"id": "call_abcdefgh", "function": {"name": "lookup", "arguments": {"city": "Oslo"}}}
    messages = [
        {"role": "user", "content": "Now weather it."},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_name": "lookup", "tool_call_id": "call_abcdefgh", "content": "rain, record it"},
    ]
    told = tooled.ask("POST", "/api/chat", body(model, "", messages=messages, stream=False)).json
    assert told["message"] == {"role": "assistant", "content": script.JSON}
    shorter = tooled.ask("POST", "/api/chat", body(model, "", messages=messages[:1], stream=False)).json
    assert told["prompt_eval_count"] > shorter["prompt_eval_count"] + 40  # the call itself is in the prompt


def test_a_format_holds_after_thinking_in_tags(tooled: EngineProcess) -> None:
    more: dict[str, Any] = {"tools": [], "format": "json"}
    lines = tooled.ask("POST", "/api/chat", body("tagged", "ponder", **more)).lines
    messages = [line["message"] for line in lines]
    assert "".join(message.get("thinking", "") for message in messages).strip() == script.PONDERED
    assert "".join(message["content"] for message in messages).startswith("{")
    flags = [bool(message.get("thinking")) for message in messages[:-1]]
    assert flags == sorted(flags, reverse=True)


def test_a_format_holds_where_nothing_was_thought(tooled: EngineProcess) -> None:
    told = tooled.ask("POST", "/api/chat", body("tagged", "record", tools=[], format="json", stream=False)).json
    assert told["message"] == {"role": "assistant", "content": script.JSON}


def test_an_answer_cut_while_thinking_keeps_its_thoughts(tooled: EngineProcess) -> None:
    more: dict[str, Any] = {"tools": [], "format": "json", "stream": False, "options": {"num_predict": 3}}
    told = tooled.ask("POST", "/api/chat", body("tagged", "ponder", **more)).json
    assert told["done_reason"] == "length"
    assert script.PONDERED.startswith(told["message"]["thinking"].strip())


def test_a_continued_answer_keeps_to_its_format(tooled: EngineProcess) -> None:
    messages = [{"role": "user", "content": "Now say it."}, {"role": "assistant", "content": "So, a record: "}]
    told = tooled.ask("POST", "/api/chat", body("plain", "", messages=messages, tools=[], format="json", stream=False))
    assert told.status == 200, told.body
    assert told.json["message"]["content"].startswith("{")


def test_thinking_that_a_template_turned_off_leaves_no_empty_tags(tmp_path: Path) -> None:
    jinja = JINJA.removesuffix("{% endif %}") + (
        "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
    )
    with EngineProcess(tmp_path / "models") as running:
        running.create("switch", tool_model(tmp_path / "switch.gguf", template=jinja))
        asked = body("switch", "record", tools=[], stream=False)
        assert running.ask("POST", "/api/show", {"model": "switch"}).json["capabilities"][-1] == "thinking"
        off = running.ask("POST", "/api/chat", asked | {"think": False}).json
        assert off["message"] == {"role": "assistant", "content": script.JSON}
        on = running.ask("POST", "/api/chat", body("switch", "ponder", tools=[], stream=False)).json["message"]
        assert (on["thinking"].strip(), on["content"]) == (script.PONDERED, script.MUSED)


def test_json_that_is_no_call_is_the_answer_where_calls_are_json_without_tags(tmp_path: Path) -> None:
    call = '{% set f = m.tool_calls[0].function %}{"name": "{{ f.name }}", "parameters": {{ f.arguments | tojson }}}'
    jinja = (
        "{% if tools %}<|im_start|>system\nAnswer in JSON like {name: f, parameters: {}} of\n"
        "{% for tool in tools %}{{ tool | tojson }}\n{% endfor %}<|im_end|>\n{% endif %}"
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.tool_calls %}" + call + "{% else %}{{ m.content }}"
        "{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    with EngineProcess(tmp_path / "models") as running:
        running.create("bare", tool_model(tmp_path / "bare.gguf", template=jinja))
        for stream in (True, False):
            reply = running.ask("POST", "/api/chat", body("bare", "record", stream=stream))
            assert "".join(line["message"]["content"] for line in reply.lines) == script.JSON
            assert reply.lines[-1]["done_reason"] == "stop"

"""What the marks of a template say, and the prompts of every family as llama.cpp renders them."""

from pathlib import Path
from typing import Any

import pytest

from ollama_desk.engine.families import FAMILIES, Family
from ollama_desk.engine.messages import conversation, media_part
from ollama_desk.engine.templates import THINK_TAGS, family_template, manner_of, think_tags, tools_text
from ollama_desk.engine.tool_calls import HERMES, JSON_TAG
from ollama_desk.ollama.wire import Message, ToolCall, ToolFunction
from tests.support.llama import Llama

CHATML_GO = "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}"
LLAMA3_GO = (
    "{{ range .Messages }}<|start_header_id|>{{ .Role }}<|end_header_id|>{{ .Content }}{{ if .ToolCalls }}"
    '{{ range .ToolCalls }}{"name": "{{ .Function.Name }}", "parameters": {{ .Function.Arguments }}}{{ end }}'
    "{{ end }}<|eot_id|>{{ end }}{{ .Tools }}"
)
MISTRAL_GO = "{{ range .Messages }}[INST] {{ .Content }} [/INST]{{ if .ToolCalls }}[TOOL_CALLS] [{{ end }}{{ end }}"


@pytest.mark.parametrize(
    ("go", "name"),
    [
        (CHATML_GO, "chatml"),
        (LLAMA3_GO, "llama3"),
        (MISTRAL_GO, "mistral"),
        ("[INST] <<SYS>>{{ .System }}<</SYS>> {{ .Prompt }} [/INST]", "llama2"),
        ("<start_of_turn>user\n{{ .Prompt }}<end_of_turn>", "gemma"),
        ("<|im_start|>user<|im_sep|>{{ .Prompt }}<|im_end|>", "phi4"),
        ("<|user|>\n{{ .Prompt }}<|end|>", "phi3"),
        ("<|user|>\n{{ .Prompt }}</s>", "zephyr"),
        ("<｜User｜>{{ .Prompt }}<｜Assistant｜>", "deepseek"),
        ("<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{{ .Prompt }}", "command-r"),
        ("<|start_of_role|>user<|end_of_role|>{{ .Prompt }}", "granite"),
        ("### Instruction:\n{{ .Prompt }}", "alpaca"),
        ("USER: {{ .Prompt }}", "vicuna"),
    ],
)
def test_a_family_is_known_by_its_marks(go: str, name: str) -> None:
    family = next(family for family in FAMILIES if family.name == name)
    assert family_template(go) == family.jinja
    assert manner_of(go, "").chat_template == family.jinja
    assert manner_of(go, "{{ messages }}").chat_template == ""  # the file has one of its own


def test_a_template_without_marks_leaves_the_choice_to_llama_cpp() -> None:
    assert manner_of("{{ .Prompt }}", "").chat_template == ""
    assert manner_of("", "").chat_template == ""


def test_the_words_around_thinking_are_its_tags() -> None:
    assert think_tags("{{ if .Thinking }}<thought>{{ .Thinking }}</thought>{{ end }}") == ("<thought>", "</thought>")
    assert think_tags("<reason>\n{{- $last.Thinking -}}\n</reason>") == ("<reason>", "</reason>")
    assert think_tags("{{ .Content }}") == THINK_TAGS


def test_the_tags_of_calls_come_from_the_template() -> None:
    assert manner_of(LLAMA3_GO, "").tool_tags[0] is JSON_TAG
    assert manner_of(MISTRAL_GO, "").tool_tags[0].opening == "[TOOL_CALLS]"
    assert manner_of("", "{% if tools %}<tool_call>").tool_tags[0] is HERMES
    assert manner_of("", "{% if tools %}<tool_call>").renders_tools


def test_a_model_is_told_of_tools_in_the_form_it_writes_calls_in() -> None:
    hermes = tools_text('{"x":1}', (HERMES,))
    assert '<tools>\n{"x":1}\n</tools>' in hermes
    assert hermes.endswith("</tool_call>")
    assert "<tool_call>" not in tools_text("{}", (JSON_TAG,))


def test_tools_are_told_in_the_first_system_message() -> None:
    manner, tool = manner_of(CHATML_GO + "{{ .Tools }}", "{{ messages }}"), {"type": "function"}
    assert manner.writes_tools
    assert not manner_of(CHATML_GO + "{{ .Tools }}", "{{ tools }}").writes_tools
    told = conversation([Message("system", "Be."), Message("user", "hi")], manner, [tool])
    assert told[0]["content"].startswith("Be.\n\nYou can call")
    told = conversation([Message("user", "hi")], manner, [tool])
    assert [message["role"] for message in told] == ["system", "user"]
    bare = conversation([Message("assistant", "", tool_calls=[ToolCall("", ToolFunction(0, "f"))])], manner, [])
    assert bare == [{"role": "assistant", "content": '<tool_call>\n{"name":"f","arguments":{}}\n</tool_call>'}]


def test_sounds_travel_among_the_pictures() -> None:
    assert media_part("UklGRiQAAABXQVZFZm10IA==")["type"] == "input_audio"
    assert media_part("/9j/4AAQSkZJRgABAQAAAQ==")["image_url"]["url"].startswith("data:image/jpeg")


TURNS: list[dict[str, Any]] = [
    {"role": "system", "content": "KIND"},
    {"role": "user", "content": "ONE"},
    {"role": "assistant", "content": "TWO"},
    {"role": "user", "content": "THREE"},
]
ENDS = {
    "chatml": "<|im_start|>user\nTHREE<|im_end|>\n<|im_start|>assistant\n",
    "llama3": "<|end_header_id|>\n\nTHREE<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "gemma": "<start_of_turn>user\nTHREE<end_of_turn>\n<start_of_turn>model\n",
    "llama2": "[INST] THREE [/INST]",
    "mistral": "[INST] THREE[/INST]",
    "deepseek": "<｜User｜>THREE<｜Assistant｜>",
    "command-r": "<|USER_TOKEN|>THREE<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
    "granite": "<|start_of_role|>user<|end_of_role|>THREE<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>",
    "phi4": "<|im_start|>user<|im_sep|>THREE<|im_end|><|im_start|>assistant<|im_sep|>",
    "phi3": "<|user|>\nTHREE<|end|>\n<|assistant|>\n",
    "zephyr": "<|user|>\nTHREE</s>\n<|assistant|>\n",
    "alpaca": "### Instruction:\nTHREE\n\n### Response:\n",
    "vicuna": "USER: THREE\nASSISTANT:",
}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_llama_cpp_renders_a_familys_turns(gguf: Path, family: Family) -> None:
    with Llama(gguf, n_ctx=512, chat_template=family.jinja) as llama:
        prompt = llama.prompt(TURNS)
        assert prompt.endswith(ENDS[family.name])
        places = [prompt.find(word) for word in ("KIND", "ONE", "TWO", "THREE")]
        assert places == sorted(places)
        assert min(places) >= 0
        assert prompt.count("KIND") == 1


def test_answers_at_the_end_are_one_to_continue() -> None:
    messages = [Message("user", "hi"), Message("assistant", "a"), Message("assistant", "b")]
    told = conversation(messages, manner_of("", ""), [])
    assert told == [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "a\n\nb"}]


def test_results_of_tools_are_what_they_are_where_nothing_is_known_of_tools() -> None:
    told = conversation([Message("tool", "42")], manner_of("", "{{ messages }}"), [])
    assert told == [{"role": "tool", "content": "42"}]


def test_a_family_with_channels_always_thinks_in_one() -> None:
    assert manner_of("", "<|channel|>analysis{{ reasoning_effort }}").always_thinks
    assert not manner_of("", "{{ messages }}").always_thinks

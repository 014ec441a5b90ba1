"""What a model can do is seen from its templates, its header and its projector."""

from typing import Any

import pytest

from ollama_desk.engine.capabilities import Senses, capabilities_of
from ollama_desk.registry.gguf import GgufHeader

BLIND = Senses()


def header(**metadata: Any) -> GgufHeader:
    return GgufHeader(3, {"general.architecture": "llama", **metadata}, ())


@pytest.mark.parametrize(
    ("template", "jinja", "able"),
    [
        ("", "", ("completion",)),
        ("", "{{ messages }}", ("completion",)),
        ("", "{% if tools %}{% if enable_thinking %}", ("completion", "tools", "thinking")),
        ("{{ .Tools }}{{ .Suffix }}{{ .Thinking }}", "", ("completion", "tools", "insert", "thinking")),
        ("{{ range $.Messages }}{{ with $.Tools }}{{ end }}{{ end }}", "", ("completion", "tools")),
        ("{{ .Prompt }}", "{% if tools %}<think>", ("completion",)),
        ("{{ .Prompt }} has no .Tools", "", ("completion",)),
        ("{{ .Broken {{ .Tools", "", ("completion", "tools")),
    ],
)
def test_the_template_says_what_a_model_can_do(template: str, jinja: str, able: tuple[str, ...]) -> None:
    assert capabilities_of(header(**{"tokenizer.chat_template": jinja}), template, BLIND) == able


def test_a_projector_makes_a_model_see_and_perhaps_hear() -> None:
    eye = Senses.of(header(**{"clip.has_vision_encoder": True, "clip.has_audio_encoder": False}))
    ear = Senses.of(header(**{"clip.has_audio_encoder": True}))
    assert capabilities_of(header(), "", eye) == ("completion", "vision")
    assert capabilities_of(header(), "", ear) == ("completion", "vision", "audio")


def test_pooling_makes_a_model_embed_and_nothing_else() -> None:
    assert capabilities_of(header(**{"llama.pooling_type": 1}), "{{ .Tools }}", BLIND) == ("embedding",)


def test_a_family_that_always_thinks_does() -> None:
    assert capabilities_of(header(**{"general.architecture": "gpt-oss"}), "", BLIND) == ("completion", "thinking")


def test_what_the_configuration_lists_is_added_once() -> None:
    assert capabilities_of(header(), "{{ .Tools }}", BLIND, ("tools", "image")) == ("completion", "tools", "image")

"""What of a form is a change, and what no server does."""

import pytest

from ollama_desk.domain.models import ModelDetails
from ollama_desk.ui.models.draft import Typed, base_parameters, draft, judge, renderer_of, untouched

BASE = ModelDetails(
    "base",
    template="{{ .Prompt }}",
    system="Be brief.",
    parameters='stop   "</s>"\nstop   "\\n"\ntemperature   0.6\nfoo   <nil>',
)


def typed(*parameters: tuple[str, str], system: str = "Be brief.", template: str = "{{ .Prompt }}") -> Typed:
    return Typed("mine", system, template, parameters)


def test_what_nobody_touched_is_no_change() -> None:
    judged = judge(untouched(BASE, "mine"), BASE)
    assert not judged.is_changed
    assert judged.is_usable
    assert base_parameters(BASE) == {"stop": "</s>\n\\n", "temperature": "0.6", "foo": "<nil>"}


def test_only_what_was_changed_is_sent_on() -> None:
    fields = typed(("stop", "</s>"), ("temperature", "0.60"), ("num_ctx", "8k"), ("seed", "7"), system="Be kind.")
    made = draft(fields, judge(fields, BASE), "base:latest")
    assert (made.name, made.base, made.system, made.template) == ("mine", "base:latest", "Be kind.", None)
    assert made.parameters == {"stop": ["</s>"], "num_ctx": 8192, "seed": 7}


def test_stop_words_can_be_taken_away() -> None:
    fields = typed(("stop", ""))
    assert draft(fields, judge(fields, BASE), "base").parameters == {"stop": []}


def test_an_emptied_prompt_or_template_is_told_to_stay() -> None:
    judged = judge(typed(system=" ", template=""), BASE)
    assert (judged.lost_system, judged.lost_template, judged.is_usable) == (True, True, False)
    bare = judge(Typed("mine"), ModelDetails("bare"))
    assert (bare.lost_system, bare.lost_template, bare.is_usable) == (False, False, True)


@pytest.mark.parametrize("text", ["hot", "", "7"])
def test_a_value_that_a_server_would_choke_on_is_wrong(text: str) -> None:
    judged = judge(typed(("seed", "1"), ("temperature", text)), BASE)
    assert judged.wrong == {1}
    assert not judged.is_usable


def test_a_parameter_is_named_once() -> None:
    assert judge(typed(("seed", "1"), ("seed", "2")), BASE).wrong == {1}
    assert judge(typed(("", "1")), BASE).wrong == {0}


def test_what_makes_the_prompts_is_read_from_the_modelfile() -> None:
    assert (
        renderer_of(ModelDetails("m", modelfile="FROM x\nRENDERER qwen3-coder\nPARSER qwen3-coder\n")) == "qwen3-coder"
    )
    assert renderer_of(BASE) == ""

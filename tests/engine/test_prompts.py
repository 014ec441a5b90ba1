"""Prompts by plain templates, as Go would write them; others are left to the families."""

import pytest

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.messages import media_part
from ollama_desk.engine.prompts import Prompt, is_plain, media_of, render, text_settings, with_media

PNG, WAV = "iVBORw0KGgoAAAANSUhEUgAA", "UklGRiQAAABXQVZFZm10IA=="

FIM = (
    "{{- if .Suffix }}<PRE> {{ .Prompt }} <SUF>{{ .Suffix }} <MID>\n"
    '{{- else if .Messages }}{{ range $i, $_ := .Messages }}{{ if eq .Role "user" }}x{{ end }}{{ end }}'
    "{{- else }}{{ if .System }}S {{ .System }} {{ end }}P {{ .Prompt }}{{ end }}{{ .Response }} after"
)
WRITTEN = [
    ("{{ .Prompt }}", "ask"),
    ("{{.System}}: {{ .Prompt }}!", "be: ask!"),
    ("a {{- /* said */ -}} b", "ab"),
    ("{{ if and .System .Prompt }}both{{ else }}no{{ end }}", "both"),
    ("{{ if or .Suffix .Response }}yes{{ else }}no{{ end }}", "no"),
    ("{{ if not .Suffix }}none{{ end }}", "none"),
    ("{{ if .Nope }}a{{ else if .System }}b{{ else }}c{{ end }}", "b"),
    ("{{ .Nope }}", "<no value>"),
    ("Q {{ .Prompt }} A {{ .Response }} never", "Q ask A "),
    ("  {{- .Prompt -}}  \n x", "askx"),
    ("plain", "plain"),
    (FIM, "S be P ask"),
]


@pytest.mark.parametrize(("template", "text"), WRITTEN)
def test_a_plain_template_is_written_as_go_writes_it(template: str, text: str) -> None:
    assert render(template, Prompt("ask", "", "be")) == text


def test_a_gap_is_filled_by_the_branch_for_it() -> None:
    assert render(FIM, Prompt("def f(", "return 1")) == "<PRE> def f( <SUF>return 1 <MID>"


@pytest.mark.parametrize(
    "template",
    [
        "{{ range .Messages }}{{ .Content }}{{ end }}",
        "{{ with .System }}{{ . }}{{ end }}",
        '{{ if eq .Role "x" }}a{{ end }}',
        "{{ $x := 1 }}",
        "{{ slice .Messages 1 }}",
    ],
)
def test_more_than_that_is_left_to_others(template: str) -> None:
    assert not is_plain(template)
    assert render(template, Prompt("ask")) is None


@pytest.mark.parametrize(
    ("template", "words"),
    [("{{ .Prompt", "template: :1: unclosed action"), ("{{ if }}x{{ end }}", "template: :1: missing value for if")],
)
def test_a_broken_template_is_refused_in_gos_words(template: str, words: str) -> None:
    with pytest.raises(RequestFailedError) as caught:
        is_plain(template)
    assert (str(caught.value), caught.value.status) == (words, 500)


def test_settings_are_said_as_for_text() -> None:
    schema = {"type": "object"}
    told = text_settings({"seed": 1, "logprobs": True, "top_logprobs": 3, "response_format": {"type": "json_object"}})
    assert told == {"seed": 1, "n_probs": 3, "json_schema": schema}
    form = {"type": "json_schema", "json_schema": {"schema": {"type": "array"}}}
    assert text_settings({"response_format": form}) == {"json_schema": {"type": "array"}}


def test_pictures_and_sounds_travel_beside_the_text() -> None:
    assert with_media("x", []) == "x"
    assert with_media("x", ["AA=="]) == {"prompt_string": "x", "multimodal_data": ["AA=="]}
    parts = [media_part(PNG), media_part(WAV), {"type": "text", "text": "x"}]
    assert media_of([{"content": "y"}, {"content": parts}]) == [PNG, WAV]

"""Go templates: the good ones pass and tell what they use, the broken ones are refused in Go's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.registry.go_template import GoTemplateError, fields_of

QWEN = """{{- if .Suffix }}<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>
{{- else if .Messages }}
{{- if or .System .Tools }}<|im_start|>system
{{ .System }}
{{- range $index, $tool := .Tools }}
{"type": "function", "function": {{ $tool.Function | json }}}
{{- end }}<|im_end|>
{{ end }}
{{- range $i, $_ := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1 -}}
{{- if eq .Role "user" }}{{ .Content }}
{{ else if eq .Role "assistant" -}}
{{ with .Thinking }}<think>{{ . }}</think>{{ end }}{{ .Content }}
{{- range .ToolCalls }}{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}{{ end }}
{{- end }}
{{- if and (ne .Role "assistant") $last }}<|im_start|>assistant
{{ end }}
{{- end }}
{{- else }}{{/* none }} of this counts */}}{{ `raw }}` }}{{ printf "%q}}" .Response }}{{ end }}"""


def test_a_real_template_tells_all_that_it_uses() -> None:
    told = fields_of(QWEN)
    assert {"Suffix", "Prompt", "Messages", "System", "Tools", "Role", "Content", "Thinking", "ToolCalls"} <= told
    assert {"Function", "Name", "Arguments", "Response"} <= told


@pytest.mark.parametrize("template", ["", "no action at all", "} }} {", "{{ .A }}{{- .B -}}", "{{ $.Tools }}"])
def test_plain_templates_pass(template: str) -> None:
    fields_of(template)


def test_text_outside_of_actions_and_comments_uses_nothing() -> None:
    assert fields_of("say .Tools {{/* .Thinking */}}{{ .Prompt }} {{- /* .Suffix */ -}}") == {"Prompt"}


BROKEN = {
    "{{ .Nope": ":1: unclosed action",
    "one\ntwo {{ .A {{ .B }}": ":2: unclosed action",
    "{{ if .A }}": ":1: unexpected EOF",
    "{{ range .A }}{{ if .B }}{{ end }}\n": ":2: unexpected EOF",
    "{{ end }}": ":1: unexpected {{end}}",
    "{{ else }}": ":1: unexpected {{else}}",
    "{{ if .A }}{{ else }}{{ else }}{{ end }}": ":1: unexpected {{else}}",
    "{{ if }}{{ end }}": ":1: missing value for if",
    "{{ }}": ":1: missing value for command",
    "{{ shout .A }}": ':1: function "shout" not defined',
    '{{ "open }}': ":1: unterminated quoted string",
    "{{ `open }}": ":1: unterminated raw quoted string",
    "{{ '": ":1: unterminated character constant",
    "{{ (.A }}": ":1: unclosed left paren",
    "{{ .A) }}": ":1: unexpected right paren",
    "{{/* open": ":1: unclosed comment",
    "{{/* c */ .A }}": ":1: comment ends before closing delimiter",
    "{{ .A # }}": ":1: unrecognized character in action: U+0023 '#'",
    "{{ { }}": ':1: unexpected "{" in command',
}


@pytest.mark.parametrize(("template", "words"), BROKEN.items())
def test_a_broken_template_is_refused_in_the_words_of_go(template: str, words: str) -> None:
    with pytest.raises(GoTemplateError) as refused:
        fields_of(template)
    assert str(refused.value) == f"template: {words}"


@given(
    st.lists(
        st.sampled_from(["{{", "}}", "-", " ", ".A", "if", "end", "else", '"', "`", "(", ")", "/*", "*/", "\n", "x"])
    )
)
def test_whatever_comes_is_read_or_refused(pieces: list[str]) -> None:
    refused = ""
    try:
        fields_of("".join(pieces))
    except GoTemplateError as error:
        refused = str(error)
    assert not refused or refused.startswith("template: :")

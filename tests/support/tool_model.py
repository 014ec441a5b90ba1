"""A tiny model that calls tools, thinks and answers in JSON, in whatever template a test gives it."""

from pathlib import Path

from tests.support.scripted_model import CHATML, CHATML_TAGS, build

LOOKUP = {"type": "function", "function": {"name": "lookup", "description": "d", "parameters": {"type": "object"}}}
CLOCK = {"type": "function", "function": {"name": "clock", "description": "d", "parameters": {"type": "object"}}}
CALL = '<tool_call>\n{"name": "lookup", "arguments": {"city": "Oslo", "sign": "é🙂"}}\n</tool_call>'
TWO = (
    'Let me look twice.\n<tool_call>\n{"name": "lookup", "arguments": {"city": "Bergen"}}\n</tool_call>\n'
    '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>'
)
BROKEN = '<tool_call>\n{"name": nobody, "args"}\n</tool_call> is what I would say.'
THOUGHT = "What is there to find? A number, I guess."
MUSED = "It was nowhere at all."
THINKING_CALL = (
    f'<think>\n{THOUGHT}\n</think>\n\n<tool_call>\n{{"name": "clock", "arguments": {{"zone": "UTC"}}}}\n</tool_call>'
)
PONDERED = "Where could that be, and since when?"
THINKING = f"<think>\n{PONDERED}\n</think>\n\n{MUSED}"
JSON = '{"person": "Ada Lovelace", "age": 36, "note": "你好 🙂"}'
SCRIPTS: dict[tuple[str, ...], str] = {
    ("ponder",): THINKING,
    ("weather",): CALL,
    ("twice",): TWO,
    ("muddle",): BROKEN,
    ("deeply",): THINKING_CALL,
    ("record",): JSON,
}
DEFAULT = "I do not know what to do, and so I only say this."
GO_TEMPLATE = (
    "{{- if .System }}{{ .System }}\n{{ end }}{{- if .Tools }}TOOLS {{ .Tools }}\n{{ end }}{{- range .Messages }}"
    '{{- if eq .Role "assistant" }}{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}'
    '{{ range .ToolCalls }}<tool_call>{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}'
    "</tool_call>{{ end }}{{ else }}{{ .Content }}{{ end }}{{- end }}"
)


def tool_model(path: Path, *, template: str = CHATML, specials: tuple[str, ...] = CHATML_TAGS) -> Path:
    """Write the model to ``path``: "weather" calls one tool, "twice" two, "muddle" none, "deeply" thinks and calls one,
    "ponder" thinks and answers, "record" answers in JSON.

    Args:
        path: the GGUF to write.
        template: its chat template, in jinja.
        specials: the template's tags.
    """
    build(path, SCRIPTS, DEFAULT, name="Tools", template=template, specials=specials)
    return path

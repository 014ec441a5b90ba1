"""Models for tests whose answers are known: what to ask, and the exact text that comes back."""

from pathlib import Path

from tests.support.scripted_model import build

DEFAULT = "I am a scripted test model. What I say is known in advance, and so a test can compare it letter by letter."
STORY = (
    "Once upon a time there was a small server that lived on a laptop. Every morning it woke up, counted its layers, "
    "and waited for a question. One day somebody asked it for a tale, and it told this one. The end."
)
CODE = (
    "Here is a function:\n\n```python\ndef fib(n: int) -> int:\n    a, b = 0, 1\n    for _ in range(n):\n"
    "        a, b = b, a + b\n    return a\n```\n\nIt runs in linear time."
)
TABLE = (
    "| model | size |\n|---|---|\n| tiny | 1 MB |\n| small | 2 GB |\n\n"
    "That is **all** of it, with `inline quotes` and a [link](https://example.org)."
)
THOUGHT = "The person wants to hear something deep. Let me weigh two options before I answer."
REASONED = (
    "The answer is forty-two, and it took a while to find out. Nobody has ever said what the question was, "
    "which is the nicest part of it."
)
THINK = f"<think>\n{THOUGHT}\n</think>\n\n{REASONED}"
JSON = '{"name": "Ada", "age": 36, "tags": ["math", "engines"], "note": "no braces {} or \\"quotes\\" can harm it"}'
EMOJI = (
    "Greetings 🙂 to a naïve café, 你好，世界, مرحبا بالعالم and שלום. A family 👨‍👩‍👧‍👦 waves 👋🏽, "
    "a combining e\u0301 and a Ünïcödé word end it."
)
HOSTILE = (
    "<script>alert(1)</script> <img src='file:///etc/passwd'> ![x](file:///dev/zero) ![y](https://example.org/t.png) "
    "[click](javascript:alert(2)) \x1b[31mred\x1b[0m <table><tr><td><table><tr><td>deep</td></tr></table></td></tr>"
    "</table> </div> &lt;b&gt; ``` an open fence that never ends <a href='file:///tmp/'>here</a> \u202egnol\u202c done"
)
LINES = 400
LONG = "\n".join(f"{number}. This is line number {number} of {LINES}." for number in range(1, LINES + 1))
ROUND = " ".join(f"Step {number} goes on to step {number + 1}." for number in range(1, 60))  # endless: again and again

SCRIPTS: dict[tuple[str, ...], str] = {
    ("story", "Story"): STORY,
    ("code", "Code"): CODE,
    ("table", "Table"): TABLE,
    ("think", "Think"): THINK,
    ("JSON", "json"): JSON,
    ("emoji", "Emoji"): EMOJI,
    ("hostile", "Hostile"): HOSTILE,
    ("lines", "Lines"): LONG,
    ("endless", "Endless"): ROUND,
}


def tiny_model(path: Path, *, idle_layers: int = 0, embeds: bool = False) -> Path:
    """Write the model (under 1 MB, done in half a second) to ``path``.

    It speaks ChatML and knows no tools. Ask for a "story", "code", a "table", "JSON", "emoji", something "hostile" or
    "lines" (some hundreds of tokens) and get the text of that name; "think" thinks first; "endless" ends only when it
    is stopped or the context is full; anything else gets ``DEFAULT``.

    Args:
        path: the GGUF to write.
        idle_layers: each makes the model slower: without any it writes thousands of tokens a second.
        embeds: make it a model for embeddings.
    """
    build(path, SCRIPTS, DEFAULT, name="Tiny", endless=("endless",), idle_layers=idle_layers, embeds=embeds)
    return path

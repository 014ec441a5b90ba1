"""Builds the demonstration model: ``python packaging/demo_model/build.py resources/demo/demo.gguf``.

The texts lie beside this file, the words that start them in ``triggers.toml``. A test builds the file again and
compares it byte by byte with the one that is committed.
"""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.scripted_model import build  # noqa: E402 - found by the line above

TEXTS = Path(__file__).resolve().parent
CONTEXT_LENGTH = 32_768  # tokens: a tour of some thirty answers
REACH = 150  # bytes at the end of the prompt in which a word counts; so no text may end with one of them


def scripts() -> dict[tuple[str, ...], str]:
    """The text that each group of words starts."""
    words = tomllib.loads((TEXTS / "triggers.toml").read_text(encoding="utf-8"))
    return {tuple(group): text(name) for name, group in words.items()}


def text(name: str) -> str:
    """One of the answers."""
    return (TEXTS / f"{name}.md").read_text(encoding="utf-8").strip()


def main(argv: list[str]) -> int:
    """Write the model to the path that is given."""
    if len(argv) != 1:
        print(__doc__)
        return 2
    path = Path(argv[0])
    margin = build(
        path,
        scripts(),
        text("default"),
        name="Ollama Desk demonstration",
        context_length=CONTEXT_LENGTH,
        reach=REACH,
    )
    print(f"{path}: {path.stat().st_size} bytes, the right token wins by {margin:.1f} logits at least")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

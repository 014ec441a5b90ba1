"""Prompts of a given length that no server has seen before: each begins otherwise, and goes on otherwise."""

import random

# Common words of about the same length, which most tokenizers know whole.
WORDS = (
    "river", "stone", "garden", "window", "summer", "winter", "market", "bridge", "letter", "number", "engine",
    "forest", "island", "castle", "village", "kitchen", "mirror", "pencil", "basket", "candle", "button", "ladder",
    "hammer", "bottle", "carpet", "pillow", "blanket", "lantern", "harbour", "meadow", "valley", "canyon", "desert",
    "planet", "copper", "silver", "golden", "purple", "yellow", "orange", "violin", "guitar", "trumpet", "drummer",
    "painter", "farmer", "sailor", "pilot", "doctor", "teacher", "singer", "dancer", "writer", "rabbit", "turtle",
    "falcon", "sparrow", "dolphin", "walnut", "cherry", "pepper", "butter", "sugar",
)  # fmt: skip
CHARS_PER_TOKEN = 6.0  # before it was measured: about a word, which rather gives too few tokens than too many


def prompt_of(tokens: int, *, chars_per_token: float, seed: str) -> str:
    """Words that come to about so many tokens; the same for the same ``seed``, and unlike every other from the start.

    Args:
        tokens: wanted.
        chars_per_token: of the model's tokenizer, for such words.
        seed: any text.
    """
    chance = random.Random(seed)  # noqa: S311 - a choice of words
    wanted = max(round(tokens * chars_per_token), 1)
    words = [f"{chance.getrandbits(32):08x}"]  # no two have a beginning in common that a cache could hold
    length = len(words[0])
    while length < wanted:
        words.append(chance.choice(WORDS))
        length += len(words[-1]) + 1
    return " ".join(words)[:wanted]

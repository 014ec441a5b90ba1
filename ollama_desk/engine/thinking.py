"""Tells thinking from answer in a stream of text that holds ``<think>…</think>``."""

from enum import Enum, auto

OPENING, CLOSING = "<think>", "</think>"


class _State(Enum):
    START = auto()  # nothing but white space and perhaps a part of the opening tag so far
    AFTER_OPENING = auto()  # white space before the first thought
    THINKING = auto()
    AFTER_CLOSING = auto()  # white space before the answer
    ANSWER = auto()


class ThinkingParser:
    """Cuts text into thinking and answer; how the text was chunked makes no difference.

    The rules are Ollama's: the tag counts only at the very beginning; white space after a tag is dropped.

    Args:
        inside: the prompt itself has already opened the tag, as some templates do.
        tags: what the model writes before and after its thoughts.
    """

    def __init__(self, *, inside: bool = False, tags: tuple[str, str] = (OPENING, CLOSING)) -> None:
        self._opening, self._closing = tags
        self._state = _State.AFTER_OPENING if inside else _State.START
        self._held = ""

    def feed(self, text: str) -> tuple[str, str]:
        """The thinking and the answer that are certain after ``text``."""
        if self._state is _State.ANSWER:
            return "", text
        self._held += text
        thinking = answer = ""
        state = None
        while state is not self._state:  # a step that changes nothing was the last
            state = self._state
            thought, said = self._step()
            thinking, answer = thinking + thought, answer + said
        return thinking, answer

    def passed(self, thinking: str) -> str:
        """Thinking that was told apart elsewhere, without the white space before it; none comes after it either."""
        if self._state is _State.START:
            thinking = thinking.lstrip()
        if thinking:
            self._state = _State.AFTER_CLOSING
        return thinking

    def finish(self) -> tuple[str, str]:
        """What was held back, at the end of the text."""
        held, self._held = self._held, ""
        return (held, "") if self._state is _State.THINKING else ("", held)

    def _step(self) -> tuple[str, str]:
        match self._state:
            case _State.START:
                self._open()
            case _State.AFTER_OPENING:
                self._skip_space(_State.THINKING)
            case _State.THINKING:
                return self._think(), ""
            case _State.AFTER_CLOSING:
                self._skip_space(_State.ANSWER)
            case _State.ANSWER:
                said, self._held = self._held, ""
                return "", said
        return "", ""

    def _open(self) -> None:
        bare = self._held.lstrip()
        if bare.startswith(self._opening):
            self._held = bare[len(self._opening) :]
            self._state = _State.AFTER_OPENING
        elif not self._opening.startswith(bare):
            self._state = _State.ANSWER

    def _skip_space(self, then: _State) -> None:
        self._held = self._held.lstrip()
        if self._held:
            self._state = then

    def _think(self) -> str:
        before, found, after = self._held.partition(self._closing)
        if found:
            self._held, self._state = after, _State.AFTER_CLOSING
            return before
        keep = next((n for n in range(len(self._closing) - 1, 0, -1) if before.endswith(self._closing[:n])), 0)
        self._held = before[len(before) - keep :]
        return before[: len(before) - keep]


class UnaskedThinking:
    """Puts thinking that nobody asked for back into the answer, in its tags: it is not stripped, as in Ollama."""

    def __init__(self, tags: tuple[str, str] = (OPENING, CLOSING)) -> None:
        self._opening, self._closing = tags
        self._is_open = False

    def told(self, thinking: str, content: str) -> str:
        """The answer with ``thinking`` in it."""
        if thinking:
            before = "" if self._is_open else f"{self._opening}\n"
            self._is_open = True
            return f"{before}{thinking}{self.told('', content)}"
        if content and self._is_open:
            self._is_open = False
            return f"\n{self._closing}\n\n{content}"
        return content

"""Shows every hostile message in a window, whole and growing, and tells what the loop and the file system saw of it.

A program of its own: an audit hook stays for ever, and a pipe that blocks whoever opens it must not block the tests.
What a turn of the loop cost is the CPU time of the thread, since other programs take the clock's time.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from ollama_desk.domain.chat import Message, MessageState, Role
from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.chat.transcript import Transcript
from ollama_desk.ui.theme import Theme
from tests.support.hostile_markdown import Canaries, payloads
from tests.support.hostile_text import strange_letters

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
PIECES = 16  # that a growing message comes in
QUIET_TURNS = 4
LIMIT_S = 60.0  # for one message
SUSPECT_S = 0.08  # a longer turn is looked at again
MORE_LOOKS = 3
# The first use of a script loads its fonts, the first use of a language its lexer: once in the life of a program.
FIRST_WORDS = "Words **bold** *slanted* `code` 漢字 \u05d0 \u0645 क ก 👍 ﷽ ⣿ █\n\n|a|\n|-|\n|b|\n\n> q\n\n- l\n"


class Watch:
    """Every turn of the loop, and the longest since the last look. Seconds of CPU time of this thread."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self.turns = 0
        self._last_s = time.thread_time()
        self._timer = QTimer(interval=0)
        self._timer.timeout.connect(self._on_turn)
        self._timer.start()

    def look(self) -> float:
        longest_s, self.longest_s = self.longest_s, 0.0
        return longest_s

    def _on_turn(self) -> None:
        now_s = time.thread_time()
        self.longest_s = max(self.longest_s, now_s - self._last_s)
        self._last_s = now_s
        self.turns += 1


class Stage:
    """A transcript in a window, and the loop that shows things in it."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        theme = Theme(app)
        theme.apply(ThemeChoice.LIGHT)
        self.transcript = Transcript(theme)
        self.transcript.resize(800, 600)
        self.transcript.show()
        self.watch = Watch()

    def show_whole(self, text: str) -> float:
        """The longest turn while ``text`` is shown, is said by both, and is gone again."""
        question = Message(1, 1, None, Role.USER, text, NOW)
        answer = Message(2, 1, 1, Role.ASSISTANT, text, NOW, model="demo", thinking=text[:2_000], thinking_s=2.0)
        self._turns(lambda: self.transcript.show_messages((question, answer)))
        self._turns(self.transcript.clear)
        return self.watch.look()

    def show_growing(self, text: str) -> float:
        """The longest turn while ``text`` comes in pieces, ends, and is gone again."""
        answer = Message(2, 1, None, Role.ASSISTANT, "", NOW, model="demo", state=MessageState.STREAMING)
        self._turns(lambda: self.transcript.show_messages((answer,)))
        size = max(1, -(-len(text) // PIECES))
        for start in range(0, len(text), size):
            piece = text[start : start + size]
            self._turns(lambda piece=piece: self.transcript.append_text(2, piece, ""), quiet=1)  # type: ignore[misc]
        ended = Message(2, 1, None, Role.ASSISTANT, text, NOW, model="demo")
        self._turns(lambda: self.transcript.finish_answer(ended))
        self._turns(self.transcript.clear)
        return self.watch.look()

    def _turns(self, act: Callable[[], object], *, quiet: int = QUIET_TURNS) -> None:
        """Let ``act`` happen in the loop, then turn it until nothing is left to be laid out."""
        QTimer.singleShot(0, self.transcript, act)
        give_up_s, calm = time.monotonic() + LIMIT_S, 0
        while calm < quiet:
            if time.monotonic() > give_up_s:
                raise TimeoutError
            self._app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            calm = calm + 1 if all(each.are_done for each in self.transcript.findChildren(Slices)) else 0


def calmest(show: Callable[[str], float], text: str) -> float:
    """The longest turn that ``text`` costs every time: what happens once in a few is the machine's, not the text's."""
    longest_s = show(text)
    for _ in range(MORE_LOOKS):
        if longest_s <= SUSPECT_S:
            break
        longest_s = min(longest_s, show(text))
    return longest_s


def main(file: str, pipe: str, host: str, *groups: str) -> None:
    """Show them all, or those of some groups, one line of JSON for each."""
    canaries = Canaries(file, pipe, host)
    seen: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        is_canary = event == "open" and any(path in str(arguments[0]) for path in (file, pipe))
        if is_canary or event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.exec"):
            seen.append(f"{event} {str(arguments)[:200]}")

    stage = Stage(QApplication([]))
    for text in (FIRST_WORDS, strange_letters()["every letter once"]):
        stage.show_whole(text)
    sys.addaudithook(hook)
    spent_s = time.thread_time()
    for name, text in payloads(canaries).items():
        if groups and name.partition(":")[0] not in groups:
            continue
        seen.clear()
        whole_s, growing_s = calmest(stage.show_whole, text), calmest(stage.show_growing, text)
        cost_s, spent_s = time.thread_time() - spent_s, time.thread_time()
        print(json.dumps([name, whole_s, growing_s, cost_s, seen]), flush=True)  # noqa: T201 - how it answers
    sys.stdout.flush()
    os._exit(0)  # nothing of the window is to be seen after the last message


if __name__ == "__main__":
    main(*sys.argv[1:])

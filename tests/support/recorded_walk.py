"""The recorded exchanges once more, in their order, with a server that runs now: same requests, same state before each.

What a request cannot bring along is put in place here: the bytes of blobs, a registry with the models that are pulled,
the damage to a file, the kill in the middle of an answer.
"""

import contextlib
import hashlib
import http.client
import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.blob_contents import Large
from tests.support.engine import EngineProcess, Reply, until
from tests.support.recordings import Recording, recordings
from tests.support.registry_server import RegistryServer
from tests.support.scripted_model import build

GENERATION = "v0.33.0-rc2"  # whose requests are made
WEIGHTS = "sha256:006dfb9c04436bd9cad17217ea7837d0ffa07491a72050cf5b1770637d4b649d"  # as recorded
TRUNCATED = "sha256:dc2845acd74ca36fd6224167d745cfa90c619ffb750032efffc160c8a7a0f8c1"
JUNK = "sha256:7a002ee6221dd668e7b8ad1d0b7d2146b576f938686a2b5bcc4b067ed0879723"
REGISTRY = "127.0.0.1:5000"  # as recorded
TOOL = "get_weather"  # as recorded; no script may contain its own trigger
NOT_JSON = b"{nope"
SCRIPTS: dict[tuple[str, ...], str] = {
    ("story",): "Once upon a time there was a small server that lived on a laptop. It told this one. The end.",
    ("code",): "Here is a function:\n\n```python\ndef one() -> int:\n    return 1\n```\n\nThat is all.",
    ("table",): "| model | size |\n|---|---|\n| tiny | 1 MB |",
    ("thought",): "<think>\nThe person wants something deep.\n</think>\n\nThe answer is forty-two.",
    ("json",): '{"name": "Ada", "age": 36}',
    ("weather",): '<tool_call>{"name": "get_rain", "arguments": {"city": "Oslo"}}</tool_call>',
    ("forever",): " ".join(f"Step {number} goes on to step {number + 1}." for number in range(60)),
}
DEFAULT = "I am a scripted test model."
PATIENCE_S = 60.0
CONFIG = (
    b'{"model_format":"gguf","model_family":"llama","model_families":["llama"],"model_type":"1M","file_type":"Q4_0"}'
)
BIG = Large(6_000_000)
BIG_BYTES_PER_S = 4e6
LONG = "word " * 6000
SMALL_CONTEXT = {"num_ctx": 512, "temperature": 0}
LEFT_OUT: dict[str, dict[str, Any]] = {  # what the recordings do not repeat for its length
    "chat-too-long": {
        "messages": [
            {"role": "user", "content": LONG},
            {"role": "assistant", "content": "ok"},
            {"role": "user", "content": "story"},
        ],
        "stream": False,
        "options": SMALL_CONTEXT,
    },
    "chat-too-long-last": {
        "messages": [{"role": "user", "content": LONG + " story"}],
        "stream": False,
        "options": SMALL_CONTEXT,
    },
    "chat-too-long-notruncate": {
        "messages": [{"role": "user", "content": LONG}],
        "truncate": False,
        "stream": False,
        "options": {"num_ctx": 512},
    },
}
CUT_AFTER = {"chat-cut-by-client": 6, "pull-cut-by-client": 12}  # lines
HEADERS = {"host-header-foreign": {"Host": "evil.example"}, "origin-foreign": {"Origin": "http://evil.example"}}


@dataclass(slots=True)
class Walk:
    """Goes through the exchanges with ``engine``.

    Args:
        engine: running, with an empty models folder.
        registry: running, with nothing in it.
        folder: for models that are made on the way.
    """

    engine: EngineProcess
    registry: RegistryServer
    folder: Path
    blobs: dict[str, bytes] = field(default_factory=dict)  # recorded digest → what stands for it
    digests: dict[str, str] = field(default_factory=dict)  # recorded digest → the digest of that

    def run(self) -> Iterator[tuple[str, Reply]]:
        """Each exchange's name and its answer; status 0 where there was none."""
        self._furnish()
        for recording in recordings(GENERATION):
            if recording.name == "load-3":  # from here on the recorded server was another one
                return
            yield recording.name, self._exchange(recording)

    def _furnish(self) -> None:
        path = self.folder / "scripted.gguf"
        build(path, SCRIPTS, DEFAULT, endless=("forever",))
        weights = path.read_bytes()
        self.blobs = {WEIGHTS: weights, TRUNCATED: weights[: len(weights) // 2], JUNK: b"this is no model " * 10}
        self.digests = {told: f"sha256:{hashlib.sha256(data).hexdigest()}" for told, data in self.blobs.items()}
        self.registry.add(weights, b"{{ .Prompt }}", b"You are small.", model="scripted", config=CONFIG)
        self.registry.add(weights, b"{{ .Prompt }} ", model="second", tag="v2", config=CONFIG)
        self.registry.add(BIG, b"{{ .Prompt }}", model="big", config=CONFIG)

    def _exchange(self, recording: Recording) -> Reply:
        self._before(recording.name)
        try:
            return self._ask(recording)
        finally:
            self._after(recording.name)

    def _before(self, name: str) -> None:
        match name:
            case "pull-slow":
                self.registry.faults.bytes_per_s = BIG_BYTES_PER_S
            case "pull-resumed":
                self.registry.faults.bytes_per_s = 0.0
            case "pull-corrupt":
                self.registry.faults.corrupt = True
            case "chat-damaged-blob":
                self._replace_weights(100_000)
            case "load-2":
                self._slow_down()

    def _after(self, name: str) -> None:
        match name:
            case "unload":
                self._wait_until_unloaded()
            case "chat-damaged-blob":
                self._replace_weights(None)

    def _ask(self, recording: Recording) -> Reply:
        name, body = recording.name, self._body(recording)
        ends = {"chat-runner-killed": self._kill_runners, "chat-server-terminated": self._terminate}
        path = self._translated(recording.path)
        with contextlib.closing(self.engine.connect(PATIENCE_S)) as connection:
            try:
                connection.request(recording.method, path, body, HEADERS.get(name, {}))
                return _read(connection.getresponse(), CUT_AFTER.get(name), ends.get(name))
            except (OSError, http.client.HTTPException) as error:
                return Reply(0, {}, repr(error).encode(), is_whole=False)

    def _body(self, recording: Recording) -> bytes | None:
        digest = re.search(r"sha256:[0-9a-f]{64}", recording.path)
        match recording.method, recording.name:
            case "GET" | "HEAD", _:
                return None
            case _, "show-bad-json":
                return NOT_JSON
            case _ if digest is not None:
                return self.blobs.get(digest[0], self.blobs[WEIGHTS][:1000])
            case _, name if "…" in recording.sent:
                return json.dumps({"model": recording.sent["model"], **LEFT_OUT[name]}).encode()
            case _, "create-from-missing":  # pulled from a registry: from ours, not from the one of the world
                return json.dumps({**recording.sent, "from": f"{self.registry.host}/library/nope"}).encode()
            case _:
                return self._translated(json.dumps(recording.sent)).encode()

    def _translated(self, text: str) -> str:
        for told, digest in self.digests.items():
            text = text.replace(told, digest)
        return text.replace(REGISTRY, self.registry.host).replace(TOOL, "get_rain")

    def _wait_until_unloaded(self) -> None:
        with contextlib.suppress(AssertionError):  # then the next exchange shows it
            until(lambda: not self.engine.runners(), 20, "the model stays")

    def _replace_weights(self, size: int | None) -> None:
        """Another file in place of the weights: whoever has the old one open keeps it."""
        blob = self.engine.models / "blobs" / self.digests[WEIGHTS].replace(":", "-")
        damaged = blob.with_suffix(".damaged")
        damaged.write_bytes(self.blobs[WEIGHTS][:size])
        damaged.replace(blob)

    def _slow_down(self) -> None:
        """Models that take their time, so that there is a middle of an answer."""
        slow = self.folder / "slow.gguf"
        build(slow, SCRIPTS, DEFAULT, endless=("forever",), idle_layers=300)
        self.engine.create("tiny-all", slow, parameters={"temperature": 0, "num_ctx": 2048})

    def _kill_runners(self) -> None:
        for pid in self.engine.runners():
            os.kill(pid, signal.SIGKILL)

    def _terminate(self) -> None:
        self.engine.process.send_signal(signal.SIGTERM)


def _read(response: http.client.HTTPResponse, cut_after: int | None, end: Callable[[], None] | None) -> Reply:
    """The answer: whole, up to a line after which the client leaves, or as it goes on after ``end`` in its middle."""
    headers = {name.lower(): value for name, value in response.getheaders()}
    read, is_whole = b"", True
    try:
        if cut_after is not None:
            read = b"".join(response.readline() for _ in range(cut_after))
        else:
            if end is not None:
                read = response.readline()
                end()
            read += response.read()
    except http.client.IncompleteRead as error:
        read, is_whole = read + error.partial, False
    return Reply(response.status, headers, read, is_whole)

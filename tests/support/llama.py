"""A model in llama.cpp without an engine in front of it: the runner as a child process, asked directly."""

import http.client
import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ollama_desk.core.selfrun import self_argv

TIMEOUT_S = 60.0
KEY = "for-tests"


class Llama:
    """Loads ``model``, with ``chat_template`` instead of its own if there is one, and answers until it is left."""

    def __init__(self, model: Path, *, n_ctx: int = 8192, chat_template: str = "") -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self_argv("_runner"), stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # one thread: on a busy machine llama.cpp's threads spin while they wait for each other
        spec = {"model": str(model), "n_ctx": n_ctx, "n_threads": 1, "api_key": KEY, "chat_template": chat_template}
        self._process.stdin.write(json.dumps(spec).encode() + b"\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert "ready" in told, told
        self._address = told["ready"].removeprefix("http://")

    def chat(self, *messages: str, limit: int = -1, temperature: float = 1.0) -> str:
        """The answer to a conversation in which person and model take turns."""
        roles = ("user", "assistant")
        body = {
            "messages": [{"role": roles[place % 2], "content": text} for place, text in enumerate(messages)],
            "max_tokens": limit,
            "temperature": temperature,
            "reasoning_format": "none",
        }
        return str(self._post("/v1/chat/completions", body)["choices"][0]["message"]["content"])

    def prompt(self, messages: list[dict[str, Any]]) -> str:
        """What its template makes of a conversation."""
        return str(self._post("/apply-template", {"messages": messages})["prompt"])

    def complete(self, prompt: str) -> str:
        """What follows ``prompt``, without any template."""
        return str(self._post("/completion", {"prompt": prompt})["content"])

    def _post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT_S)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        data = json.loads(response.read())
        connection.close()
        assert response.status == http.HTTPStatus.OK, data
        assert isinstance(data, dict)
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate(timeout=TIMEOUT_S)

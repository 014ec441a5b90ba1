"""The runner by itself: what it says on its standard output, and that it ends with its standard input."""

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ollama_desk.core.selfrun import self_argv
from ollama_desk.engine.runner import RunnerSpec


@contextmanager
def running(line: bytes) -> Iterator["subprocess.Popen[bytes]"]:
    pipe = subprocess.PIPE
    with subprocess.Popen(self_argv("_runner"), stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        process.stdin.write(line)
        process.stdin.flush()
        try:
            yield process
        finally:
            process.kill()


def told(process: "subprocess.Popen[bytes]") -> dict[str, str]:
    assert process.stdout is not None
    facts: dict[str, str] = json.loads(process.stdout.readline())
    return facts


def leave(process: "subprocess.Popen[bytes]") -> int:
    assert process.stdin is not None
    process.stdin.close()
    return process.wait(20)


def status_of(url: str, key: str = "") -> int:
    request = urllib.request.Request(f"{url}/props", headers={"Authorization": f"Bearer {key}"} if key else {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_runner_that_is_told_nothing_ends() -> None:
    with running(b"") as process:
        assert leave(process) == 0


@pytest.mark.parametrize("missing", ["model", "projector"])
def test_a_file_that_is_not_there_is_an_error_and_the_end(tmp_path: Path, gguf: Path, missing: str) -> None:
    none = str(tmp_path / "none.gguf")
    spec = RunnerSpec(none) if missing == "model" else RunnerSpec(str(gguf), projector=none, n_ctx=256)
    with running(spec.to_line()) as process:
        assert told(process)["error"]
        assert process.wait(20) == 1


def test_on_a_port_it_listens_on_loopback_and_wants_its_key(gguf: Path) -> None:
    spec = RunnerSpec(str(gguf), api_key="secret", n_ctx=256, n_threads=1)
    with running(spec.to_line()) as process:
        url = told(process)["ready"]
        assert url.startswith("http://127.0.0.1:")
        assert (status_of(url), status_of(url, "wrong"), status_of(url, "secret")) == (401, 401, 200)
        assert leave(process) == 0


def test_on_a_socket_it_takes_its_folder_along(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("r") / "own"
    folder.mkdir(mode=0o700)
    with running(
        RunnerSpec(str(gguf), socket=str(folder / "runner.sock"), n_ctx=256, n_threads=1).to_line()
    ) as process:
        assert told(process)["ready"] == f"unix://{folder / 'runner.sock'}"
        assert leave(process) == 0
    assert not folder.exists()

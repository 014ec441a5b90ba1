"""The supervisor over the real built-in engine."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import psutil
import pytest

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.sidecar.launch import ServerProgram, find_program
from ollama_desk.sidecar.ownership import read_owner_id
from ollama_desk.sidecar.process import ServerProcess
from tests.support.deadline import wait_for
from tests.support.endless import install_quick_model
from tests.support.processes import guardian_of, marked_processes
from tests.support.sidecar import run, supervised


def engine() -> ServerProgram:
    return find_program(setting="", environment={}, built_in_only=True)


@pytest.mark.parametrize("victim", ["nobody", "server", "guardian"])
def test_the_engine_is_started_and_started_again_and_stopped(tmp_path: Path, victim: str) -> None:
    async def scenario() -> None:
        extra = {"OLLAMA_MODELS": str(tmp_path / "models")}
        async with supervised(tmp_path / "server", choose=engine, extra_env=extra) as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(ServerState.READY)
            assert ready.kind is ServerKind.BUILT_IN
            assert ready.version
            assert ready.pid is not None
            if victim != "nobody":
                guardian = guardian_of(read_owner_id(tmp_path / "server"))
                os.kill(ready.pid if victim == "server" else guardian, signal.SIGKILL)
                fallen = await watch.until(ServerState.BACKOFF)
                await watch.until(ServerState.READY, since=watch.seen.index(fallen))
            supervisor.stop()
            await watch.until(ServerState.STOPPED, since=len(watch.seen))
            assert marked_processes(read_owner_id(tmp_path / "server")) == []

    run(scenario())


def test_sc04_a_killed_runner_leaves_the_server_as_it_is_and_is_loaded_again_when_it_is_asked(tmp_path: Path) -> None:
    async def scenario() -> None:
        extra = {"OLLAMA_MODELS": str(tmp_path / "models")}
        async with supervised(tmp_path / "server", choose=engine, extra_env=extra) as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(ServerState.READY)
            assert ready.pid is not None
            await asyncio.to_thread(install_quick_model, ready.address.port, tmp_path)
            client = OllamaClient(HttpLink(ready.address.url))
            await client.load("quick")
            (runner,) = psutil.Process(ready.pid).children()
            runner.kill()
            await wait_for(client.ps, lambda loaded: not loaded)
            assert psutil.Process(ready.pid).children() == []
            assert supervisor.status == ready
            await client.load("quick")
            assert len(await client.ps()) == 1
            await client.aclose()
            assert ServerState.BACKOFF not in watch.states()

    run(scenario())


def test_po04_the_engine_says_that_its_port_is_taken_in_the_words_that_are_looked_for(tmp_path: Path) -> None:
    async def scenario(address: ServerAddress) -> None:
        environment = {"PATH": os.environ["PATH"], "OLLAMA_HOST": str(address), "OLLAMA_MODELS": str(tmp_path)}
        process = ServerProcess.spawn(engine().argv, environment=environment, log_file=tmp_path / "log", grace_s=1.0)
        assert (await process.over).code == 1
        assert b"address already in use" in (tmp_path / "log").read_bytes()

    with socket.create_server(("127.0.0.1", 0)) as holder:
        run(scenario(ServerAddress(port=holder.getsockname()[1])))

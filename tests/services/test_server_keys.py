"""Who is given the person's key for Hugging Face: the built-in engine, and nobody and nothing else."""

import asyncio
import http.client
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from ollama_desk.domain.server import ServerState
from ollama_desk.domain.settings import Settings
from ollama_desk.services.config import read_config
from ollama_desk.services.server_plan import BUILT_IN, ServerPlan
from ollama_desk.sidecar.ownership import read_owner_id
from ollama_desk.sidecar.supervisor import Supervisor
from tests.support.endless import install_quick_model
from tests.support.processes import marked_processes
from tests.support.settings_desk import fake_program
from tests.support.sidecar import QUICK, Watch, free_address, run

KEY = "hf_thisIsTheKeyOfThePerson"


@asynccontextmanager
async def planned(folder: Path, program: str) -> AsyncIterator[tuple[Supervisor, Watch, ServerPlan]]:
    """The server of an app in whose environment the key is."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "HF_TOKEN": f" {KEY}\n"}
    plan = ServerPlan(read_config(data_dir=folder, host="", environment=environment))
    plan.take(Settings(server_program=program))
    supervisor = Supervisor(
        plan.choose_program,
        address=free_address(),
        folder=folder / "server",
        environment=environment,
        extra_env=plan.environment,
        timings=QUICK,
    )
    watch = Watch()
    listening = asyncio.create_task(watch.listen(supervisor))
    async with supervisor:
        supervisor.start()
        await watch.until(ServerState.READY)
        yield supervisor, watch, plan
    await listening


def test_a_real_ollama_is_not_given_the_key(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    program = fake_program(tmp_path / "bin", told=told)

    async def scenario() -> None:
        async with planned(tmp_path / "data", str(program)) as (_, _, plan):
            assert "HF_TOKEN" not in plan.environment

    run(scenario())
    seen = json.loads(told.read_text())
    assert seen["OLLAMA_MODELS"]
    assert KEY not in told.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process was given")
def test_the_built_in_engine_is_given_the_key_and_keeps_it_to_itself(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with planned(tmp_path / "data", BUILT_IN) as (supervisor, _, _):
            engine = supervisor.status
            assert engine.pid is not None
            assert psutil.Process(engine.pid).environ()["HF_TOKEN"] == KEY
            port = engine.address.port
            await asyncio.to_thread(install_quick_model, port, tmp_path)
            loaded = await asyncio.to_thread(_load, port)
            assert loaded == 200
            (runner,) = psutil.Process(engine.pid).children()
            assert "HF_TOKEN" not in runner.environ()
            lines = [process.cmdline() for process in marked_processes(read_owner_id(tmp_path / "data" / "server"))]
            assert len(lines) == 3  # guardian, engine, runner
            assert KEY not in str(lines)
            names = [process.name() for process in marked_processes(read_owner_id(tmp_path / "data" / "server"))]
            assert KEY not in str(names)

    run(scenario())
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in written if path.name == "server.log"]
    assert not [path for path in written if KEY.encode() in path.read_bytes()]


def test_a_change_of_the_program_takes_the_key_away_again(tmp_path: Path) -> None:
    program = fake_program(tmp_path / "bin", told=tmp_path / "told.json")
    environment = {"HOME": str(tmp_path), "HF_TOKEN": KEY}
    plan = ServerPlan(read_config(data_dir=tmp_path, host="", environment=environment))
    plan.take(Settings(server_program=BUILT_IN))
    plan.choose_program()
    assert plan.environment["HF_TOKEN"] == KEY
    plan.take(Settings(server_program=str(program)))
    plan.choose_program()
    assert "HF_TOKEN" not in plan.environment


def _load(port: int) -> int:

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/api/generate", json.dumps({"model": "quick"}))
        return connection.getresponse().status
    finally:
        connection.close()

"""What real servers said to a pull, of either generation, drives the same jobs."""

import asyncio
from pathlib import Path

import pytest

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.pulls import PullPhase, PullState
from ollama_desk.ollama.client import OllamaClient
from tests.support.pulls_desk import pulls_desk, slowly
from tests.support.recordings import GENERATIONS, Recording, Replay, recordings

ENDS = {
    "pull": (PullState.FINISHED, ""),
    "pull-again": (PullState.FINISHED, ""),
    "pull-shared-blob": (PullState.FINISHED, ""),
    "pull-slow": (PullState.FINISHED, ""),
    "pull-resumed": (PullState.FINISHED, ""),
    "pull-missing": (PullState.FAILED, "no model of this name"),
    "pull-no-insecure": (PullState.FAILED, "does not speak TLS"),
    "pull-corrupt": (PullState.FAILED, "Three times"),
    "pull-refused-port": (PullState.WAITING, "cannot be reached"),
    "pull-cut-by-client": (PullState.WAITING, "The server stopped"),
}


def recording(generation: str, name: str) -> Recording:
    (found,) = [each for each in recordings(generation) if each.name == name]
    return found


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", ENDS)
def test_a_recorded_pull_ends_its_job_as_it_should(tmp_path: Path, generation: str, name: str) -> None:
    told = recording(generation, name)
    state, words = ENDS[name]

    async def scenario() -> None:
        client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=Replay(told)))
        async with pulls_desk(tmp_path, client, rhythm=slowly(wait_s=60.0)) as desk:
            job = await desk.pulls.add(told.sent["model"], insecure=bool(told.sent.get("insecure")), consented=True)
            await desk.until(lambda: desk.job(job.id).state is state and "fetched again" not in desk.job(job.id).reason)
            ended = desk.job(job.id)
            assert (ended.state, words in ended.reason) == (state, True), ended.reason
            desk.check_bar(job.id)
            if state is PullState.FINISHED:
                layers = {line["digest"]: line["total"] for line in told.objects if "digest" in line}
                assert {layer.digest: layer.total_bytes for layer in ended.layers} == layers
                assert ended.completed_bytes == ended.total_bytes == sum(layers.values())
                assert ended.phase is PullPhase.INSTALLING
        await client.aclose()

    asyncio.run(scenario())

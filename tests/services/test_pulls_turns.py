"""Turns: how many at once, what is kept where nothing can be written, and that nothing is left behind."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError, StreamInterruptedError
from ollama_desk.domain.events import NoticeRaised, PullFinished, SettingsChanged
from ollama_desk.domain.models import PullStep
from ollama_desk.domain.pull_progress import STALLED_AFTER_S, Pace, Progress
from ollama_desk.domain.pulls import LayerProgress, PullJob, PullPhase, PullState
from ollama_desk.domain.server import ServerState
from ollama_desk.domain.settings import Settings
from ollama_desk.services.pulls_entry import Entry
from ollama_desk.services.pulls_opening import last_jobs
from ollama_desk.storage.database import Database
from ollama_desk.storage.downloads import DownloadStore
from tests.support.pulls_desk import PullsDesk, pulls_desk, slowly
from tests.support.scripted_pulls import MANIFEST, SUCCESS, ScriptedServer, Step, refused

DIGEST = "a" * 64
SOME = PullStep("pulling aaaa", DIGEST, 100, 10)
ACTIONS = 60  # cancelled at random


def running(desk: PullsDesk) -> int:
    return sum(job.state is PullState.RUNNING for job in desk.pulls.jobs)


def test_another_number_at_once_is_in_force_at_once(tmp_path: Path) -> None:
    gate = asyncio.Event()
    server = ScriptedServer([[MANIFEST, gate, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server) as desk:
            jobs = [await desk.pulls.add(name) for name in "abcd"]
            await desk.until(lambda: running(desk) == 1)
            desk.world.at_once = 3
            desk.bus.publish(SettingsChanged(Settings(), Settings(pulls_at_once=3)))
            await desk.until(lambda: running(desk) == 3)
            assert desk.job(jobs[3].id).state is PullState.QUEUED
            gate.set()
            await desk.until(lambda: len(desk.seen.of(PullFinished)) == 4)

    asyncio.run(scenario())


def test_while_downloads_are_held_none_runs_and_then_all_go_on_but_those_that_a_person_paused(tmp_path: Path) -> None:
    gate = asyncio.Event()
    server = ScriptedServer([[MANIFEST, SOME, gate, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server, at_once=2) as desk:
            paused, runs, waits = [await desk.pulls.add(name) for name in "abc"]
            await desk.comes(paused.id)
            await desk.pulls.pause(paused.id)
            await desk.until(lambda: running(desk) == 2)
            async with desk.pulls.held():
                assert running(desk) == 0
                late = await desk.pulls.add("late")
                await desk.pulls.resume(waits.id)
                states = [desk.job(job.id).state for job in (paused, runs, waits, late)]
                assert states == [PullState.PAUSED, *[PullState.QUEUED] * 3]
            gate.set()
            await desk.until(lambda: len(desk.seen.of(PullFinished)) == 3)
            assert desk.job(paused.id).state is PullState.PAUSED

    asyncio.run(scenario())


def test_a_download_goes_on_where_its_progress_cannot_be_kept_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gate = asyncio.Event()
    server = ScriptedServer([[MANIFEST, SOME, gate, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server) as desk:
            job = await desk.pulls.add("llama3.2")
            await desk.comes(job.id)
            await desk.database.aclose()
            await desk.until(lambda: bool(desk.seen.of(NoticeRaised)))
            gate.set()
            await desk.reaches(job.id, PullState.FINISHED)
            assert len(desk.seen.of(NoticeRaised)) == 1

    asyncio.run(scenario())
    assert "could not be noted" in caplog.text
    caplog.clear()


def test_what_runs_when_the_desk_is_left_has_its_turn_again(tmp_path: Path) -> None:
    server = ScriptedServer([[MANIFEST, SOME, asyncio.Event()], [MANIFEST, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server) as desk:
            job = await desk.pulls.add("llama3.2")
            later = await desk.pulls.add("later")
            await desk.comes(job.id)
            await desk.pulls.aclose()
            assert server.closed == len(server.asked) == 1
            assert [one.state for one in desk.pulls.jobs] == [PullState.QUEUED] * 2
        async with pulls_desk(tmp_path, server) as desk:
            assert [one.id for one in desk.pulls.jobs] == [job.id, later.id]
            await desk.reaches(later.id, PullState.FINISHED)
            assert server.asked == ["llama3.2", "llama3.2", "later"]

    asyncio.run(scenario())


def test_a_server_that_does_not_answer_for_a_while_loses_no_download(tmp_path: Path) -> None:
    gate = asyncio.Event()
    server = ScriptedServer([[MANIFEST, SOME, gate, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server) as desk:
            job = await desk.pulls.add("llama3.2")
            await desk.comes(job.id)
            desk.server_is(ServerState.DEGRADED)
            assert desk.job(job.id).state is PullState.RUNNING
            gate.set()
            await desk.reaches(job.id, PullState.FINISHED)
            assert len(server.asked) == 1

    asyncio.run(scenario())


def test_a_server_that_is_back_is_asked_at_once(tmp_path: Path) -> None:
    server = ScriptedServer([[MANIFEST, StreamInterruptedError("It stopped.")], [MANIFEST, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server, rhythm=slowly(wait_s=600.0)) as desk:
            job = await desk.pulls.add("llama3.2")
            await desk.reaches(job.id, PullState.WAITING)
            desk.server_is(ServerState.BACKOFF)
            desk.server_is(ServerState.READY)
            await desk.reaches(job.id, PullState.FINISHED)

    asyncio.run(scenario())


def test_jobs_that_cannot_be_read_are_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db")
        await database.aclose()
        assert await last_jobs(DownloadStore(database)) == ()

    asyncio.run(scenario())
    assert "not known" in caplog.text
    caplog.clear()


def test_what_is_over_has_no_place_in_the_queue(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with pulls_desk(tmp_path, ScriptedServer([[SUCCESS]])) as desk:
            done = await desk.pulls.add("a")
            await desk.reaches(done.id, PullState.FINISHED)
            desk.server_is(ServerState.STOPPED)
            later = await desk.pulls.add("b")
            await desk.pulls.move(done.id, 0)
            assert [job.id for job in desk.pulls.jobs] == [later.id, done.id]

    asyncio.run(scenario())


def test_a_download_to_which_nothing_comes_is_shown_as_stalled() -> None:
    entry = Entry.of(PullJob(1, "llama3.2", PullState.RUNNING, datetime.now(UTC)))
    entry.pace, entry.progress = Pace(0.0), Progress((LayerProgress(DIGEST, 100, 10),), PullPhase.DOWNLOADING)
    entry.pace.take(SOME, 5.0)
    assert not entry.look(5.0 + STALLED_AFTER_S - 1).is_stalled
    stalled = entry.look(5.0 + STALLED_AFTER_S)
    assert (stalled.is_stalled, stalled.left_s, stalled.bytes_per_s) == (True, None, 0.0)
    entry.progress = replace(entry.progress, phase=PullPhase.VERIFYING)  # which is long and silent
    assert not entry.look(1000.0).is_stalled
    assert not entry.rest(PullState.PAUSED).is_stalled


def wishes(desk: PullsDesk, chance: random.Random) -> list[Callable[[], Coroutine[Any, Any, object]]]:
    """What a person does to downloads."""
    pulls, some = desk.pulls, chance.choice([job.id for job in desk.pulls.jobs] or [0])
    return [
        lambda: pulls.add(f"m{chance.randrange(9)}"),
        lambda: pulls.add(f"m{chance.randrange(9)}"),
        lambda: pulls.pause(some),
        lambda: pulls.resume(some),
        lambda: pulls.retry(some),
        lambda: pulls.move(some, chance.randrange(-1, 9)),
        lambda: pulls.cancel(some, keep_parts=chance.random() < 0.5),
        lambda: pulls.dismiss(some),
        pulls.clear_ended,
    ]


@pytest.mark.parametrize("seed", range(12))
def test_ui02_wishes_that_are_cancelled_at_random_points_leave_nothing_behind(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    noise: list[dict[str, Any]] = []
    told = list[DeskError]()  # such as a wish about a download that is gone
    scripts: list[Sequence[Step]] = [
        [MANIFEST, SUCCESS],
        [MANIFEST, SOME, asyncio.Event()],
        [MANIFEST, refused("out of order")],
        [MANIFEST, refused("pull model manifest: dial tcp: no such host")],
    ]

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
        server = ScriptedServer([chance.choice(scripts) for _ in range(1000)])
        async with pulls_desk(tmp_path, server, models=tmp_path / "models", at_once=2) as desk:
            async with TaskScope(on_error=told.append) as scope:
                for _ in range(ACTIONS):
                    task = scope.spawn(chance.choice(wishes(desk, chance))(), name="a wish")
                    for _ in range(chance.randrange(25)):
                        await asyncio.sleep(chance.choice([0, 0, 0, 0.001]))
                    if chance.random() < 0.5:
                        task.cancel()
                    if chance.random() < 0.1:
                        desk.server_is(chance.choice([ServerState.READY, ServerState.STOPPED, ServerState.DEGRADED]))
                desk.server_is(ServerState.READY)
            await desk.pulls.aclose()
            assert not running(desk)
            assert server.closed == len(server.asked)
            listed = [job.id for job in desk.pulls.jobs]
            assert len(set(listed)) == len(listed)
            assert set(listed) <= {job.id for job in await desk.store.all()}

    asyncio.run(scenario())
    assert noise == []

"""Downloads as jobs, with the real engine and a registry on a real socket."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DeskError, PullRefusedError
from ollama_desk.domain.events import PullFailed, PullFinished, PullProgressed
from ollama_desk.domain.pulls import PullPhase, PullState
from ollama_desk.domain.server import ServerState
from tests.support.blob_contents import Large
from tests.support.pulls_desk import PullsDesk, pulls_desk, slowly
from tests.support.pulls_place import FAST, MIB, SLOW, Place, add, pulls_place
from tests.support.registry_server import Refusal


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with pulls_place(tmp_path) as made:
        yield made


def test_a_download_knows_its_total_before_its_first_byte_and_ends_installed(place: Place) -> None:
    size = 8 * MIB
    digests = place.registry.add(Large(size), b"a licence", config=b"{}")
    place.registry.faults.bytes_per_s = SLOW

    async def scenario(desk: PullsDesk) -> None:
        job = await add(desk, place)
        assert desk.pulls.is_pulling(place.registry.name().upper())
        done = await desk.reaches(job.id, PullState.FINISHED)
        total = size + len(b"a licence") + 2
        assert (done.total_bytes, done.completed_bytes, done.phase) == (total, total, PullPhase.INSTALLING)
        first = next(one for one in desk.history(job.id) if one.total_bytes)
        assert (first.completed_bytes, first.total_bytes, first.phase) == (0, total, PullPhase.LOOKING_UP)
        assert [layer.digest for layer in done.layers] == digests
        desk.check_bar(job.id)
        phases = list(dict.fromkeys(one.phase for one in desk.history(job.id)))
        assert phases == list(PullPhase)
        assert any(one.bytes_per_s > 0 and one.left_s for one in desk.history(job.id))
        assert [event.job for event in desk.seen.of(PullFinished)] == [done]
        assert not desk.pulls.is_pulling(place.registry.name())

    place.play(scenario)
    assert place.engine.ask("POST", "/api/show", {"model": place.registry.name()}).status != 404


def test_at_most_ten_times_a_second_for_all_downloads(place: Place) -> None:
    for number in range(4):
        place.registry.add(Large(4 * MIB, seed=number), model=f"m{number}")
    place.registry.faults.bytes_per_s = SLOW

    async def scenario(desk: PullsDesk) -> None:
        loop = asyncio.get_running_loop()
        told: list[float] = []
        desk.bus.subscribe(PullProgressed, lambda _event: told.append(loop.time()))
        jobs = [await add(desk, place, f"m{number}") for number in range(4)]
        await desk.until(lambda: all(desk.job(job.id).state is PullState.FINISHED for job in jobs))
        assert {event.job.id for event in desk.seen.of(PullProgressed)} == {job.id for job in jobs}
        for start in told:
            assert len([at for at in told if start <= at < start + 0.95]) <= 10

    place.play(scenario, at_once=4)


def test_pause_keeps_what_came_and_resume_goes_on_from_there(place: Place) -> None:
    size = 12 * MIB
    place.registry.add(Large(size))
    place.registry.faults.bytes_per_s = SLOW

    async def scenario(desk: PullsDesk) -> None:
        job = await add(desk, place)
        await desk.comes(job.id, 2 * MIB)
        await desk.pulls.pause(job.id)
        paused = desk.job(job.id)
        place.registry.faults.bytes_per_s = FAST
        assert (paused.state, paused.bytes_per_s, paused.left_s) == (PullState.PAUSED, 0.0, None)
        assert paused.completed_bytes >= 2 * MIB
        sent = place.registry.sent
        await desk.pulls.resume(job.id)
        done = await desk.reaches(job.id, PullState.FINISHED, PullState.FAILED)
        assert done.state is PullState.FINISHED
        assert place.registry.sent - sent < size - MIB
        desk.check_bar(job.id)

    place.play(scenario)


@pytest.mark.parametrize("keep_parts", [True, False])
def test_a_cancelled_download_is_gone_and_its_parts_only_where_they_shall_be(place: Place, *, keep_parts: bool) -> None:
    place.registry.add(Large(12 * MIB))
    place.registry.faults.bytes_per_s = SLOW

    async def scenario(desk: PullsDesk) -> None:
        job = await add(desk, place)
        await desk.comes(job.id, MIB)
        await desk.pulls.cancel(job.id, keep_parts=keep_parts)
        assert desk.pulls.jobs == () == await desk.store.all()
        assert bool(place.leftovers()) is keep_parts
        with pytest.raises(PullRefusedError):
            await desk.pulls.pause(job.id)

    place.play(scenario)
    assert bool(place.leftovers()) is keep_parts


def test_parts_that_another_download_shares_are_kept(place: Place) -> None:
    shared = Large(12 * MIB)
    place.registry.add(shared, model="one")
    place.registry.add(shared, b"more", model="two")
    place.registry.faults.bytes_per_s = SLOW

    async def scenario(desk: PullsDesk) -> None:
        first, second = await add(desk, place, "one"), await add(desk, place, "two")
        await desk.comes(first.id, MIB)
        await desk.comes(second.id, MIB)
        await desk.pulls.pause(second.id)
        await desk.pulls.cancel(first.id, keep_parts=False)
        assert place.leftovers()
        place.registry.faults.bytes_per_s = FAST
        await desk.pulls.resume(second.id)
        await desk.reaches(second.id, PullState.FINISHED)

    place.play(scenario, at_once=2)
    assert place.leftovers() == []


def test_pl12_twenty_in_a_queue_with_three_cancelled_two_duplicates_and_another_order(place: Place) -> None:
    names = [f"m{number}" for number in range(20)]
    for number, name in enumerate(names):
        place.registry.add(f"weights {number}".encode(), model=name)
    most = 0

    async def scenario(desk: PullsDesk) -> None:
        nonlocal most
        desk.server_is(ServerState.STARTING)
        jobs = [await add(desk, place, name) for name in names]
        for name in ("m3", "m4"):
            with pytest.raises(PullRefusedError, match="already"):
                await add(desk, place, name)
        for number in (1, 7, 19):
            await desk.pulls.cancel(jobs[number].id, keep_parts=True)
        await desk.pulls.move(jobs[18].id, 0)
        await desk.pulls.move(jobs[0].id, 99)
        expected = [18, *(number for number in range(1, 18) if number not in (1, 7)), 0]
        assert [job.id for job in desk.pulls.jobs] == [jobs[number].id for number in expected]
        assert [job.id for job in await desk.store.all()] == [jobs[number].id for number in expected]

        def count(_event: object) -> None:
            nonlocal most
            most = max(most, sum(job.state is PullState.RUNNING for job in desk.pulls.jobs))

        desk.bus.subscribe(PullProgressed, count)
        desk.server_is(ServerState.READY)
        await desk.until(lambda: len(desk.seen.of(PullFinished)) == len(expected))
        assert [event.job.id for event in desk.seen.of(PullFinished)] == [jobs[number].id for number in expected]
        assert [job.id for job in desk.pulls.jobs] == [jobs[number].id for number in reversed(expected)]
        await desk.pulls.dismiss(jobs[0].id)
        await desk.pulls.clear_ended()
        assert desk.pulls.jobs == () == await desk.store.all()

    place.play(scenario)
    assert most <= 1


def test_pl06_what_never_fits_its_digest_is_given_up_after_three_times(place: Place) -> None:
    place.registry.add(Large(MIB))
    place.registry.faults.corrupt = True

    async def scenario(desk: PullsDesk) -> None:
        job = await add(desk, place)
        failed = await desk.reaches(job.id, PullState.FAILED)
        assert "Three times" in failed.reason
        assert "proxy" in failed.reason
        assert any("fetched again" in one.reason for one in desk.history(job.id))
        assert [event.job for event in desk.seen.of(PullFailed)] == [failed]
        desk.check_bar(job.id)
        place.registry.faults.corrupt = False
        await desk.pulls.retry(job.id)
        await desk.reaches(job.id, PullState.FINISHED)

    place.play(scenario)
    assert len(place.registry.of_kind("blobs")) < 20


@pytest.mark.parametrize(
    ("refusal", "state", "words"),
    [
        (Refusal(404), PullState.FAILED, "There is no"),
        (Refusal(401, b'{"error":"nothing"}'), PullState.FAILED, "private"),
        (Refusal(403), PullState.FAILED, "private"),
        (Refusal(412, b"too old"), PullState.FAILED, "newer version"),
        (Refusal(429, headers={"Retry-After": "1"}), PullState.WAITING, "asks to wait"),
        (Refusal(503), PullState.WAITING, "cannot be reached"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Refusal) else "",
)
def test_pl14_a_registry_that_refuses_is_understood_and_the_queue_goes_on(
    place: Place, refusal: Refusal, state: PullState, words: str
) -> None:
    place.registry.add(b"weights", model="first")
    place.registry.add(b"weights", model="second")
    place.registry.faults.manifest = refusal

    async def scenario() -> None:
        rhythm = slowly(wait_s=30.0)
        async with pulls_desk(place.folder, place.url, models=place.engine.models, rhythm=rhythm) as desk:
            job = await add(desk, place, "first")
            ended = await desk.reaches(job.id, PullState.FAILED, PullState.WAITING)
            assert ended.state is state
            assert words in ended.reason
            place.registry.faults.manifest = None
            other = await add(desk, place, "second")
            await desk.reaches(other.id, PullState.FINISHED)
            assert desk.job(job.id).state is state
            if state is PullState.FAILED:
                await desk.pulls.retry(job.id)
            else:
                await desk.pulls.resume(job.id)
            await desk.reaches(job.id, PullState.FINISHED)

    asyncio.run(scenario())


def test_a_dead_network_lets_a_download_wait_and_it_goes_on_by_itself(place: Place) -> None:
    place.registry.add(b"weights")
    place.registry.faults.manifest = Refusal(502, times=8)

    async def scenario(desk: PullsDesk) -> None:
        job = await add(desk, place)
        await desk.reaches(job.id, PullState.WAITING)
        await desk.reaches(job.id, PullState.FINISHED)

    place.play(scenario)


def test_pl18_a_model_that_is_removed_while_its_update_comes_is_there_in_the_end(place: Place) -> None:
    place.registry.add(b"old weights")

    async def scenario(desk: PullsDesk) -> None:
        first = await add(desk, place)
        await desk.reaches(first.id, PullState.FINISHED)
        place.registry.add(Large(8 * MIB), b"new licence")
        place.registry.faults.bytes_per_s = SLOW
        job = await add(desk, place)
        assert [one.id for one in desk.pulls.jobs] == [job.id]
        await desk.comes(job.id, MIB)
        name = place.registry.name()
        assert (await asyncio.to_thread(place.engine.ask, "DELETE", "/api/delete", {"model": name})).status == 200
        place.registry.faults.bytes_per_s = FAST
        other = await add(desk, place, "none")
        await desk.until(lambda: all(one.state.is_over for one in desk.pulls.jobs))
        assert desk.job(job.id).state is PullState.FINISHED
        assert desk.job(other.id).state is PullState.FAILED

    place.play(scenario)


@pytest.mark.parametrize("name", ["../../x", "a b", "", "x" * 300, "x\0y", "llаma3", "hf.co/", "a/b/c/d", "x:y:z/"])
def test_pl17_what_is_no_name_is_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    async def scenario() -> None:
        async with pulls_desk(tmp_path, "http://127.0.0.1:1") as desk:
            for ask in (desk.pulls.add, desk.pulls.look_up):
                with pytest.raises(DeskError, match="not a model name"):
                    await ask(name)
            assert desk.pulls.jobs == ()
            assert not desk.pulls.is_pulling(name)

    asyncio.run(scenario())

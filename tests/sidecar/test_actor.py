"""The actor on a simulated machine in virtual time: its rules hold after any mix of wishes and accidents."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus
from ollama_desk.sidecar.actor import ServerActor
from ollama_desk.sidecar.board import Board
from ollama_desk.sidecar.policy import Exit, Timings
from ollama_desk.sidecar.probe import Answer
from tests.support.simulated_machine import SimulatedMachine, SimulatedRun
from tests.support.virtual_time import run_in_virtual_time

PORT_TAKEN = ("Error: listen tcp 127.0.0.1:11434: bind: address already in use",)
SETTLED_AFTER_S = 200.0


class Stage:
    """An actor, its machine, and all that it has said."""

    def __init__(self) -> None:
        self.machine = SimulatedMachine()
        self.address = ServerAddress()
        self.board = Board(self.address)
        self.actor: ServerActor[SimulatedRun] = ServerActor(
            self.machine,
            board=self.board,
            choose=self.machine.choose,
            address=self.address,
            timings=Timings(),
            ask=self.machine.ask,
            random=lambda: 0.5,
            is_busy=lambda: self.is_busy,
        )
        self.is_busy = False
        self.seen: list[ServerStatus] = []

    @property
    def state(self) -> ServerState:
        return self.board.status.state

    def expect(self, state: ServerState) -> None:
        assert self.state is state, self.board.status

    async def listen(self) -> None:
        async with aclosing(self.board.states()) as states:
            async for status in states:
                self.seen.append(status)

    def end(self, ending: Exit) -> None:
        for run in self.machine.living:
            run.end(ending)

    def occupy(self, foreign: Answer | None) -> None:
        self.machine.foreign = foreign

    def move(self) -> None:
        self.address = replace(self.address, port=self.address.port + 1)
        self.actor.move_to(self.address)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Ends with the actor closed and the machine empty."""
    on = Stage()
    acting = asyncio.create_task(on.actor.run())
    listening = asyncio.create_task(on.listen())
    try:
        yield on
    finally:
        on.actor.close()
        on.actor.start()  # comes too late
        await acting
        await listening
        on.expect(ServerState.STOPPED)
        assert on.machine.living == []


def test_the_back_off_doubles_and_five_falls_in_five_minutes_are_the_end() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.actor.start()
            for _ in range(5):
                await asyncio.sleep(59)
                on.expect(ServerState.READY)
                on.end(Exit(1))
                await asyncio.sleep(0.01)
            on.expect(ServerState.FAILED)
            waits = [status.reason[-6:-1] for status in on.seen if status.state is ServerState.BACKOFF]
            assert waits == ["0.5 s"] * 4  # each after enough good service

    run_in_virtual_time(scenario())


def test_three_falls_in_a_minute_are_the_end_until_a_person_starts_it() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.actor.start()
            for _ in range(3):
                await asyncio.sleep(5)
                on.end(Exit(-11))
            await asyncio.sleep(600)
            on.expect(ServerState.FAILED)
            assert len(on.machine.runs) == 3
            on.actor.start()
            await asyncio.sleep(1)
            on.expect(ServerState.READY)

    run_in_virtual_time(scenario())


def test_a_guardian_that_never_speaks_is_given_up_on_like_a_crash() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.machine.birth_s = 1e6
            on.actor.start()
            await asyncio.sleep(20)
            assert ServerState.BACKOFF in {status.state for status in on.seen}

    run_in_virtual_time(scenario())


def test_a_stop_during_the_birth_is_obeyed_at_once() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.machine.birth_s = 1e6
            on.actor.start()
            await asyncio.sleep(1)
            on.actor.stop()
            await asyncio.sleep(1)
            on.expect(ServerState.STOPPED)

    run_in_virtual_time(scenario())


def test_po02_a_server_in_conflict_goes_on_at_the_address_that_was_offered() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.occupy(Answer.STRANGER)
            on.actor.start()
            await asyncio.sleep(1)
            on.expect(ServerState.CONFLICT)
            offered = on.board.status.free_address
            assert offered is not None
            on.actor.move_to(offered)
            await asyncio.sleep(1)
            on.expect(ServerState.READY)
            assert on.board.status.address == offered
            assert on.board.status.free_address is None

    run_in_virtual_time(scenario())


def test_a_move_is_no_wish_to_start_and_one_to_the_same_place_is_none_at_all() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.move()
            await asyncio.sleep(1)
            on.expect(ServerState.STOPPED)
            assert on.board.status.address == on.address
            on.actor.start()
            await asyncio.sleep(1)
            on.actor.move_to(on.address)
            await asyncio.sleep(1)
            assert len(on.machine.runs) == 1
            on.move()
            await asyncio.sleep(1)
            on.expect(ServerState.READY)
            assert len(on.machine.runs) == 2

    run_in_virtual_time(scenario())


def test_sc12_a_server_that_hangs_and_does_nothing_is_started_anew_after_a_minute() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.actor.start()
            await asyncio.sleep(10)
            on.machine.is_hung = True
            await asyncio.sleep(70)  # three probes until it counts as silent, and not yet a minute
            on.expect(ServerState.DEGRADED)
            assert len(on.machine.runs) == 1
            await asyncio.sleep(10)
            assert len(on.machine.runs) == 2
            on.machine.is_hung = False
            await asyncio.sleep(5)
            on.expect(ServerState.READY)
            fallen = [status.reason for status in on.seen if status.state is ServerState.BACKOFF]
            assert fallen == ["Ollama did not answer and was ended. It is started again in 0.5 s."]

    run_in_virtual_time(scenario())


@pytest.mark.parametrize("work", ["computes", "streams"])
def test_sc12_a_silent_server_is_left_alone_while_a_runner_computes_or_an_answer_is_under_way(work: str) -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.actor.start()
            await asyncio.sleep(10)
            on.machine.is_hung = True
            ACCIDENTS[work](on)
            await asyncio.sleep(3600)
            on.expect(ServerState.DEGRADED)
            assert len(on.machine.runs) == 1
            on.machine.runner_computes = on.is_busy = False
            await asyncio.sleep(70)
            assert len(on.machine.runs) == 2

    run_in_virtual_time(scenario())


def test_sc13_a_server_that_never_becomes_ready_is_tried_three_times_and_given_up() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.machine.is_hung = True
            on.actor.start()
            await asyncio.sleep(115)
            on.expect(ServerState.STARTING)
            assert "GPUs" in on.board.status.reason
            await asyncio.sleep(10)
            on.expect(ServerState.DEGRADED)
            await asyncio.sleep(900)
            on.expect(ServerState.FAILED)
            assert "did not answer and was ended, too often" in on.board.status.reason
            assert len(on.machine.runs) == 3

    run_in_virtual_time(scenario())


def test_a_suspended_machine_makes_no_silent_server() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.actor.start()
            await asyncio.sleep(10)
            on.machine.probe_s = 8 * 3600.0  # asleep in the middle of a probe, again and again
            on.machine.is_hung = True
            await asyncio.sleep(5 * 24 * 3600)
            on.expect(ServerState.READY)
            assert len(on.machine.runs) == 1

    run_in_virtual_time(scenario())


def test_a_suspended_machine_has_not_waited_for_a_server_that_starts() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.machine.boot_s = 1e9
            on.machine.probe_s = 8 * 3600.0
            on.actor.start()
            await asyncio.sleep(5 * 24 * 3600)
            on.expect(ServerState.STARTING)

    run_in_virtual_time(scenario())


def test_a_full_disk_is_said_and_keeps_the_server_from_being_started() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.machine.disk_is_full = True
            on.actor.start()
            await asyncio.sleep(1)
            assert on.board.status.reason == "The disk is full."
            on.expect(ServerState.FAILED)
            on.machine.disk_is_full = False
            on.actor.start()
            await asyncio.sleep(1)
            on.expect(ServerState.READY)
            on.machine.disk_is_full = True
            on.actor.restart()
            await asyncio.sleep(1)
            assert "could not be started: The disk is full." in on.board.status.reason

    run_in_virtual_time(scenario())


WISHES = ("start", "stop", "restart")
ACCIDENTS: dict[str, Callable[[Stage], None]] = {
    "crash": lambda on: on.end(Exit(-9)),
    "exit": lambda on: on.end(Exit(0)),
    "guardian killed": lambda on: on.end(Exit(None)),
    "not to be run": lambda on: on.end(Exit(None, "No such file or directory")),
    "foreign Ollama": lambda on: on.occupy(Answer.OLLAMA),
    "foreign silence": lambda on: on.occupy(Answer.SILENT),
    "foreign program": lambda on: on.occupy(Answer.STRANGER),
    "port free": lambda on: on.occupy(None),
    "slow birth": lambda on: setattr(on.machine, "birth_s", 20.0),
    "slow boot": lambda on: setattr(on.machine, "boot_s", 150.0),
    "slow goodbye": lambda on: setattr(on.machine, "goodbye_s", 30.0),
    "healthy": lambda on: on.machine.__dict__.update(birth_s=0.05, boot_s=0.2, goodbye_s=0.1, last_log=()),
    "says port taken": lambda on: setattr(on.machine, "last_log", PORT_TAKEN),
    "disk full": lambda on: setattr(on.machine, "disk_is_full", True),
    "disk free": lambda on: setattr(on.machine, "disk_is_full", False),
    "moved": lambda on: on.move(),
    "hung": lambda on: setattr(on.machine, "is_hung", True),
    "answers": lambda on: setattr(on.machine, "is_hung", False),
    "computes": lambda on: setattr(on.machine, "runner_computes", True),
    "streams": lambda on: setattr(on, "is_busy", True),
}
STEPS = st.tuples(st.sampled_from([*WISHES, *ACCIDENTS]), st.sampled_from([0.0, 0.001, 0.03, 0.3, 2.0, 20.0, 130.0]))


def check(on: Stage) -> None:
    """What holds at every moment."""
    assert len(on.machine.living) <= 1
    status = on.board.status
    assert status.reason
    if status.state in (ServerState.READY, ServerState.DEGRADED):
        assert status.pid is not None
    if status.state in (ServerState.STOPPED, ServerState.FAILED, ServerState.EXTERNAL, ServerState.BACKOFF):
        assert status.pid is None
        assert on.machine.living == []


async def play(steps: list[tuple[str, float]]) -> None:
    async with stage() as on:
        wanted = False
        for word, wait_s in steps:
            if word in WISHES:
                getattr(on.actor, word)()
                wanted = word != "stop"
            else:
                ACCIDENTS[word](on)
            await asyncio.sleep(wait_s)
            check(on)
        ACCIDENTS["healthy"](on)
        ACCIDENTS["disk free"](on)
        ACCIDENTS["answers"](on)
        await asyncio.sleep(SETTLED_AFTER_S)
        check(on)
        assert on.state in settled_states(on, wanted=wanted)
        assert on.board.status.address == on.machine.address == on.address
        if wanted and on.state is ServerState.FAILED:
            on.actor.start()
            await asyncio.sleep(SETTLED_AFTER_S)
            assert on.state in settled_states(on, wanted=True) - {ServerState.FAILED}


def settled_states(on: Stage, *, wanted: bool) -> set[ServerState]:
    """The last wish wins, as far as the machine allows."""
    if not wanted:
        return {ServerState.STOPPED}
    if on.machine.living:  # a foreign program that took the port later is not looked at before ours has gone
        return {ServerState.READY, ServerState.DEGRADED}
    match on.machine.foreign:
        case Answer.OLLAMA:
            return {ServerState.EXTERNAL, ServerState.FAILED}
        case Answer.SILENT | Answer.STRANGER:
            return {ServerState.CONFLICT, ServerState.FAILED}
        case _:
            return {ServerState.FAILED, ServerState.CONFLICT}


@example([("start", 0.03), ("foreign program", 2.0), ("foreign Ollama", 0.0)])
@settings(max_examples=1_000, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_sc17_after_any_wishes_and_accidents_the_last_wish_wins_and_one_server_lives_at_most(
    steps: list[tuple[str, float]],
) -> None:
    run_in_virtual_time(play(steps))


@pytest.mark.parametrize("word", WISHES)
def test_the_same_wish_twice_is_one_wish(word: str) -> None:
    run_in_virtual_time(play([("start", 2.0), (word, 0.0), (word, 0.0)]))


async def lose_guardian(on: Stage) -> None:
    """The next one ends before it has started anything, the one after it may live."""
    on.machine.birth_s = 1e6
    on.end(Exit(-9))
    on.actor.start()
    await asyncio.sleep(2)
    on.machine.birth_s = 0.05
    on.end(Exit(None))


def test_sc26_a_guardian_that_is_lost_at_birth_now_and_then_is_no_reason_to_do_without() -> None:
    async def scenario() -> None:
        async with stage() as on:
            for _ in range(3):
                await lose_guardian(on)
                await asyncio.sleep(400)
                on.expect(ServerState.READY)
                assert on.machine.is_guarded

    run_in_virtual_time(scenario())


def test_sc26_after_two_in_a_row_it_is_tried_without_and_a_wish_tries_again_with() -> None:
    async def scenario() -> None:
        async with stage() as on:
            on.machine.birth_s = 1e6
            on.actor.start()
            for _ in range(2):
                await asyncio.sleep(5)  # so long what is left of one is looked for
                on.end(Exit(None))
            on.machine.birth_s = 0.05
            await asyncio.sleep(70)
            on.expect(ServerState.READY)
            assert "guardian could not be started" in on.board.status.reason
            on.end(Exit(1))
            await asyncio.sleep(5)
            guarded = [on.machine.is_guarded]
            on.actor.restart()
            await asyncio.sleep(5)
            guarded.append(on.machine.is_guarded)
            assert guarded == [False, True]
            assert on.board.status.reason == "Running."

    run_in_virtual_time(scenario())

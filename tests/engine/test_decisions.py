"""What the scheduler decides, decided without a runner: load again? whom to unload? does it fit? leave it alone?"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from ollama_desk.domain.errors import ModelLoadError
from ollama_desk.engine.loading import Launch, LoadOptions, Wanted
from ollama_desk.engine.memory import PROCESS_BYTES, Footprint
from ollama_desk.engine.patience import FREE_FALLS, LONGEST_PAUSE_S, MEMORY_S, Falls
from ollama_desk.engine.room import SPARE_BYTES, Memory, Room
from ollama_desk.engine.seats import Seat, whom_to_unload

GIB = 1 << 30
TWO = Launch(slots=2)


def wanted(name: str = "a", gib: float = 1.0, options: LoadOptions = LoadOptions(), width: int = 0) -> Wanted:  # noqa: B008 - frozen
    weights = max(int(gib * GIB) - PROCESS_BYTES, 0)
    return Wanted(name, f"{name}:latest", "0", Footprint(weights, cache_width=width), options)


@pytest.mark.parametrize(
    "changed",
    [
        {"n_ctx": 8192},
        {"n_threads": 3},
        {"n_batch": 256},
        {"main_gpu": 0},
        {"use_mmap": False},
        {"n_gpu_layers": 5},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_value_of_what_a_model_is_loaded_with_loads_it_again(changed: dict[str, int]) -> None:
    assert not wanted(options=LoadOptions(**changed)).loads_as(wanted())  # type: ignore[arg-type] # a bool is an int


def test_who_does_not_say_how_many_layers_takes_what_there_is() -> None:
    assert wanted().loads_as(wanted(options=LoadOptions(n_gpu_layers=7)))
    assert not wanted(options=LoadOptions(n_gpu_layers=7)).loads_as(wanted())


def test_another_name_shares_a_runner_but_other_files_do_not() -> None:
    first = wanted()
    assert replace(first, name="b", digest="1").loads_as(first)
    assert not replace(first, adapters=("x",)).loads_as(first)
    assert not replace(first, projector="x").loads_as(first)


def test_vectors_are_made_one_request_after_the_other() -> None:
    assert wanted().slots_of(TWO) == 2
    assert wanted(options=LoadOptions(embedding=True)).slots_of(TWO) == 1


class Resident:
    """A runner that is there, as far as a seat can tell."""

    pid, is_alive, vram_bytes = 1, True, 0


def seat(name: str, *, last_used: float = 0.0, users: int = 0, gib: float = 1.0) -> Seat:
    runner: object = Resident()
    return Seat(wanted(name, gib), runner, 1, int(gib * GIB), users, last_used=last_used)  # type: ignore[arg-type] # as above


def test_the_one_that_nobody_used_for_longest_goes() -> None:
    seats = [seat("a", last_used=5), seat("b", last_used=3), seat("c", last_used=1, users=1), seat("d", last_used=9)]
    chosen = whom_to_unload(seats)
    assert chosen is not None
    assert chosen.wanted.name == "b:latest"


def test_nobody_goes_while_all_are_used_or_asked_for() -> None:
    asked = seat("b")
    asked.asking.append(wanted("b"))
    assert whom_to_unload([seat("a", users=1), asked]) is None


class House:
    """A room with seats in it, and a machine with as much memory as a test says."""

    def __init__(self, *others: Seat, free: float | None, launch: Launch = Launch(), card: float = 0.0) -> None:  # noqa: B008 - frozen
        self.free_bytes = None if free is None else int(free * GIB)
        self.emptied: list[str] = []
        self.new = Seat(wanted("new"))
        self.seats = {other.wanted.path: other for other in (*others, self.new)}
        self.card_bytes = int(card * GIB)
        memory = Memory(lambda: self.free_bytes, lambda _pid: 0)
        self.room = Room(
            self.seats, max_loaded=3, launch=launch, memory=memory, empty=self._empty, device_bytes=self._card
        )

    async def _empty(self, seat: Seat) -> None:
        self.emptied.append(seat.wanted.path)
        if self.free_bytes is not None:
            self.free_bytes += seat.claimed_bytes
        del self.seats[seat.wanted.path]

    async def _card(self) -> int:
        return self.card_bytes


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await scenario()

    asyncio.run(limited())


def test_what_fits_is_loaded_beside_the_others() -> None:
    async def scenario() -> None:
        house = House(seat("a"), free=2)
        await house.room.claim(house.new, wanted("new"))
        assert (house.emptied, house.new.claimed_bytes) == ([], GIB)

    run(scenario)


def test_who_is_idle_goes_until_it_fits() -> None:
    async def scenario() -> None:
        house = House(seat("a", last_used=2), seat("b", last_used=1), free=0.5)
        await house.room.claim(house.new, wanted("new", 2))
        assert house.emptied == ["b", "a"]

    run(scenario)


def test_a_fourth_model_takes_the_place_of_the_idle_one() -> None:
    async def scenario() -> None:
        house = House(seat("a", last_used=1), seat("b", users=1), seat("c", users=1), free=9)
        await house.room.claim(house.new, wanted("new"))
        assert house.emptied == ["a"]

    run(scenario)


def test_while_all_are_used_it_waits_for_one_to_be_done() -> None:
    async def scenario() -> None:
        busy = seat("a", users=1)
        house = House(busy, free=0.5)
        claiming = asyncio.ensure_future(house.room.claim(house.new, wanted("new")))
        for _ in range(5):
            await asyncio.sleep(0)
            house.room.tell_changed()
        assert not claiming.done()
        busy.users = 0
        house.room.tell_changed()
        await claiming
        assert house.emptied == ["a"]

    run(scenario)


def test_what_is_still_loading_counts_with_all_it_will_take() -> None:
    async def scenario() -> None:
        coming = seat("a", gib=3)
        coming.runner = None
        house = House(coming, free=4)
        claiming = asyncio.ensure_future(house.room.claim(house.new, wanted("new", 2)))
        await asyncio.sleep(0)
        assert not claiming.done()
        coming.claimed_bytes = 0
        house.room.tell_changed()
        await claiming

    run(scenario)


def test_what_does_not_fit_an_empty_machine_is_refused_with_the_figures() -> None:
    async def scenario() -> None:
        house = House(seat("a"), free=3)
        with pytest.raises(
            ModelLoadError, match=r"^model requires more system memory \(8\.0 GiB\) than is available \(4"
        ) as caught:
            await house.room.claim(house.new, wanted("new", 8))
        assert caught.value.status == 500
        assert house.emptied == ["a"]

    run(scenario)


def test_a_graphics_card_may_have_the_room_that_the_machine_has_not() -> None:
    async def scenario() -> None:
        house = House(free=3, card=6)
        await house.room.claim(house.new, wanted("new", 8))
        house = House(free=3, card=6)
        with pytest.raises(ModelLoadError, match="more system memory"):
            await house.room.claim(house.new, wanted("new", 8, LoadOptions(n_gpu_layers=0)))

    run(scenario)


def test_where_nobody_knows_what_is_free_it_is_tried() -> None:
    async def scenario() -> None:
        house = House(free=None)
        await house.room.claim(house.new, wanted("new", 5000))

    run(scenario)


@pytest.mark.parametrize(("spare", "slots"), [(1, 2), (-1, 1)])
def test_more_slots_are_made_where_that_leaves_memory_for_others(spare: int, slots: int) -> None:
    async def scenario() -> None:
        model = wanted("new", 1, width=1024)
        house = House(free=(model.need_bytes(2, "f16") + SPARE_BYTES + spare) / GIB, launch=TWO)
        await house.room.claim(house.new, model)
        assert (house.new.slots, house.new.claimed_bytes) == (slots, model.need_bytes(slots, "f16"))

    run(scenario)


def test_somebody_idle_goes_before_there_are_fewer_slots() -> None:
    async def scenario() -> None:
        house = House(seat("a"), free=1.5, launch=TWO)
        await house.room.claim(house.new, wanted("new", 1))
        assert (house.emptied, house.new.slots) == (["a"], 2)

    run(scenario)


def test_the_first_crashes_cost_nothing_and_each_further_one_twice_as_much() -> None:
    falls, pauses = Falls(), []
    for at in range(8):
        falls = falls.and_one(float(at))
        pauses.append(falls.pause_s(float(at)))
    assert pauses == [*[0.0] * (FREE_FALLS - 1), 1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_PAUSE_S]


def test_a_pause_passes_and_old_crashes_are_forgotten() -> None:
    falls = Falls((0.0, 1.0, 2.0))
    assert (falls.pause_s(2.5), falls.pause_s(3.0)) == (0.5, 0.0)
    assert not falls.is_forgiven(MEMORY_S + 1.5)
    assert falls.is_forgiven(MEMORY_S + 2.5)
    assert falls.and_one(MEMORY_S + 0.5).times == (1.0, 2.0, MEMORY_S + 0.5)

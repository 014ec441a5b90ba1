"""What keeps a models folder from being moved: each reason is a sentence, and nothing is touched."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import DiskFullError, MoveRefusedError
from ollama_desk.domain.events import MoveChanged, NoticeRaised
from ollama_desk.domain.moving import MoveState
from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus
from ollama_desk.registry.move_journal import Journal, Step, write_journal
from ollama_desk.registry.moving import Carrier
from ollama_desk.registry.progress import Progress
from ollama_desk.services.moving import Facts
from tests.support.move_folders import LIBRARY, contents, furnish, put_model
from tests.support.moving_desk import Gate, ScriptedServer, moving_desk, stepped_desk


def lent(status: ServerStatus) -> type[ScriptedServer]:
    """A server that is so."""

    class Lent(ScriptedServer):
        def __init__(self, bus: EventBus) -> None:
            super().__init__(bus)
            self.status = status

    return Lent


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (
            ServerStatus(ServerState.EXTERNAL, address=ServerAddress("far.example", 11434)),
            "The server at far.example:11434 is on another machine: its models cannot be moved from here.",
        ),
        (
            ServerStatus(ServerState.EXTERNAL),
            "The server was not started by Ollama Desk: where it has its models is for others to say.",
        ),
        (ServerStatus(ServerState.STARTING), "The server is starting or stopping. Wait a moment."),
        (ServerStatus(ServerState.READY), ""),
        (ServerStatus(ServerState.FAILED), ""),
    ],
)
def test_a_server_that_is_not_for_us_to_stop(tmp_path: Path, status: ServerStatus, why: str) -> None:
    async def scenario() -> None:
        async with stepped_desk(tmp_path, server=lent(status)) as moving:
            assert moving.moving.refusal() == why

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (
            Facts(lambda: Path("/other"), str, str),
            "Another models folder was set, and the server still uses the old one",
        ),
        (
            Facts(lambda: Path("/other"), lambda: "another Ollama", str),
            "is used by another Ollama, too. Stop that first.",
        ),
    ],
)
def test_a_folder_that_is_in_other_hands(tmp_path: Path, facts: Facts, why: str) -> None:
    async def scenario() -> None:
        async with stepped_desk(tmp_path, server=lent(ServerStatus(ServerState.READY)), facts=facts) as moving:
            assert why in moving.moving.refusal()

    asyncio.run(scenario())


def test_a_folder_that_is_busy(tmp_path: Path) -> None:
    async def scenario() -> None:
        furnish(tmp_path / "data/models")
        facts = Facts(lambda: tmp_path / "data/models", str, lambda: "A model is being imported.")
        async with stepped_desk(tmp_path, facts=facts) as moving:
            with pytest.raises(MoveRefusedError, match="A model is being imported"):
                await moving.moving.examine(tmp_path / "new")

    asyncio.run(scenario())


def test_a_place_where_another_server_works(tmp_path: Path) -> None:
    async def sharing(folder: Path) -> str:
        return "another Ollama" if folder == tmp_path / "new" else ""

    async def scenario() -> None:
        furnish(tmp_path / "data/models")
        async with stepped_desk(tmp_path, sharing=sharing) as moving:
            with pytest.raises(MoveRefusedError, match=r"new is used by another Ollama\. Stop that first, or choose"):
                await moving.moving.examine(tmp_path / "new")

    asyncio.run(scenario())


def test_a_server_that_comes_to_the_folder_meanwhile_ends_the_move_before_the_switch(tmp_path: Path) -> None:
    async def sharing(folder: Path) -> str:
        return "another Ollama" if folder == tmp_path / "data/models" else ""

    async def scenario() -> None:
        old = tmp_path / "data/models"
        furnish(old)
        held = contents(old)
        async with stepped_desk(tmp_path, sharing=sharing) as moving:
            job = await moving.move(tmp_path / "new")
            assert job.state is MoveState.FAILED
            assert job.reason == f"The models folder {old} is used by another Ollama, too. Stop that first."
            assert (contents(old), (tmp_path / "new").exists()) == (held, False)

    asyncio.run(scenario())


def test_one_move_at_a_time_and_only_of_the_folder_that_is_in_force(tmp_path: Path) -> None:
    async def scenario() -> None:
        furnish(tmp_path / "data/models")
        gate = Gate("brought blobs")
        async with stepped_desk(tmp_path, gate) as moving:
            offer = await moving.moving.examine(tmp_path / "new")
            with pytest.raises(MoveRefusedError, match="in another folder by now"):
                moving.moving.start(replace(offer, source=tmp_path / "older"))
            moving.moving.start(offer)
            await gate.reached()
            assert moving.moving.refusal() == "The models folder is being moved already."
            with pytest.raises(MoveRefusedError, match="being moved already"):
                moving.moving.start(offer)
            gate.open()
            assert (await moving.ended()).state is MoveState.FINISHED

    asyncio.run(scenario())


def test_nothing_to_move_and_rivals_are_told_before_anything_begins(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with moving_desk(tmp_path) as moving:
            with pytest.raises(MoveRefusedError, match="There is nothing in"):
                await moving.moving.examine(tmp_path / "new")
            put_model(tmp_path / "data/models", "one", b"weights")
            put_model(tmp_path / "new", "one", b"other weights")
            with pytest.raises(MoveRefusedError, match="Both folders have a model called one:latest"):
                await moving.moving.examine(tmp_path / "new")
            with pytest.raises(MoveRefusedError, match="cannot be written down"):
                await moving.moving.examine(Path("/") / "x\ud800")

    asyncio.run(scenario())


def test_what_is_still_in_the_old_place_is_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        old = tmp_path / "data/models"
        furnish(old)
        changed = old / LIBRARY / "one/latest"

        def step(name: str) -> None:
            if name == "noted switched":
                changed.write_bytes(b"{}")

        async with stepped_desk(tmp_path, step) as moving:
            job = await moving.move(tmp_path / "new")
            assert job.state is MoveState.FINISHED
            assert job.reason == f"Some files in {old} could not be removed. They are in the new folder, too."

    asyncio.run(scenario())


def test_the_end_of_an_earlier_move_waits_for_its_disk(tmp_path: Path) -> None:
    async def scenario() -> None:
        furnish(tmp_path / "data/models")
        journal = Journal(
            step=Step.COPYING,
            source=str(tmp_path / "data/models"),
            target=str(tmp_path / "stick/models"),
            stage=".ollama-desk-move-12",
            setting="",
        )
        write_journal(tmp_path / "data/moving.json", journal)
        async with moving_desk(tmp_path) as moving:
            await moving.moving.examine(tmp_path / "new")
            assert not moving.seen.of(NoticeRaised)
            assert not moving.seen.of(MoveChanged)
        assert (tmp_path / "data/moving.json").exists()

    asyncio.run(scenario())


def test_an_earlier_move_that_cannot_be_undone_is_told_and_stays_noted(tmp_path: Path) -> None:
    async def scenario() -> None:
        old, new = tmp_path / "data/models", tmp_path / "new"
        furnish(old)
        carrier = Carrier(old, new, journal_path=tmp_path / "data/moving.json", setting="", may_link=False)
        carrier.begin()
        carrier.fill(Progress())
        carrier.publish()
        taken = new / LIBRARY / "one/latest"
        taken.unlink()
        (taken / "in the way").mkdir(parents=True)
        async with moving_desk(tmp_path) as moving:
            ended = await moving.seen.wait_for(MoveChanged, lambda event: event.job.state.is_over, 30)
            assert ended.job.state is MoveState.FAILED
            assert str(taken) in ended.job.reason
        assert (tmp_path / "data/moving.json").exists()

    asyncio.run(scenario())


def test_settings_that_cannot_be_written_leave_everything_as_it_was(tmp_path: Path) -> None:
    class Refusing:
        """As on a disk that is full."""

        async def change(self, *, models_folder: str) -> None:
            raise DiskFullError(f"{models_folder} could not be written down.")

    async def scenario() -> None:
        old = tmp_path / "data/models"
        furnish(old)
        held = contents(old)
        async with stepped_desk(tmp_path, settings=Refusing()) as moving:
            job = await moving.move(tmp_path / "new")
            assert (job.state, job.reason) == (MoveState.FAILED, f"{tmp_path / 'new'} could not be written down.")
            assert (contents(old), (tmp_path / "new").exists()) == (held, False)
            assert not (tmp_path / "data/moving.json").exists()

    asyncio.run(scenario())


def test_a_server_that_does_not_stop_ends_the_move(tmp_path: Path) -> None:
    async def scenario() -> None:
        furnish(tmp_path / "data/models")
        held = contents(tmp_path / "data/models")

        def server(bus: EventBus) -> ScriptedServer:
            return ScriptedServer(bus, [ServerState.READY], stops=False)

        async with stepped_desk(tmp_path, server=server) as moving:
            job = await moving.move(tmp_path / "new")
            assert job.reason == "The server did not stop. Stop it by hand, then move the models."
            assert (contents(tmp_path / "data/models"), (tmp_path / "new").exists()) == (held, False)

    asyncio.run(scenario())


def test_somebody_who_goes_on_writing_to_the_old_place_ends_the_move(tmp_path: Path) -> None:
    async def scenario() -> None:
        old = tmp_path / "data/models"
        furnish(old)
        late = old / LIBRARY / "late/latest"

        def step(name: str) -> None:
            if name.endswith(("three/latest", "late/latest")):
                put_model(old, "late", name.encode() + str(late.exists() and late.stat().st_mtime_ns).encode())

        async with stepped_desk(tmp_path, step) as moving:
            job = await moving.move(tmp_path / "new")
            assert job.state is MoveState.FAILED
            assert job.reason.startswith(f"Another program writes to the models folder {old}.")
            assert late.exists()
            assert not (tmp_path / "new").exists()

    asyncio.run(scenario())

"""The models folder is moved under a real engine: models answer from the new place, and nothing is lost on the way."""

import asyncio
from pathlib import Path

import pytest

from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import MoveRefusedError
from ollama_desk.domain.events import MoveChanged, NoticeRaised
from ollama_desk.domain.moving import MoveState
from ollama_desk.domain.server import ServerState
from ollama_desk.registry.moving import Carrier
from ollama_desk.registry.progress import Progress
from tests.support.move_folders import contents, furnish, put, put_model, put_part
from tests.support.moving_desk import Gate, MovingDesk, ScriptedServer, another_disk, moving_desk, stepped_desk


def test_on_one_disk_models_answer_from_the_new_place(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with moving_desk(tmp_path) as moving:
            await moving.start()
            await moving.desk.models.install_demo()
            before = await moving.answer()
            old, new = tmp_path / "data/models", tmp_path / "new"
            held = contents(old)
            job = await moving.move(new)
            assert (job.state, job.reason, job.source, job.target) == (MoveState.FINISHED, "", old, new)
            await moving.ready()
            assert contents(new) == held
            assert not old.exists()
            assert await moving.answer() == before
            assert moving.desk.settings.settings.models_folder == str(new)
        async with moving_desk(tmp_path) as again:
            await again.start()
            assert await again.answer() == before

    asyncio.run(scenario())


def test_to_another_disk_everything_is_copied_and_answers_there(tmp_path: Path) -> None:
    async def scenario(disk: Path) -> None:
        async with moving_desk(tmp_path) as moving:
            await moving.start()
            await moving.desk.models.install_demo()
            old = tmp_path / "data/models"
            put_part(old, "coming")
            held = contents(old)
            job = await moving.move(disk)
            assert (job.state, job.reason) == (MoveState.FINISHED, "")
            assert job.done_bytes == job.total_bytes == sum(map(len, held.values()))
            await moving.ready()
            assert await moving.answer()
            assert contents(disk) == held
            assert not old.exists()

    with another_disk(tmp_path) as disk:
        asyncio.run(scenario(disk))


def test_with_the_server_at_rest_it_stays_at_rest(tmp_path: Path) -> None:
    async def scenario() -> None:
        put_model(tmp_path / "data/models", "one", b"weights" * 99)
        (tmp_path / "data").chmod(0o700)
        async with moving_desk(tmp_path) as moving:
            offer = await moving.moving.examine(tmp_path / "new")
            assert (offer.model_count, offer.stops_server, offer.copied_bytes) == (1, False, 0)
            moving.moving.start(offer)
            assert (await moving.ended()).state is MoveState.FINISHED
            assert moving.desk.server.status.state is ServerState.STOPPED
            assert moving.desk.settings.models_folder == tmp_path / "new"

    asyncio.run(scenario())


def test_a_move_back_to_the_usual_place_needs_no_setting(tmp_path: Path) -> None:
    async def scenario() -> None:
        put_model(tmp_path / "data/models", "one", b"weights" * 99)
        async with moving_desk(tmp_path) as moving:
            await moving.move(tmp_path / "new")
            moving.seen.events.clear()
            put(tmp_path / "new", "notes.txt", b"mine")
            job = await moving.move(tmp_path / "data/models")
            assert job.reason == f"{tmp_path / 'new'} was kept, because it has other files in it: notes.txt"
            assert moving.desk.settings.settings.models_folder == ""

    asyncio.run(scenario())


def test_cancelled_in_the_middle_the_new_place_has_what_it_had_and_the_server_never_stopped(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = Gate("brought blobs")
        async with stepped_desk(tmp_path, gate) as moving:
            await moving.start()
            await moving.desk.models.install_demo()
            old, new = tmp_path / "data/models", tmp_path / "new"
            furnish(old)
            put_model(new, "their", b"their weights")
            held, theirs, pid = contents(old), contents(new), moving.desk.server.status.pid
            await moving.begin(new)
            await gate.reached()
            moving.moving.cancel()
            gate.open()
            assert (await moving.ended()).state is MoveState.CANCELLED
            assert (contents(old), contents(new)) == (held, theirs)
            assert moving.desk.server.status.pid == pid
            assert [event.job.state for event in moving.seen.of(MoveChanged)] == [
                MoveState.COPYING,
                MoveState.UNDOING,
                MoveState.CANCELLED,
            ]
            assert await moving.answer()
            assert moving.moving.refusal() == ""

    asyncio.run(scenario())


@pytest.mark.parametrize("at", ["brought blobs", "settled sha256", "noted switched"])
def test_left_in_the_middle_the_next_start_has_every_model(tmp_path: Path, at: str) -> None:
    async def scenario() -> None:
        gate = Gate(at)
        old, new = tmp_path / "data/models", tmp_path / "new"
        async with stepped_desk(tmp_path, gate) as moving:
            await moving.start()
            await moving.desk.models.install_demo()
            furnish(old)
            held = contents(old)
            await moving.begin(new)
            await gate.reached()
            asyncio.get_running_loop().call_later(0.2, gate.open)
        async with moving_desk(tmp_path) as again:
            place = again.desk.settings.models_folder
            assert place == old
            await again.start()
            assert await again.answer()
            await again.seen.until(lambda: not again.moving.is_moving)
            assert contents(place) == held
            assert not new.exists()

    asyncio.run(scenario())


def test_a_wish_to_cancel_that_comes_at_once_is_heard(tmp_path: Path) -> None:
    async def scenario() -> None:
        put_model(tmp_path / "data/models", "one", b"weights" * 99)
        async with moving_desk(tmp_path) as moving:
            await moving.begin(tmp_path / "new")
            moving.moving.cancel()
            assert (await moving.ended()).state is MoveState.CANCELLED
            assert not (tmp_path / "new").exists()
            assert (await moving.move(tmp_path / "new")).state is MoveState.CANCELLED  # the first event

    asyncio.run(scenario())


def test_places_that_cannot_be_are_refused_with_the_reason(tmp_path: Path) -> None:
    async def scenario() -> None:
        old = tmp_path / "data/models"
        put_model(old, "one", b"weights" * 99)
        put(tmp_path, "full/notes.txt", b"mine")
        put(tmp_path, "fuller/models/notes.txt", b"mine")
        (tmp_path / "link").symlink_to(old)
        async with moving_desk(tmp_path) as moving:
            for chosen, why in (
                (old, "The models are in .* already"),
                (tmp_path / "link", "The models are in .* already"),
                (old / "below", "is inside the models folder itself"),
                (tmp_path / "link/below", "is inside the models folder itself"),
                (tmp_path / "full/notes.txt", "is a file, not a folder"),
                (tmp_path / "fuller", "has other files in it"),
                (tmp_path / "new ", "begins or ends with"),
            ):
                with pytest.raises(MoveRefusedError, match=why):
                    await moving.moving.examine(chosen)
            assert (await moving.moving.examine(tmp_path / "full")).target == tmp_path / "full/models"
            assert (await moving.moving.examine(tmp_path / "a$b")).target == tmp_path / "a$b"
            assert not (tmp_path / "new").exists()

    asyncio.run(scenario())


def test_where_the_environment_decides_nothing_is_moved(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with moving_desk(tmp_path, {"OLLAMA_MODELS": str(tmp_path / "given")}) as moving:
            assert moving.moving.refusal().startswith("OLLAMA_MODELS decides where the models are")
            with pytest.raises(MoveRefusedError):
                await moving.moving.examine(tmp_path / "new")

    asyncio.run(scenario())


def test_a_server_that_cannot_start_in_the_new_place_is_back_in_the_old_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        old, new = tmp_path / "data/models", tmp_path / "new"
        furnish(old)
        held = contents(old)
        starting = [ServerState.STARTING, ServerState.FAILED], [ServerState.STARTING, ServerState.READY]
        made: list[ScriptedServer] = []

        def server(bus: EventBus) -> ScriptedServer:
            made.append(ScriptedServer(bus, *starting))
            return made[0]

        async with stepped_desk(tmp_path, server=server) as moving:
            job = await moving.move(new)
            assert job.state is MoveState.FAILED
            assert job.reason == (
                "The server did not start with the new folder, so the old one is used again. It fell."
            )
            assert made[0].asked == ["stop", "restart", "restart"]
            assert (contents(old), new.exists()) == (held, False)
            assert moving.desk.settings.models_folder == old
            assert not (tmp_path / "data/moving.json").exists()

    asyncio.run(scenario())


def test_the_switch_waits_for_an_answer_and_can_still_be_cancelled(tmp_path: Path) -> None:
    async def scenario() -> None:
        put_model(tmp_path / "data/models", "one", b"weights" * 99)
        answering = [True]
        async with stepped_desk(tmp_path, is_answering=lambda: answering[0]) as moving:
            await moving.begin(tmp_path / "new")
            await moving.reaches(MoveState.WAITING)
            moving.moving.cancel()
            assert (await moving.ended()).state is MoveState.CANCELLED
            moving.seen.events.clear()
            await moving.begin(tmp_path / "new")
            await moving.reaches(MoveState.WAITING)
            answering.clear()
            answering.append(False)
            assert (await moving.ended()).state is MoveState.FINISHED

    asyncio.run(scenario())


def test_an_import_that_is_asked_for_meanwhile_waits_its_turn(tmp_path: Path) -> None:
    async def scenario() -> None:
        put_model(tmp_path / "data/models", "one", b"weights" * 99)
        gate = Gate("brought blobs")
        async with stepped_desk(tmp_path, gate) as moving:
            await moving.begin(tmp_path / "new")
            await gate.reached()
            imports = asyncio.create_task(held(moving))
            await asyncio.wait({imports}, timeout=0.2)
            assert not imports.done()
            gate.open()
            assert (await moving.ended()).state is MoveState.FINISHED
            async with asyncio.timeout(30):
                await imports

    async def held(moving: MovingDesk) -> None:
        async with moving.desk.imports.held():
            pass

    asyncio.run(scenario())


def test_a_setting_that_was_changed_by_hand_since_leaves_both_places_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        old, new = tmp_path / "data/models", tmp_path / "new"
        furnish(old)
        put_model(tmp_path / "third", "mine", b"weights" * 9)
        carrier = Carrier(old, new, journal_path=tmp_path / "data/moving.json", setting="")
        carrier.begin()
        carrier.fill(Progress())
        carrier.publish()
        carrier.switched()
        held = contents(old)
        (tmp_path / "data/settings.toml").write_text(f'models_folder = "{tmp_path / "third"}"\n')
        async with moving_desk(tmp_path) as moving:
            notice = await moving.seen.wait_for(NoticeRaised, timeout_s=30)
            assert notice.text == (
                f"Moving the models to {new} was cut off. Nothing is lost: they are in {tmp_path / 'third'}. "
                f"What was moved is in {old} and in {new}."
            )
        assert contents(old) == contents(new) == held
        assert not (tmp_path / "data/moving.json").exists()

    asyncio.run(scenario())


def test_a_switch_that_the_settings_do_not_know_of_is_finished_by_the_next_start(tmp_path: Path) -> None:
    async def scenario() -> None:
        old, new = tmp_path / "data/models", tmp_path / "new"
        furnish(old)
        held = contents(old)
        carrier = Carrier(old, new, journal_path=tmp_path / "data/moving.json", setting="")
        carrier.begin()
        carrier.fill(Progress())
        carrier.publish()
        carrier.switched()
        async with moving_desk(tmp_path) as moving:
            assert moving.desk.settings.models_folder == new
            assert moving.desk.settings.settings.models_folder == str(new)
            await moving.seen.wait_for(NoticeRaised, timeout_s=30)
            assert (contents(new), old.exists()) == (held, False)

    asyncio.run(scenario())

"""A file of the person's own becomes a model that answers; whatever goes wrong leaves nothing and says why."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from ollama_desk.domain.errors import InvalidNameError, NameTakenError
from ollama_desk.domain.imports import ImportState, Placing
from tests.support.engine import EngineProcess, until
from tests.support.importing import big_file, import_desk, shares, tiny_bytes, tiny_file
from tests.support.models import STORY
from tests.support.splitting import split_tiny

BIG = 3_000_000_000
DIGEST = hashlib.sha256(tiny_bytes()).hexdigest()
BLOB = f"sha256-{DIGEST}"


def test_an_imported_file_answers(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            file = tiny_file(tmp_path / "Ein Modell 🙂 mit Räumen" / "тест file.gguf")
            job = await scene.bring(file)
            assert (job.state, job.name, job.reason) == (ImportState.FINISHED, "tiny:q4_0", "")
            assert [model.name for model in scene.desk.models.models] == ["tiny:q4_0"]
            assert STORY in await scene.ask("tiny:q4_0")
            assert BLOB in scene.blobs()
            assert not [name for name in scene.blobs() if name.endswith(".part")]
            assert not (scene.models / "blobs" / BLOB).samefile(file)
            copying = () if shares(tmp_path) else (ImportState.COPYING,)
            assert scene.states(job.id) == [
                ImportState.QUEUED,
                ImportState.HASHING,
                *copying,
                ImportState.CREATING,
                ImportState.FINISHED,
            ]

    asyncio.run(scenario())


def test_a_split_model_becomes_one_that_answers(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            job = await scene.bring(split_tiny(tmp_path))
            assert (job.state, job.reason) == (ImportState.FINISHED, "")
            assert BLOB in scene.blobs()
            assert STORY in await scene.ask(job.name)

    asyncio.run(scenario())


def test_a_file_that_is_there_already_is_not_copied_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            file = tiny_file(tmp_path / "tiny.gguf")
            await scene.bring(file)
            again = await scene.bring(file)
            assert again.name == "tiny-2:q4_0"
            assert ImportState.COPYING not in scene.states(again.id)
            assert again.state is ImportState.FINISHED

    asyncio.run(scenario())


def test_a_link_shares_the_file_when_the_person_asks_for_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            file = tiny_file(tmp_path / "tiny.gguf")
            alias = tmp_path / "alias.gguf"
            alias.symlink_to(file)
            offer = await scene.desk.imports.examine([alias])
            assert offer.can_link is not shares(tmp_path)
            job = await scene.bring(alias, placing=Placing.LINK)
            assert job.state is ImportState.FINISHED
            assert (scene.models / "blobs" / BLOB).samefile(file)
            scene.desk.changes.deletions.delete([job.name])
            await scene.desk.changes.deletions.finish(job.name)
            assert BLOB not in scene.blobs()
            assert file.read_bytes() == tiny_bytes()

    asyncio.run(scenario())


def test_a_server_that_is_not_ours_is_sent_the_file(tmp_path: Path) -> None:
    async def scenario(port: int, models: Path) -> None:
        async with import_desk(tmp_path, port=port) as scene:
            file = tiny_file(tmp_path / "tiny.gguf")
            offer = await scene.desk.imports.examine([file])
            assert (offer.free_bytes, offer.folder, offer.can_link) == (None, "", False)
            job = await scene.bring(file)
            assert ImportState.SENDING in scene.states(job.id)
            assert job.state is ImportState.FINISHED, job.reason
            assert (models / "blobs" / BLOB).is_file()
            assert not scene.blobs()
            assert STORY in await scene.ask(job.name)
            again = await scene.bring(file)
            assert ImportState.SENDING not in scene.states(again.id)

    with EngineProcess(tmp_path / "theirs") as engine:
        asyncio.run(scenario(engine.port, engine.models))


@pytest.mark.parametrize("state", [ImportState.HASHING, ImportState.COPYING])
def test_cancelling_leaves_nothing(tmp_path: Path, state: ImportState) -> None:
    if state is ImportState.COPYING and shares(tmp_path):
        pytest.skip("this disk copies nothing")

    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            job_id = await scene.start(
                big_file(tmp_path / "big.gguf", BIG if state is ImportState.HASHING else BIG // 20)
            )
            reached = await scene.until(job_id, state)
            assert reached.state is state, reached
            scene.desk.imports.cancel(job_id)
            job = await scene.end(job_id)
            assert job.state is ImportState.CANCELLED
            assert not scene.blobs()
            assert not scene.ends

    asyncio.run(scenario())


def test_cancelling_while_a_file_is_sent_leaves_nothing(tmp_path: Path) -> None:
    async def scenario(port: int, models: Path) -> None:
        async with import_desk(tmp_path, port=port) as scene:
            job_id = await scene.start(big_file(tmp_path / "big.gguf", BIG // 20))
            assert (await scene.until(job_id, ImportState.SENDING)).state is ImportState.SENDING
            scene.desk.imports.cancel(job_id)
            assert (await scene.end(job_id)).state is ImportState.CANCELLED
            assert (await scene.bring(tiny_file(tmp_path / "tiny.gguf"))).state is ImportState.FINISHED
            until(lambda: not [*(models / "blobs").glob("*.part")], 20, "a part is left")

    with EngineProcess(tmp_path / "theirs") as engine:
        asyncio.run(scenario(engine.port, engine.models))


def test_one_import_runs_at_a_time_and_the_next_waits(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            first = await scene.start(big_file(tmp_path / "big.gguf", BIG))
            second = await scene.start(tiny_file(tmp_path / "tiny.gguf"))
            third = await scene.start(tiny_file(tmp_path / "tiny.gguf"))
            await scene.until(first, ImportState.HASHING)
            assert scene.job(second).state is ImportState.QUEUED
            assert scene.job(third).name == "tiny-2:q4_0"
            scene.desk.imports.cancel(third)
            assert (await scene.end(third)).state is ImportState.CANCELLED
            scene.desk.imports.cancel(first)
            assert (await scene.end(second)).state is ImportState.FINISHED

    asyncio.run(scenario())


def test_names_that_cannot_be_given_are_said_before_anything_is_read(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            file = tiny_file(tmp_path / "tiny.gguf")
            await scene.bring(file, name="mine")
            offer = await scene.desk.imports.examine([file])
            with pytest.raises(NameTakenError, match="A model is called Mine:latest already"):
                scene.desk.imports.start(offer, name="Mine:latest")
            with pytest.raises(InvalidNameError, match="is not a model name"):
                scene.desk.imports.start(offer, name="not a name")

    asyncio.run(scenario())


def test_a_file_that_is_written_to_meanwhile_is_noticed(tmp_path: Path) -> None:
    if shares(tmp_path):
        pytest.skip("on this disk the clone keeps what the file was")

    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            file = big_file(tmp_path / "big.gguf", BIG // 2)
            job_id = await scene.start(file)
            await scene.until(job_id, ImportState.HASHING)
            os.utime(file)
            job = await scene.end(job_id)
            assert job.state is ImportState.FAILED
            assert job.reason.startswith("big.gguf was changed while it was read.")
            assert [event.job for event in scene.ends] == [job]
            assert not scene.blobs()

    asyncio.run(scenario())


def test_a_stopped_server_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            offer = await scene.desk.imports.examine([tiny_file(tmp_path / "tiny.gguf")])
            scene.desk.server.stop()
            await scene.seen.until(lambda: scene.desk.server.status.state.value == "stopped", 30)
            job = await scene.end(scene.desk.imports.start(offer, name=offer.name))
            assert job.reason == "The server is not running. Start it, then import the file again."
            assert not scene.blobs()

    asyncio.run(scenario())


def test_leaving_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> Path:
        async with import_desk(tmp_path) as scene:
            job_id = await scene.start(big_file(tmp_path / "big.gguf", BIG // 20))
            await scene.until(job_id, ImportState.HASHING if shares(tmp_path) else ImportState.COPYING)
        return scene.models

    models = asyncio.run(scenario())
    assert not [*(models / "blobs").iterdir()]


def test_a_file_whose_name_is_no_text_can_be_imported(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            file = tiny_file(tmp_path / os.fsdecode(b"m\xff\n.gguf"))
            job = await scene.bring(file)
            assert (job.state, job.reason, job.name) == (ImportState.FINISHED, "", "tiny:q4_0")

    asyncio.run(scenario())

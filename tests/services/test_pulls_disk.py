"""Downloads and their disk: full ones, damaged parts, folders that are not ours alone."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_desk.domain.models import PullStep
from ollama_desk.domain.pulls import PullState
from ollama_desk.registry.reference import parse_name
from ollama_desk.services.pulls_disk import ASIDE, ModelsDisk
from tests.support.blob_contents import MIB, Content
from tests.support.deadline import wait_for
from tests.support.pulls_desk import pulls_desk
from tests.support.registry_server import RegistryServer
from tests.support.scripted_pulls import MANIFEST, SUCCESS, ScriptedServer, refused

SIZE = 3 * MIB
DIGEST = Content(bytes(SIZE)).digest()
LLAMA = parse_name("llama3.2")


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer() as running:
        running.add(bytes(SIZE))
        yield running


def layer(completed: int, digest: str = DIGEST, total: int = SIZE) -> PullStep:
    return PullStep(f"pulling {digest[7:19]}", digest, total, completed)


def write_parts(models: Path, *parts: dict[str, int] | bytes, data: bytes | None = bytes(SIZE)) -> Path:
    """A download that was begun; where the data lies."""
    blobs = models / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    path = blobs / f"{DIGEST.replace(':', '-')}-partial"
    if data is not None:
        path.write_bytes(data)
    for number, part in enumerate(parts):
        told = part if isinstance(part, bytes) else json.dumps({"N": number, **part}).encode()
        path.with_name(f"{path.name}-{number}").write_bytes(told)
    return path


def part(offset: int, size: int, completed: int = 0) -> dict[str, int]:
    return {"Offset": offset, "Size": size, "Completed": completed}


def test_pl10_what_does_not_fit_is_refused_before_the_first_byte(tmp_path: Path, registry: RegistryServer) -> None:
    server = ScriptedServer([[MANIFEST, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server, models=tmp_path / "models") as desk:
            desk.world.free_bytes = MIB
            job = await desk.pulls.add(registry.name(), insecure=True, consented=True)
            failed = await desk.reaches(job.id, PullState.FAILED)
            assert "1.0 MB free; 3.1 MB are needed" in failed.reason
            assert str(tmp_path / "models") in failed.reason
            assert server.asked == []
            desk.world.free_bytes = 10 * MIB
            await desk.pulls.retry(job.id)
            await desk.reaches(job.id, PullState.FINISHED)

    asyncio.run(scenario())


def test_pl09_a_disk_that_fills_up_parks_the_download_until_there_is_space(
    tmp_path: Path, registry: RegistryServer
) -> None:
    gate = asyncio.Event()
    server = ScriptedServer([[MANIFEST, layer(0), layer(MIB), gate, layer(2 * MIB), SUCCESS], [MANIFEST, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server, models=tmp_path / "models", look_at_disk_every_s=0.0) as desk:
            job = await desk.pulls.add(registry.name(), insecure=True, consented=True)
            await desk.comes(job.id, MIB)
            desk.world.free_bytes = 1000
            gate.set()
            waiting = await desk.reaches(job.id, PullState.WAITING)
            assert "goes on by itself once there is space" in waiting.reason
            assert waiting.completed_bytes == 2 * MIB
            assert server.closed == 1
            other = await desk.pulls.add("hf.co/a/b")
            await desk.reaches(other.id, PullState.FINISHED)  # small, or not known: it may go on
            assert desk.job(job.id).state is PullState.WAITING
            desk.world.free_bytes = 10 * MIB
            await desk.reaches(job.id, PullState.FINISHED)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "words",
    [
        "write /x/blobs/sha256-1-partial: no space left on device",
        "There is not enough space on the disk.",
        "no space left on device: The disk that holds /x has 1.0 GB free; 2.0 GB are needed.",
    ],
)
def test_pl09_a_server_that_finds_the_disk_full_is_waited_for(tmp_path: Path, words: str) -> None:
    server = ScriptedServer([[MANIFEST, refused(words)], [MANIFEST, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server, models=tmp_path / "models") as desk:
            job = await desk.pulls.add("llama3.2")
            await desk.reaches(job.id, PullState.WAITING)
            await desk.reaches(job.id, PullState.FINISHED)
            assert any("disk is full" in one.reason for one in desk.history(job.id))

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "parts",
    [
        (b"",),
        (b'{"N":0,"Off',),
        (b'{"N":"0"}',),
        (part(0, MIB), part(MIB, MIB)),  # the last one was removed
        (part(MIB, 2 * MIB),),
        (part(0, SIZE, SIZE + 1),),
    ],
    ids=["PL-04 empty", "PL-04 cut", "PL-04 wrong type", "PL-05 last missing", "PL-05 first missing", "PL-04 too much"],
)
def test_pl04_pl05_damaged_parts_are_set_aside_before_the_server_meets_them(
    tmp_path: Path, registry: RegistryServer, parts: tuple[dict[str, int] | bytes, ...]
) -> None:
    models = tmp_path / "models"
    data = write_parts(models, *parts)
    (models / "blobs" / "sha256-other").write_bytes(b"other")
    server = ScriptedServer([[MANIFEST, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server, models=models) as desk:
            job = await desk.pulls.add(registry.name(), insecure=True, consented=True)
            await desk.reaches(job.id, PullState.FINISHED)
            assert any("set aside" in one.reason for one in desk.history(job.id))

    asyncio.run(scenario())
    assert sorted(path.name for path in data.parent.iterdir()) == [data.name, "sha256-other"]
    assert len([path for path in (models / ASIDE).rglob("*") if path.is_file()]) == len(parts)


def test_pl04_what_is_no_file_is_set_aside_too(tmp_path: Path, registry: RegistryServer) -> None:
    models = tmp_path / "models"
    data = write_parts(models, data=None)
    data.mkdir()
    data.with_name(f"{data.name}-0").mkdir()

    async def scenario() -> None:
        async with pulls_desk(tmp_path, ScriptedServer([[MANIFEST, SUCCESS]]), models=models) as desk:
            job = await desk.pulls.add(registry.name(), insecure=True, consented=True)
            await desk.reaches(job.id, PullState.FINISHED)

    asyncio.run(scenario())
    assert list(data.parent.iterdir()) == []


def test_pl04_parts_that_cannot_be_set_aside_end_the_download_with_a_sentence(
    tmp_path: Path, registry: RegistryServer
) -> None:
    models = tmp_path / "models"
    write_parts(models, b"")
    (models / ASIDE).write_text("in the way")

    async def scenario() -> None:
        async with pulls_desk(tmp_path, ScriptedServer([[MANIFEST, SUCCESS]]), models=models) as desk:
            job = await desk.pulls.add(registry.name(), insecure=True, consented=True)
            failed = await desk.reaches(job.id, PullState.FAILED)
            assert "cannot be used" in failed.reason

    asyncio.run(scenario())


def test_pl04_parts_that_are_just_being_made_by_another_client_are_left_alone(
    tmp_path: Path, registry: RegistryServer
) -> None:
    models = tmp_path / "models"
    data = write_parts(models, part(0, MIB))

    async def scenario() -> None:
        server = ScriptedServer([[MANIFEST, SUCCESS]])
        async with pulls_desk(tmp_path, server, models=models, look_again_s=1.0) as desk:
            job = await desk.pulls.add(registry.name(), insecure=True, consented=True)
            await desk.until(lambda: desk.job(job.id).total_bytes > 0)
            write_parts(models, part(0, MIB), part(MIB, 2 * MIB))
            await desk.reaches(job.id, PullState.FINISHED)

    asyncio.run(scenario())
    assert len(list(data.parent.glob("*-partial-*"))) == 2
    assert not (models / ASIDE).exists()


def test_pl04_parts_that_only_the_server_finds_damaged_are_set_aside_and_it_tries_once_more(tmp_path: Path) -> None:
    models = tmp_path / "models"
    gate = asyncio.Event()
    server = ScriptedServer([[MANIFEST, gate, refused("EOF")], [MANIFEST, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server, models=models) as desk:
            job = await desk.pulls.add("llama3.2")
            await wait_for(server.times, lambda times: times == 1, 30.0)
            write_parts(models, b"")
            gate.set()
            done = await desk.reaches(job.id, PullState.FINISHED, PullState.FAILED)
            assert done.state is PullState.FINISHED
            assert len(server.asked) == 2

    asyncio.run(scenario())
    assert len(list((models / ASIDE).rglob("*-partial-0"))) == 1


@pytest.mark.parametrize("words", ["EOF", "unexpected end of JSON input", "invalid character 'x' looking for value"])
def test_pl04_words_about_parts_without_damaged_parts_end_the_download(tmp_path: Path, words: str) -> None:
    server = ScriptedServer([[MANIFEST, refused(words)]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server, models=tmp_path / "models") as desk:
            job = await desk.pulls.add("llama3.2")
            failed = await desk.reaches(job.id, PullState.FAILED)
            assert words in failed.reason
            assert len(server.asked) == 1

    asyncio.run(scenario())


def test_pl20_the_parts_of_another_server_are_left_alone(tmp_path: Path, registry: RegistryServer) -> None:
    models = tmp_path / "models"
    write_parts(models, b"")
    server = ScriptedServer([[MANIFEST, refused("EOF")]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server) as desk:
            job = await desk.pulls.add(registry.name(), insecure=True, consented=True)
            await desk.reaches(job.id, PullState.FAILED)
            await desk.pulls.cancel(job.id, keep_parts=False)

    asyncio.run(scenario())
    assert len(list((models / "blobs").iterdir())) == 2


def test_pl20_nothing_is_mended_or_removed_in_a_folder_that_is_shared(tmp_path: Path) -> None:
    write_parts(tmp_path, b"")
    alone, shared = ModelsDisk(tmp_path), ModelsDisk(tmp_path, is_shared=True)
    assert (alone.damaged(()), alone.leftovers([DIGEST])) == ([DIGEST], [DIGEST])
    assert (shared.damaged(()), shared.leftovers([DIGEST])) == ([], [])


def test_a_disk_that_does_not_tell_its_space_stops_nothing(tmp_path: Path) -> None:
    disk = ModelsDisk(tmp_path / "nowhere", free=lambda _folder: (_ for _ in ()).throw(OSError("gone")))
    assert disk.space_for(1) is None
    assert disk.space(()) is None
    assert disk.damaged(()) == []

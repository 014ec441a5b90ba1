"""A model becomes a file of the person's own; whatever goes wrong leaves nothing and says why."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ollama_desk.domain.errors import ModelFileError
from ollama_desk.domain.events import ExportProgressed, ExportsChanged
from ollama_desk.domain.exports import ExportOffer, ExportState
from ollama_desk.domain.models import Model
from ollama_desk.domain.server import ServerAddress
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.layers import ADAPTER, MODEL, PROJECTOR, TEMPLATE
from ollama_desk.services.exports import KEPT
from tests.support.exporting import NAME, ExportDesk, install, play
from tests.support.importing import big_file, shares, tiny_bytes
from tests.support.splitting import split_tiny

BIG = 1_500_000_000
FAR = ServerAddress("192.0.2.7")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "Ein Ordner 🙂"
    folder.mkdir()
    return folder


def names(folder: Path) -> set[str]:
    """What lies in a folder."""
    return {path.name for path in folder.iterdir()}


def test_the_weights_and_what_sees_are_written_byte_for_byte(models: Path, out: Path) -> None:
    install(models, (MODEL, tiny_bytes()), (PROJECTOR, b"sees"), (ADAPTER, b"more"), (TEMPLATE, b"{{ . }}"))

    async def scenario(desk: ExportDesk) -> None:
        offer = await desk.exports.offer(NAME)
        assert offer == ExportOffer(NAME, "owl-1b-Q4_K_M.gguf", len(tiny_bytes()), 4, 1)
        assert offer.total_bytes == len(tiny_bytes()) + 4
        job = await desk.export(out / offer.file_name)
        assert (job.state, job.reason, job.adapter_count) == (ExportState.FINISHED, "", 1)
        assert job.files == (out / "owl-1b-Q4_K_M.gguf", out / "owl-1b-Q4_K_M.mmproj.gguf")
        assert [path.read_bytes() for path in job.files] == [tiny_bytes(), b"sees"]
        assert names(out) == {path.name for path in job.files}
        assert len(desk.ends) == 1
        done = [event.job.completed_bytes for event in desk.seen.of(ExportProgressed)]
        assert sorted(done) == done

    play(scenario, models)


def test_the_parts_of_a_split_model_become_one_file(models: Path, out: Path, tmp_path: Path) -> None:
    first = split_tiny(tmp_path)
    parts = sorted(first.parent.glob("Tiny-*-of-*.gguf"), reverse=True)
    install(models, *((MODEL, part.read_bytes()) for part in parts))

    async def scenario(desk: ExportDesk) -> None:
        job = await desk.export(out / "whole.gguf")
        assert (job.state, job.reason) == (ExportState.FINISHED, "")
        assert (out / "whole.gguf").read_bytes() == tiny_bytes()
        states = [event.jobs[0].state for event in desk.seen.of(ExportsChanged)]
        assert ExportState.CHECKING in states

    play(scenario, models)


def test_parts_that_do_not_make_one_file_stay_several(models: Path, out: Path) -> None:
    install(models, (MODEL, b"one"), (MODEL, tiny_bytes()))

    async def scenario(desk: ExportDesk) -> None:
        job = await desk.export(out / "some.gguf")
        assert [path.name for path in job.files] == ["some-00001-of-00002.gguf", "some-00002-of-00002.gguf"]
        assert [path.read_bytes() for path in job.files] == [b"one", tiny_bytes()]

    play(scenario, models)


@pytest.mark.parametrize("count", [1, 2])
def test_a_damaged_model_is_not_written(models: Path, out: Path, count: int) -> None:
    manifest = install(models, *[(MODEL, bytes([number]) * 9) for number in range(count)])
    BlobFolder(models / "blobs").path(manifest.layers[-1].digest).write_bytes(b"x" * 9)

    async def scenario(desk: ExportDesk) -> None:
        job = await desk.export(out / "owl.gguf")
        assert job.state is ExportState.FAILED
        assert "damaged" in job.reason
        assert not job.is_about_place
        assert not names(out)
        assert len(desk.ends) == 1

    play(scenario, models)


def test_a_file_that_is_there_goes_only_where_the_person_said_so(models: Path, out: Path) -> None:
    install(models, (MODEL, tiny_bytes()))
    (out / "owl.gguf").write_bytes(b"mine")

    async def scenario(desk: ExportDesk) -> None:
        job = await desk.export(out / "owl.gguf")
        assert (job.state, "already" in job.reason) == (ExportState.FAILED, True)
        assert (out / "owl.gguf").read_bytes() == b"mine"
        job = await desk.export(out / "owl.gguf", replace=True)
        assert job.state is ExportState.FINISHED
        assert (out / "owl.gguf").read_bytes() == tiny_bytes()

    play(scenario, models)


def test_what_stands_where_the_projector_belongs_is_never_replaced(models: Path, out: Path) -> None:
    install(models, (MODEL, tiny_bytes()), (PROJECTOR, b"sees"))
    (out / "owl.mmproj.gguf").write_bytes(b"mine")

    async def scenario(desk: ExportDesk) -> None:
        job = await desk.export(out / "owl.gguf", replace=True)
        assert job.state is ExportState.FAILED
        assert "owl.mmproj.gguf" in job.reason
        assert names(out) == {"owl.mmproj.gguf"}

    play(scenario, models)


def test_what_was_written_goes_when_the_rest_fails(models: Path, out: Path) -> None:
    manifest = install(models, (MODEL, tiny_bytes()), (PROJECTOR, b"sees"))
    BlobFolder(models / "blobs").path(manifest.layers[0].digest).write_bytes(b"x")

    async def scenario(desk: ExportDesk) -> None:
        assert (await desk.export(out / "owl.gguf")).state is ExportState.FAILED
        assert not names(out)

    play(scenario, models)


def test_cancelling_leaves_nothing_and_the_next_one_goes_on(models: Path, out: Path, tmp_path: Path) -> None:
    install(models, (MODEL, big_file(tmp_path / "big.gguf", BIG)))
    install(models, (MODEL, tiny_bytes()), name="wren")

    async def scenario(desk: ExportDesk) -> None:
        first = desk.exports.start(NAME, out / "big.gguf")
        second = desk.exports.start("wren", out / "wren.gguf")
        third = desk.exports.start("wren", out / "third.gguf")
        assert (await desk.until(first, ExportState.WRITING)).state is ExportState.WRITING
        assert desk.job(second).state is ExportState.QUEUED
        desk.exports.cancel(third)
        assert desk.job(third).state is ExportState.CANCELLED
        desk.exports.cancel(first)
        assert (await desk.end(first)).state is ExportState.CANCELLED
        assert desk.job(first).total_bytes > BIG
        assert (await desk.end(second)).state is ExportState.FINISHED
        assert names(out) == {"wren.gguf"}
        assert len(desk.ends) == 1
        desk.exports.cancel(second)
        assert desk.job(second).state is ExportState.FINISHED

    play(scenario, models)


def test_leaving_in_the_middle_leaves_nothing(models: Path, out: Path, tmp_path: Path) -> None:
    install(models, (MODEL, big_file(tmp_path / "big.gguf", BIG)))

    async def scenario(desk: ExportDesk) -> None:
        job = desk.exports.start(NAME, out / "big.gguf")
        await desk.until(job, ExportState.WRITING)

    play(scenario, models)
    assert not names(out)


def test_only_the_latest_exports_are_remembered(models: Path, out: Path) -> None:
    async def scenario(desk: ExportDesk) -> None:
        for number in range(KEPT + 2):
            assert (await desk.export(out / f"{number}.gguf")).state is ExportState.FAILED
        assert [job.id for job in desk.exports.jobs] == [*range(3, KEPT + 3)]

    play(scenario, models)


def test_a_disk_without_room_is_not_filled(models: Path, out: Path, tmp_path: Path) -> None:
    if shares(tmp_path):
        pytest.skip("this disk copies nothing")
    huge = tmp_path / "huge"
    try:
        with huge.open("wb") as file:
            file.truncate(4 << 40)
    except OSError:
        pytest.skip("this disk has no files with holes")
    install(models, (MODEL, huge))

    async def scenario(desk: ExportDesk) -> None:
        job = await desk.export(out / "owl.gguf")
        assert job.state is ExportState.FAILED
        assert "Choose another place" in job.reason
        assert job.is_about_place
        assert not names(out)

    play(scenario, models)


def test_a_folder_that_is_gone_is_said(models: Path, out: Path) -> None:
    install(models, (MODEL, tiny_bytes()))

    async def scenario(desk: ExportDesk) -> None:
        job = await desk.export(out / "gone" / "owl.gguf")
        assert "There is no folder" in job.reason
        assert not (out / "gone").exists()

    play(scenario, models)


Arrange = Callable[[Path], None]


@pytest.mark.parametrize(
    ("arrange", "says"),
    [
        (lambda folder: None, "are not in the models folder"),  # noqa: ARG005 - nothing is there
        (lambda folder: install(folder, (TEMPLATE, b"x")), "not in a GGUF file"),
    ],
)
def test_what_cannot_be_exported_says_why(models: Path, arrange: Arrange, says: str) -> None:
    arrange(models)

    async def scenario(desk: ExportDesk) -> None:
        with pytest.raises(ModelFileError, match=says):
            await desk.exports.offer(NAME)

    play(scenario, models)


def test_a_server_elsewhere_keeps_its_files_to_itself(models: Path) -> None:
    async def scenario(desk: ExportDesk) -> None:
        assert "another machine" in desk.exports.refusal()
        with pytest.raises(ModelFileError, match="another machine"):
            await desk.exports.offer(NAME)

    play(scenario, models, address=FAR)


def test_a_models_folder_that_cannot_be_read_is_said() -> None:
    async def scenario(desk: ExportDesk) -> None:
        assert desk.exports.refusal(NAME) == ""
        with pytest.raises(ModelFileError, match="cannot be read"):
            await desk.exports.offer(NAME)

    play(scenario, None)


def test_a_model_that_runs_elsewhere_has_no_weights_here(models: Path) -> None:
    async def scenario(desk: ExportDesk) -> None:
        desk.models.models = (Model(NAME, remote_host="example.org"),)
        assert "example.org" in desk.exports.refusal(NAME)

    play(scenario, models)

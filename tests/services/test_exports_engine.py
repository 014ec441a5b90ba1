"""Exports from the folders of running servers: out and in again gives the same model."""

import asyncio
from pathlib import Path

from ollama_desk.domain.events import ExportFinished, ModelsChanged
from ollama_desk.domain.exports import ExportState
from ollama_desk.domain.imports import ImportState
from tests.support.engine import EngineProcess
from tests.support.gguf_pieces import projector
from tests.support.importing import ImportDesk, import_desk, tiny_bytes, tiny_file
from tests.support.models import STORY

LONG_S = 60.0


async def export(scene: ImportDesk, name: str, folder: Path) -> list[Path]:
    """The files of a whole export into a folder."""
    exports = scene.desk.exports
    offer = await exports.offer(name)
    job_id = exports.start(name, folder / offer.file_name)
    await scene.seen.until(lambda: next(job for job in exports.jobs if job.id == job_id).state.is_over, LONG_S)
    job = next(job for job in exports.jobs if job.id == job_id)
    assert (job.state, job.reason) == (ExportState.FINISHED, "")
    assert scene.seen.of(ExportFinished)[-1].job == job
    return list(job.files)


def weights_of(folder: Path, name: str) -> list[str]:
    """The digests of the weights that the manifest of a model names."""
    text = (folder / "manifests" / "registry.ollama.ai" / "library" / name.replace(":", "/")).read_text()
    return [piece[:71] for piece in text.split('image.model","digest":"')[1:]]


def test_what_was_exported_can_be_imported_as_the_same_model(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with import_desk(tmp_path) as scene:
            await scene.bring(tiny_file(tmp_path / "tiny.gguf"), name="owl:1b")
            files = await export(scene, "owl:1b", tmp_path)
            assert [path.name for path in files] == ["owl-1b-Q4_0.gguf"]
            assert files[0].read_bytes() == tiny_bytes()
            job = await scene.bring(files[0], name="again:1b")
            assert job.state is ImportState.FINISHED
            first, second = (weights_of(scene.models, name) for name in ("owl:1b", "again:1b"))
            assert first == second != []
            assert STORY in await scene.ask("again:1b")

    asyncio.run(scenario())


def test_another_server_of_this_machine_lets_its_files_be_read(tmp_path: Path) -> None:
    async def scenario(engine: EngineProcess) -> None:
        tiny, sees = tiny_file(tmp_path / "tiny.gguf"), projector(tmp_path / "sees.gguf")
        files = {path.name: engine.upload(path) for path in (tiny, sees)}
        reply = engine.ask("POST", "/api/create", {"model": "owl:1b", "files": files, "stream": False})
        assert reply.status == 200, reply.body
        async with import_desk(tmp_path, port=engine.port) as scene:
            await scene.seen.wait_for(ModelsChanged, lambda event: bool(event.models), LONG_S)
            written = await export(scene, "owl:1b", tmp_path)
            assert [path.read_bytes() for path in written] == [tiny.read_bytes(), sees.read_bytes()]
            assert written[1].name == "owl-1b-Q4_0.mmproj.gguf"

    with EngineProcess(tmp_path / "theirs") as engine:
        asyncio.run(scenario(engine))

"""Starts the runner that a request needs, and says what is wrong with a file that cannot be loaded."""

import asyncio
import logging
from pathlib import Path

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import ModelFileError, ModelLoadError
from ollama_desk.engine.loading import Launch, Wanted
from ollama_desk.engine.process import RunnerProcess, start_runner
from ollama_desk.engine.runner import RunnerSpec
from ollama_desk.registry.gguf import read_gguf

log = logging.getLogger(__name__)


async def launch_runner(
    wanted: Wanted, launch: Launch, scope: TaskScope, *, slots: int, timeout_s: float | None
) -> RunnerProcess:
    """A runner with ``wanted`` in it.

    Args:
        wanted: what to load.
        launch: how this engine's runners are started.
        scope: owns the task that follows the child.
        slots: conversations at the same time, for which there is memory.
        timeout_s: how long loading may take; ``None`` is without limit.

    Raises:
        ModelLoadError: it cannot be loaded, or not in time.
    """
    try:
        runner = await start_runner(_spec(wanted, launch, slots), scope, timeout_s=timeout_s)
    except ModelLoadError:
        await _blame_file(wanted.path)
        raise
    log.info("loaded %s with %d x %d tokens, runner %d", wanted.name, slots, wanted.options.n_ctx, runner.pid)
    return runner


def _spec(wanted: Wanted, launch: Launch, slots: int) -> RunnerSpec:
    options = wanted.options
    return RunnerSpec(
        model=wanted.path,
        projector=wanted.projector,
        adapters=wanted.adapters,
        n_ctx=options.n_ctx,
        slots=slots,
        n_gpu_layers=options.n_gpu_layers,
        main_gpu=options.main_gpu,
        n_threads=options.n_threads,
        n_batch=options.n_batch,
        use_mmap=options.use_mmap,
        cache=launch.cache,
        flash_attention=launch.flash_attention,
        embedding=options.embedding,
        shift=options.shift,
        chat_template=options.chat_template,
    )


async def _blame_file(path: str) -> None:
    """Say what is wrong with the file rather than that llama.cpp cannot load it.

    Raises:
        ModelLoadError: it is damaged.
    """
    try:
        await asyncio.to_thread(read_gguf, Path(path))
    except ModelFileError as error:
        raise ModelLoadError(str(error), status=500) from error

"""What the window is shown of imports, without files or a server."""

from pathlib import Path

from ollama_desk.domain.imports import ImportJob, ImportOffer, ImportState

GIGABYTE = 1_000_000_000


def offer(
    *,
    projector: bool = False,
    can_link: bool = False,
    copy_bytes: int = 2 * GIGABYTE,
    free_bytes: int | None = 50 * GIGABYTE,
    files: tuple[Path, ...] = (Path("/home/ada/Downloads/llama.gguf"),),
    title: str = "Llama 3.2",
) -> ImportOffer:
    """A model of 2 GB."""
    return ImportOffer(
        files=files,
        projector=Path("/home/ada/Downloads/mmproj.gguf") if projector else None,
        name="llama-3.2:q4_k_m",
        size_bytes=2 * GIGABYTE,
        title=title,
        architecture="llama",
        parameter_size="3.2B",
        quantization="Q4_K_M",
        context_length=131_072,
        copy_bytes=copy_bytes,
        free_bytes=free_bytes,
        folder="" if free_bytes is None else "/models",
        can_link=can_link,
    )


def job(
    state: ImportState, *, done: int = 0, total: int = 2 * GIGABYTE, speed: float = 0.0, reason: str = ""
) -> ImportJob:
    """The import with the number 1."""
    left_s = (total - done) / speed if speed else None
    return ImportJob(1, "llama-3.2:q4_k_m", state, total, done, speed, left_s, reason)

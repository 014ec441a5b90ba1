"""What files stand for and what their import would need, told before anything of it is done."""

from collections.abc import Sequence
from pathlib import Path

from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.imports import ImportOffer
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.offered import Offered, examine, proposed_name
from ollama_desk.registry.placing import Clone, device_of, free_bytes


def offer_of(paths: Sequence[Path], taken: frozenset[str], folder: Path | None) -> ImportOffer:
    """Look at the files. Blocks.

    Args:
        paths: of the files.
        taken: the keys of the names that cannot be given.
        folder: the models folder; None where it is not ours to write to.

    Raises:
        ModelFileError: they are no model that could be imported.
        StorageError: one cannot be read.
    """
    offered = examine(paths)
    header = offered.header
    shares = folder is not None and _can_share(offered, folder)
    return ImportOffer(
        files=tuple(file.path for file in offered.weights),
        projector=None if offered.projector is None else offered.projector.path,
        name=proposed_name(offered, taken),
        size_bytes=offered.size_bytes,
        title=header.text("general.name"),
        architecture=header.architecture,
        parameter_size=header.parameter_size,
        quantization=header.quantization,
        context_length=header.context_length,
        copy_bytes=0 if shares else offered.size_bytes,
        free_bytes=None if folder is None else free_bytes(folder),
        folder="" if folder is None else str(folder),
        can_link=folder is not None and not shares and _can_link(offered, folder),
    )


def _can_share(offered: Offered, folder: Path) -> bool:
    """Whether the disk can do without a copy; asked by trying, which takes no time."""
    if len(offered.weights) > 1:
        return False
    blobs = BlobFolder(folder / "blobs")
    try:
        for source in offered.sources():
            clone = Clone.of(source, blobs)
            if clone is None:
                return False
            clone.close()
    except DeskError:  # said when it is imported
        return False
    return True


def _can_link(offered: Offered, folder: Path) -> bool:
    """Whether the files are on the disk of the models folder, each whole."""
    files = offered.weights if offered.projector is None else (*offered.weights, offered.projector)
    device = device_of(folder / "blobs")
    return len(offered.weights) == 1 and all(file.stamp.device == device for file in files)

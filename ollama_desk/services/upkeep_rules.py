"""What the upkeep of a models folder keeps its hands off, and the sentences that say why."""

from collections.abc import Sequence
from typing import Protocol

from ollama_desk.domain.errors import InvalidNameError
from ollama_desk.domain.imports import ImportJob
from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.domain.server import ServerStatus
from ollama_desk.domain.upkeep import DiskUse
from ollama_desk.registry.reference import parse_name


class Imports(Protocol):
    """The imports."""

    @property
    def jobs(self) -> tuple[ImportJob, ...]: ...


def unseen_because(status: ServerStatus) -> str:
    """Why the folder of this server cannot be looked at."""
    if not status.address.is_local:
        return "The models of this server are on another machine. Only folders of this machine can be looked at."
    if status.state.answers:
        return "The server does not tell where its models are, or its folder cannot be read from here."
    return "The server does not answer, so nobody knows where its models are."


def refusal(
    status: ServerStatus,
    *,
    shared_with: str,
    imports: Sequence[ImportJob],
    pulls: Sequence[PullJob],
    is_moving: bool,
) -> str:
    """Why nothing may be removed or mended now; empty where it may."""
    if not status.is_ours:
        return "This folder belongs to a server that Ollama Desk did not start. It removes and mends nothing there."
    if shared_with:
        return f"{_capital(shared_with)} works in this folder, too. Nothing is removed or mended there meanwhile."
    if is_moving:
        return "The models folder is being moved. Wait until that is done."
    if any(not job.state.is_over for job in imports):
        return "A model is being imported. Wait until that is done."
    if any(job.state is PullState.RUNNING and not job.layers for job in pulls):
        return "A download is just beginning, and nobody knows yet what it needs. Try again in a moment."
    return ""


def kept_digests(pulls: Sequence[PullJob]) -> frozenset[str]:
    """What downloads need that are not over, or have failed and may be tried again."""
    going = (job for job in pulls if job.state is not PullState.FINISHED)
    return frozenset(layer.digest for job in going for layer in job.layers)


def awaited_digests(use: DiskUse, pulls: Sequence[PullJob]) -> frozenset[str]:
    """What those downloads may bring; of one that has not been looked up, what its model is made of now."""
    names = {key_of(job.name) for job in pulls if job.state is not PullState.FINISHED}
    models = (model for model in use.models if key_of(model.name) in names)
    return kept_digests(pulls) | {layer.digest for model in models for layer in model.layers}


def key_of(name: str) -> str:
    """Equal for names that mean the same model."""
    try:
        return parse_name(name).key
    except InvalidNameError:
        return name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

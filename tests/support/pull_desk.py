"""A service of downloads that writes down what it is asked and answers as it is told, and jobs to show."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.pulls import LayerProgress, Offer, PullJob, PullPhase, PullState

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GB = 1_000_000_000
LAYERS = (
    LayerProgress("sha256:" + "a" * 64, 4 * GB, 3 * GB, "application/vnd.ollama.image.model"),
    LayerProgress("sha256:" + "b" * 64, 8_000, 8_000, "application/vnd.ollama.image.license"),
    LayerProgress("sha256:" + "c" * 64, 500, 0, "application/vnd.docker.container.image.v1+json"),
)
OFFER = Offer(
    "llama3.2:3b",
    "f" * 64,
    LAYERS,
    4_700_000_000,
    4_700_000_000,
    120 * GB,
    "/home/anna/models",
    licence="\nLLAMA COMMUNITY LICENSE\nAnd more.",
    parameter_size="3.2B",
    quantization="Q4_K_M",
    family="llama",
)


def pull_job(job_id: int, name: str = "", state: PullState = PullState.RUNNING, **facts: Any) -> PullJob:
    """A job in its downloading phase."""
    made = PullJob(job_id, name or f"model{job_id}:8b", state, NOW, phase=PullPhase.DOWNLOADING)
    return replace(made, **facts)


class ScriptedPulls:
    """Answers ``offer``, or raises the ``errors`` in turn; ``gate`` holds answers back."""

    def __init__(self, *jobs: PullJob, offer: Offer = OFFER) -> None:
        self.jobs = jobs
        self.offer = offer
        self.errors = list[DeskError]()  # raised in this order
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def look_up(self, name: str, *, insecure: bool = False, consented: bool = False) -> Offer:
        await self._ask(f"look up {name}{' insecure' * insecure}{' consented' * consented}")
        return replace(self.offer, name=name)

    async def add(self, name: str, *, insecure: bool = False, consented: bool = False) -> PullJob:
        await self._ask(f"add {name}{' insecure' * insecure}{' consented' * consented}")
        return pull_job(7, name, PullState.QUEUED)

    async def pause(self, job_id: int) -> None:
        await self._ask(f"pause {job_id}")

    async def resume(self, job_id: int) -> None:
        await self._ask(f"resume {job_id}")

    async def retry(self, job_id: int) -> None:
        await self._ask(f"retry {job_id}")

    async def move(self, job_id: int, place: int) -> None:
        await self._ask(f"move {job_id} to {place}")

    async def cancel(self, job_id: int, *, keep_parts: bool) -> None:
        await self._ask(f"cancel {job_id}{', keep' * keep_parts}")

    async def dismiss(self, job_id: int) -> None:
        await self._ask(f"dismiss {job_id}")

    async def clear_ended(self) -> None:
        await self._ask("clear")

    async def _ask(self, wish: str) -> None:
        self.asked.append(wish)
        await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)

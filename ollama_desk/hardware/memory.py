"""The memory that models can have on this machine: the RAM, and that of the graphics processors that are of use."""

from collections.abc import Mapping
from typing import Protocol

import psutil

from ollama_desk.domain.fit import GpuMemory, MachineMemory
from ollama_desk.domain.machine import Gpu, GpuFacts
from ollama_desk.hardware.visible import visible

APPLE = ("darwin", "arm64")
# Of the RAM, what Metal lets one program's GPU work in: two thirds of up to 36 GB and three quarters of more. Source:
# what recommendedMaxWorkingSetSize is on Apple's processors.
SMALL_MAC_BYTES = 36 << 30
SMALL_SHARE, LARGE_SHARE = (2, 3), (3, 4)


class Gpus(Protocol):
    """Who looks for graphics processors; never raises."""

    async def look(self) -> GpuFacts: ...


class MemoryProbe:
    """Looks at the RAM and at the graphics processors.

    Args:
        gpus: looks for graphics processors.
        environment: the server's, which may hide some of them from it.
        platform: as ``sys.platform`` says it.
        processor: as ``platform.machine()`` says it.
    """

    def __init__(self, gpus: Gpus, *, environment: Mapping[str, str], platform: str, processor: str) -> None:
        self._gpus = gpus
        self._environment = environment
        self._is_apple = (platform, processor) == APPLE

    async def look(self) -> MachineMemory:
        """What there is now. Never raises; what cannot be told is 0."""
        total, free = ram()
        if self._is_apple:
            return unified(total, free)
        facts = await self._gpus.look()
        there = [gpu for gpu in facts.gpus if gpu.is_of_use]
        seen, hidden = visible(there, self._environment)
        return MachineMemory(tuple(map(_memory, seen)), total, free, reason=facts.problem or hidden or _silence(seen))


def ram() -> tuple[int, int]:
    """Bytes of RAM, and of it what programs may still take without swapping; 0 where the system does not say."""
    try:
        told = psutil.virtual_memory()
    except (psutil.Error, OSError, RuntimeError, ValueError):
        return 0, 0
    return int(told.total), int(told.available)


def unified(total_bytes: int, free_bytes: int) -> MachineMemory:
    """A Mac with a processor of Apple's, whose GPU works in the RAM."""
    part, whole = SMALL_SHARE if total_bytes <= SMALL_MAC_BYTES else LARGE_SHARE
    most = total_bytes * part // whole
    gpu = GpuMemory(most, min(most, free_bytes))
    return MachineMemory((gpu,), total_bytes, free_bytes, is_unified=True)


def _memory(gpu: Gpu) -> GpuMemory:
    return GpuMemory(gpu.memory_bytes, min(gpu.free_bytes, gpu.memory_bytes))


def _silence(gpus: tuple[Gpu, ...]) -> str:
    mute = next((gpu for gpu in gpus if not gpu.memory_bytes), None)
    return f"It is not known how much memory the GPU has: {mute.name}." if mute else ""

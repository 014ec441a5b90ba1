"""Finds graphics processors: what the driver's own tool says, and what the kernel shows of them."""

import asyncio
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from ollama_desk.core.ask import Asked, ask
from ollama_desk.domain.machine import Gpu, GpuFacts, GpuVendor
from ollama_desk.hardware.apple import MacGpus

LIMIT_S = 3.0
MOST_SILENCES = 3  # after so many in a row the tool is not asked again
MIB = 1_048_576
NAME_CHARS = 80
TOOL = "nvidia-smi"
QUESTION = ("--query-gpu=name,memory.total,driver_version,memory.free,uuid", "--format=csv,noheader,nounits")
AMD_VENDOR = "0x1002"
NO_DRIVER, NO_DEVICE, NO_LIBRARY, MISMATCH = 9, 6, 12, 18  # exit codes of nvidia-smi
# A name may have commas in it; memory that a GPU shares with the processor is "[N/A]".
ROW = re.compile(r"(.*\S)\s*,\s*([^,]*),\s*(\d[\d.]*)\s*(?:,\s*([^,]*),\s*([^,]*))?")


class GpuProbe:
    """Asks at most once at a time; a tool that hangs is killed, and not asked for ever.

    Args:
        environment: the app's own; its PATH is searched for the tool.
        platform: as ``sys.platform`` says it. On macOS its own profiler is asked.
        root: where ``/sys`` and ``/proc`` are.
        limit_s: for the tool's answer.
    """

    def __init__(
        self, environment: Mapping[str, str], *, platform: str, root: Path = Path("/"), limit_s: float = LIMIT_S
    ) -> None:
        self._environment = environment
        self._platform = platform
        self._root = root
        self._limit_s = limit_s
        self._silences = 0
        self._mac = MacGpus()
        self._asking = asyncio.Lock()

    async def look(self) -> GpuFacts:
        """What is there now. Never raises; at the latest 4 s later, on a Mac the first time 11 s."""
        async with self._asking:
            if self._platform == "darwin":
                return GpuFacts(await self._mac.look(self._environment))
            nvidia = await self._nvidia()
            amd = await asyncio.to_thread(amd_gpus, self._root) if self._platform == "linux" else ()
        return GpuFacts((*nvidia.gpus, *amd), nvidia.problem)

    async def _nvidia(self) -> GpuFacts:
        tool = shutil.which(TOOL, path=self._environment.get("PATH"))
        if tool is None or self._silences >= MOST_SILENCES:
            facts = await asyncio.to_thread(kernel_nvidia, self._root)
            return facts if tool is None else GpuFacts(facts.gpus, _silent(self._limit_s))
        passed = {name: text for name, text in self._environment.items() if name in ("PATH", "SYSTEMROOT", "HOME")}
        try:
            asked = await ask((tool, *QUESTION), environment=passed | {"LC_ALL": "C"}, limit_s=self._limit_s)
        except OSError as error:
            return GpuFacts(problem=f"{tool} cannot be run: {error.strerror or error}.")
        if asked.code is None:
            self._silences = MOST_SILENCES if asked.is_stuck else self._silences + 1
            return GpuFacts(problem=_silent(self._limit_s))
        self._silences = 0
        return understood(asked)


def understood(asked: Asked) -> GpuFacts:
    """What ``nvidia-smi`` said, or why it could not say it."""
    if asked.code == 0:
        gpus = tuple(gpu for line in asked.text.splitlines() if (gpu := _row(line)) is not None)
        return GpuFacts(gpus, "" if gpus else f"{TOOL} answered in words that are not understood.")
    if asked.code == NO_DEVICE or "No devices were found" in asked.text:
        return GpuFacts()
    if asked.code == MISMATCH or "version mismatch" in asked.text:
        return GpuFacts(
            problem="The NVIDIA driver was updated while it was in use, so the GPU cannot be used. Restart the machine."
        )
    if asked.code in (NO_DRIVER, NO_LIBRARY):
        return GpuFacts(
            problem="The NVIDIA driver is installed but does not run, so the GPU cannot be used. "
            "Restart the machine; if that does not help, install the driver again."
        )
    return GpuFacts(problem=f"{TOOL} failed with exit code {asked.code}, so it is not known whether the GPU works.")


def kernel_nvidia(root: Path) -> GpuFacts:
    """The NVIDIA GPUs that a loaded driver shows, where its tool is not installed."""
    found = []
    for information in sorted((root / "proc/driver/nvidia/gpus").glob("*/information")):
        named = re.search(r"^Model:\s*(.+)$", _text(information), re.MULTILINE)
        found.append(Gpu(GpuVendor.NVIDIA, _name(named[1]) if named else "NVIDIA GPU", driver=_driver(root)))
    return GpuFacts(tuple(found))


def amd_gpus(root: Path) -> tuple[Gpu, ...]:
    """The GPUs that the kernel's ``amdgpu`` drives."""
    if not (root / "sys/module/amdgpu").is_dir():
        return ()
    found = []
    for card in sorted((root / "sys/class/drm").glob("card[0-9]*")):
        device = card / "device"
        if "-" in card.name or _text(device / "vendor").strip() != AMD_VENDOR:
            continue
        memory, used = _number(device / "mem_info_vram_total"), _number(device / "mem_info_vram_used")
        name = _name(_text(device / "product_name")) or "AMD GPU"
        found.append(Gpu(GpuVendor.AMD, name, memory, free_bytes=max(memory - used, 0)))
    return tuple(found)


def _row(line: str) -> Gpu | None:
    row = ROW.fullmatch(line.strip())
    if row is None:
        return None
    return Gpu(
        GpuVendor.NVIDIA, _name(row[1]), _mib(row[2]), row[3], free_bytes=_mib(row[4] or ""), uuid=_name(row[5] or "")
    )


def _mib(text: str) -> int:
    return int(text) * MIB if text.strip().isdecimal() and text.isascii() else 0


def _driver(root: Path) -> str:
    found = re.search(r"\s(\d+\.[\d.]+)\s", _text(root / "proc/driver/nvidia/version"))
    return found[1] if found else ""


def _silent(limit_s: float) -> str:
    return f"{TOOL} did not answer within {limit_s:.0f} s, so it is not known whether the GPU works."


def _number(path: Path) -> int:
    text = _text(path).strip()
    return int(text) if text.isascii() and text.isdecimal() else 0


def _name(text: str) -> str:
    return "".join(character for character in text.strip() if character.isprintable())[:NAME_CHARS]


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""

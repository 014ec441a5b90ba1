"""What there is for models: with graphics processors that answer, that do not, and that are hidden."""

import asyncio
from pathlib import Path

import pytest

from ollama_desk.domain.fit import GpuMemory, MachineMemory
from ollama_desk.domain.machine import Gpu, GpuVendor
from ollama_desk.hardware.memory import MemoryProbe, ram, unified
from ollama_desk.hardware.probe import GpuProbe
from ollama_desk.hardware.visible import visible

MIB, GIB = 1 << 20, 1 << 30
FIRST = Gpu(GpuVendor.NVIDIA, "A", 8 * GIB, uuid="GPU-11112222")
SECOND = Gpu(GpuVendor.NVIDIA, "B", 8 * GIB, uuid="GPU-11113333")
CARD = Gpu(GpuVendor.AMD, "C", 16 * GIB)


def looked(folder: Path, script: str, *, platform: str = "linux", limit_s: float = 20.0, **said: str) -> MachineMemory:
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    gpus = GpuProbe({"PATH": f"{folder}:/usr/bin:/bin"}, platform=platform, root=folder / "root", limit_s=limit_s)
    probe = MemoryProbe(gpus, environment=said, platform=platform, processor="arm64")
    return asyncio.run(probe.look())


def test_it_is_what_the_tool_and_the_system_say(tmp_path: Path) -> None:
    found = looked(tmp_path, "echo 'RTX 4070, 12282, 550.54.14, 11000, GPU-1'")
    assert found.gpus == (GpuMemory(12282 * MIB, 11000 * MIB),)
    assert 0 < found.ram_free_bytes <= found.ram_total_bytes
    assert (found.is_unified, found.reason) == (False, "")


def test_gp01_a_broken_driver_is_the_reason(tmp_path: Path) -> None:
    found = looked(tmp_path, "exit 18")
    assert found.gpus == ()
    assert "Restart the machine" in found.reason
    assert found.ram_total_bytes


def test_gp02_a_tool_that_hangs_costs_no_more_than_its_time(tmp_path: Path) -> None:
    found = looked(tmp_path, "trap '' TERM; sleep 600", limit_s=0.3)
    assert found.gpus == ()
    assert "did not answer" in found.reason


def test_gp10_what_the_environment_hides_is_told(tmp_path: Path) -> None:
    found = looked(tmp_path, "echo 'RTX, 12282, 550.54.14, 11000, GPU-1'", CUDA_VISIBLE_DEVICES="-1")
    assert found.gpus == ()
    assert found.reason == "The environment hides a GPU from the server: CUDA_VISIBLE_DEVICES=-1."


def test_memory_that_nobody_tells_is_no_memory_at_all(tmp_path: Path) -> None:
    found = looked(tmp_path, "echo 'GB10, [N/A], 580.95, [N/A], GPU-1'")
    assert found.gpus == (GpuMemory(0, 0),)
    assert found.reason == "It is not known how much memory the GPU has: GB10."


def test_a_mac_has_one_memory_for_both(tmp_path: Path) -> None:
    assert looked(tmp_path, "exit 1", platform="darwin").is_unified
    assert unified(24 * GIB, 20 * GIB).gpus == (GpuMemory(16 * GIB, 16 * GIB),)
    assert unified(64 * GIB, 20 * GIB).gpus == (GpuMemory(48 * GIB, 20 * GIB),)


def test_the_ram_of_this_machine_is_known() -> None:
    total, free = ram()
    assert 0 < free <= total


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("0", [FIRST, CARD]),
        ("1,0", [SECOND, FIRST, CARD]),
        ("0,7,1", [FIRST, CARD]),
        ("-1", [CARD]),
        ("", [CARD]),
        ("GPU-11113", [SECOND, CARD]),
        ("gpu-11112222,GPU-11112222", [FIRST, CARD]),
        ("GPU-1111", [CARD]),
        ("none", [CARD]),
        ("99999999999999999999", [CARD]),
    ],
)
def test_gp10_gpus_are_named_by_number_or_uuid(value: str, seen: list[Gpu]) -> None:
    found, reason = visible([FIRST, SECOND, CARD], {"CUDA_VISIBLE_DEVICES": value})
    assert list(found) == seen
    assert bool(reason) == (len(seen) < 3)


def test_without_a_variable_all_are_seen_and_amd_has_its_own() -> None:
    assert visible([FIRST, CARD], {}) == ((FIRST, CARD), "")
    assert visible([FIRST, CARD], {"HIP_VISIBLE_DEVICES": "3"})[0] == (FIRST,)

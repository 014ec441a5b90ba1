"""Finding graphics processors with tools that are absent, broken, hanging and garbled."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from ollama_desk.core.ask import Asked
from ollama_desk.domain.machine import Gpu, GpuFacts, GpuVendor
from ollama_desk.hardware.probe import GpuProbe, amd_gpus, kernel_nvidia, understood

LINE = "NVIDIA GeForce RTX 4070, 12282, 550.54.14\n"
RTX = Gpu(GpuVendor.NVIDIA, "NVIDIA GeForce RTX 4070", 12282 * 1_048_576, "550.54.14")


class Machine:
    """A PATH with a tool of our making, and a root without anything."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.programs = folder / "bin"
        self.programs.mkdir(parents=True)

    def tool(self, script: str) -> None:
        path = self.programs / "nvidia-smi"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def probe(self, *, platform: str = "linux", limit_s: float = 3.0) -> GpuProbe:
        path = f"{self.programs}{os.pathsep}/usr/bin{os.pathsep}/bin"
        return GpuProbe({"PATH": path}, platform=platform, root=self.root, limit_s=limit_s)

    def file(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def looked(machine: Machine, **options: object) -> GpuFacts:
    return asyncio.run(machine.probe(**options).look())  # type: ignore[arg-type]


def test_gp01_without_the_tool_there_is_nothing_and_no_problem(machine: Machine) -> None:
    assert looked(machine) == GpuFacts()


def test_the_tool_tells_name_memory_and_driver(machine: Machine) -> None:
    machine.tool(f"printf '{LINE}NVIDIA GB10, [N/A], 580.95'")
    assert looked(machine) == GpuFacts((RTX, Gpu(GpuVendor.NVIDIA, "NVIDIA GB10", 0, "580.95")))


def test_gp01_a_driver_that_does_not_run_is_a_sentence(machine: Machine) -> None:
    machine.tool("echo 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'; exit 9")
    facts = looked(machine)
    assert facts.gpus == ()
    assert "does not run" in facts.problem


def test_gp01_a_driver_that_was_updated_asks_for_a_restart(machine: Machine) -> None:
    machine.tool("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18")
    assert "Restart the machine." in looked(machine).problem


def test_gp01_no_devices_is_no_problem(machine: Machine) -> None:
    machine.tool("echo 'No devices were found'; exit 6")
    assert looked(machine) == GpuFacts()


@pytest.mark.parametrize("garbage", ["head -c 3000 /dev/urandom", "echo 'a, b, c'", "echo ''", "yes , , ,"])
def test_garbage_is_not_understood(machine: Machine, garbage: str) -> None:
    machine.tool(garbage)
    facts = looked(machine, limit_s=5.0)
    assert facts.gpus == ()
    assert facts.problem


def test_gp02_a_tool_that_hangs_and_ignores_the_request_to_end_is_killed(machine: Machine, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    machine.tool(f"trap '' TERM INT HUP; echo $$ >> {pids}; sleep 600 & echo $! >> {pids}; wait; sleep 600")
    began = time.monotonic()
    facts = looked(machine, limit_s=0.5)
    assert "did not answer" in facts.problem
    assert time.monotonic() - began < 30
    for pid in map(int, pids.read_text().split()):
        stat = Path(f"/proc/{pid}/stat")
        assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_gp02_it_is_never_asked_twice_at_once_and_after_three_silences_no_more(
    machine: Machine, tmp_path: Path
) -> None:
    times = tmp_path / "times"
    machine.tool(f"echo begin >> {times}; sleep 600")

    async def scenario() -> list[GpuFacts]:
        probe = machine.probe(limit_s=0.4)
        first = await asyncio.gather(probe.look(), probe.look())
        assert times.read_text().split() == ["begin"] * 2
        return [*first, await probe.look(), await probe.look(), await probe.look()]

    began = time.monotonic()
    facts = asyncio.run(scenario())
    assert time.monotonic() - began >= 1.2, "one after the other"
    assert all("did not answer" in each.problem for each in facts)
    assert times.read_text().split() == ["begin"] * 3


def test_a_tool_that_cannot_be_run_is_a_sentence(machine: Machine) -> None:
    (machine.programs / "nvidia-smi").write_text("no program")
    (machine.programs / "nvidia-smi").chmod(0o755)
    assert "cannot be run" in looked(machine).problem


def test_on_macos_the_tools_of_other_systems_are_not_asked(machine: Machine) -> None:
    machine.tool(f"printf '{LINE}'")
    assert looked(machine, platform="darwin") == GpuFacts()


def test_a_loaded_driver_without_its_tool_is_seen_in_proc(machine: Machine) -> None:
    machine.file("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA GeForce GTX 1060\nIRQ: 1\n")
    machine.file("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu\n")
    expected = Gpu(GpuVendor.NVIDIA, "NVIDIA GeForce GTX 1060", driver="550.54.14")
    assert kernel_nvidia(machine.root) == GpuFacts((expected,))
    assert looked(machine) == GpuFacts((expected,))


def test_an_amd_card_is_seen_in_sys_with_its_memory(machine: Machine) -> None:
    machine.file("sys/class/drm/card1/device/vendor", "0x1002\n")
    machine.file("sys/class/drm/card1/device/mem_info_vram_total", "17163091968\n")
    machine.file("sys/class/drm/card1-DP-1/device/vendor", "0x1002\n")
    machine.file("sys/class/drm/card0/device/vendor", "0x8086\n")
    assert amd_gpus(machine.root) == ()
    machine.file("sys/module/amdgpu/version", "")
    assert amd_gpus(machine.root) == (Gpu(GpuVendor.AMD, "AMD GPU", 17_163_091_968),)
    assert looked(machine).gpus[0].is_of_use
    assert not Gpu(GpuVendor.AMD, "AMD GPU", 536_870_912).is_of_use


def test_an_unknown_exit_code_is_told() -> None:
    assert "exit code 255" in understood(Asked(255, "")).problem


def test_the_tool_tells_what_is_free_and_who_it_is(machine: Machine) -> None:
    asked = machine.root.parent / "asked"
    machine.tool(f"echo $* > {asked}; echo 'A, B, 24576, 550.54.14, 20000, GPU-5a1c'; echo 'C, 8192, 1.2, [N/A], '")
    first, second = looked(machine).gpus
    assert (first.name, first.memory_bytes, first.free_bytes) == ("A, B", 24576 << 20, 20000 << 20)
    assert (first.uuid, second.free_bytes, second.uuid) == ("GPU-5a1c", 0, "")
    assert "memory.free,uuid" in asked.read_text()


def test_the_kernel_tells_what_is_free_on_an_amd_card(machine: Machine) -> None:
    machine.file("sys/module/amdgpu/version", "")
    for name, text in {"vendor": "0x1002", "mem_info_vram_total": "9000", "mem_info_vram_used": "2000"}.items():
        machine.file(f"sys/class/drm/card0/device/{name}", text)
    (card,) = amd_gpus(machine.root)
    assert (card.memory_bytes, card.free_bytes) == (9000, 7000)

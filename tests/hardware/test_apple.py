"""The graphics processors of Macs, as the system profiler of several machines tells of them."""

import asyncio
import json
from pathlib import Path

from ollama_desk.domain.machine import Gpu, GpuFacts, GpuVendor, idle_gpu
from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.hardware.apple import MacGpus, mac_gpus

GIB = 1 << 30
# What `system_profiler -json SPDisplaysDataType` prints, shortened to one display each.
SILICON = """{
  "SPDisplaysDataType" : [
    {
      "_name" : "Apple M1 Pro",
      "spdisplays_mtlgpufamilysupport" : "spdisplays_metal4",
      "spdisplays_ndrvs" : [ { "_name" : "Color LCD", "_spdisplays_resolution" : "1728 x 1117 @ 120.00Hz" } ],
      "spdisplays_vendor" : "sppci_vendor_Apple",
      "sppci_bus" : "spdisplays_builtin",
      "sppci_cores" : "16",
      "sppci_device_type" : "spdisplays_gpu",
      "sppci_model" : "Apple M1 Pro"
    }
  ]
}"""
INTEL = """{
  "SPDisplaysDataType" : [
    {
      "_name" : "kHW_IntelUHDGraphics630Item",
      "_spdisplays_vram" : "1536 MB",
      "spdisplays_vendor" : "Intel",
      "spdisplays_vram_shared" : "1536 MB",
      "sppci_device_type" : "spdisplays_gpu",
      "sppci_model" : "Intel UHD Graphics 630"
    },
    {
      "_name" : "kHW_AMDRadeonPro5500MItem",
      "spdisplays_vendor" : "sppci_vendor_amd",
      "spdisplays_vram" : "8 GB",
      "sppci_bus" : "spdisplays_pcie_device",
      "sppci_model" : "AMD Radeon Pro 5500M"
    }
  ]
}"""


def profiler(folder: Path, script: str) -> Path:
    program = folder / "system_profiler"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_a_processor_of_apples_has_its_gpu_within() -> None:
    (gpu,) = mac_gpus(SILICON)
    assert gpu == Gpu(GpuVendor.APPLE, "Apple M1 Pro")
    assert gpu.is_of_use


def test_on_a_mac_with_intels_processor_no_server_computes_on_the_gpu() -> None:
    built_in, card = mac_gpus(INTEL)
    assert (built_in.vendor, built_in.name, built_in.memory_bytes) == (GpuVendor.OTHER, "Intel UHD Graphics 630", 0)
    assert (card.vendor, card.name, card.memory_bytes) == (GpuVendor.AMD, "AMD Radeon Pro 5500M", 8 * GIB)
    assert not built_in.is_of_use
    assert not card.is_of_use


def test_the_built_in_engine_does_not_leave_a_gpu_of_apples_idle() -> None:
    ours = ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN)
    assert idle_gpu(GpuFacts(mac_gpus(SILICON)), ours) is None
    assert idle_gpu(GpuFacts(mac_gpus(INTEL)), ours) is None


def test_what_is_not_understood_is_left_out() -> None:
    rows = [
        {"sppci_model": 7},
        "a word",
        {"sppci_model": "X\x1b[1m" + "y" * 200},
        {"_name": "Z", "spdisplays_vram": "?"},
    ]
    assert [gpu.name[:4] for gpu in mac_gpus(json.dumps({"SPDisplaysDataType": rows}))] == ["X[1m", "Z"]
    for told in ("", "no JSON", "[]", "{}", '{"SPDisplaysDataType": {}}', "[" * 5000):
        assert mac_gpus(told) == ()


def test_it_is_asked_once(tmp_path: Path) -> None:
    counted = tmp_path / "count"
    program = profiler(tmp_path, f"echo once >> {counted}\ncat <<'END'\n{SILICON}\nEND")

    async def scenario() -> None:
        gpus = MacGpus(argv=(str(program),), limit_s=20)
        first, second = await gpus.look({"PATH": "/usr/bin:/bin"}), await gpus.look({})
        assert first == second == mac_gpus(SILICON)

    asyncio.run(scenario())
    assert counted.read_text().split() == ["once"]


def test_a_profiler_that_fails_hangs_or_is_not_there_tells_nothing(tmp_path: Path) -> None:
    async def scenario(*argv: str) -> tuple[Gpu, ...]:
        return await MacGpus(argv=argv, limit_s=0.3).look({"PATH": "/usr/bin:/bin"})

    assert asyncio.run(scenario(str(profiler(tmp_path, "exit 1")))) == ()
    assert asyncio.run(scenario(str(profiler(tmp_path, "sleep 600")))) == ()
    assert asyncio.run(scenario(str(tmp_path / "none"))) == ()

"""From a registry on a socket and an ``nvidia-smi`` on the PATH to the verdict, through the whole Desk."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from ollama_desk.domain.fit import Fit, Verdict
from ollama_desk.services.config import read_config
from ollama_desk.services.desk import open_desk
from tests.support.blob_contents import Content
from tests.support.gguf_start import LLAMA, gguf_start
from tests.support.registry_server import RegistryServer

MIB = 1 << 20
SIZE = 4700 * MIB
RTX = "echo 'NVIDIA GeForce RTX 4070, 12282, 550.54.14, {free}, GPU-1'"


class Weights(Content):
    """A model of 4.6 GiB, of which only the start is ever read."""

    def __init__(self) -> None:
        super().__init__(gguf_start(LLAMA, words=128_256))
        self.size = SIZE

    def read(self, start: int, stop: int) -> bytes:
        return super().read(start, stop).ljust(stop - start, b"\0")

    def digest(self) -> str:
        return f"sha256:{'5' * 64}"


def fit_with(folder: Path, tool: str, environment: Mapping[str, str] | None = None) -> Fit:
    """What is told of the model where ``nvidia-smi`` is this script."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "nvidia-smi").write_text(f"#!/bin/sh\n{tool}\n")
    (programs / "nvidia-smi").chmod(0o755)
    around = {"PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin", **(environment or {})}

    async def scenario() -> Fit:
        with RegistryServer() as registry:
            registry.add(Weights())
            async with open_desk(read_config(data_dir=folder, host="127.0.0.1:1", environment=around)) as desk:
                offer = await desk.pulls.look_up(registry.name(), insecure=True, consented=True)
                fit = await desk.fit.fit_of(offer)
            assert registry.sent < 16 * MIB
            return fit

    return asyncio.run(asyncio.wait_for(scenario(), 60))


@pytest.mark.parametrize(("free", "verdict"), [(11_000, Verdict.FITS_GPU), (3000, Verdict.PARTLY_CPU)])
def test_the_driver_tells_what_fits(tmp_path: Path, free: int, verdict: Verdict) -> None:
    fit = fit_with(tmp_path, RTX.format(free=free))
    if fit.machine.ram_free_bytes > SIZE:
        assert fit.verdict is verdict
    assert (fit.gpu_free_bytes, fit.gpu_total_bytes) == (free * MIB, 12_282 * MIB)
    assert (fit.weights_bytes, fit.cache_bytes) == (SIZE, 512 * MIB)
    assert fit.reason == ""


@pytest.mark.parametrize(
    ("tool", "environment", "reason"),
    [
        ("exit 9", {}, "driver is installed but does not run"),
        ("trap '' TERM; sleep 600", {}, "did not answer within 3 s"),
        (RTX.format(free=11_000), {"CUDA_VISIBLE_DEVICES": "GPU-7"}, "CUDA_VISIBLE_DEVICES=GPU-7"),
    ],
    ids=["GP-01", "GP-02", "GP-10"],
)
def test_gp01_gp02_gp10_a_gpu_that_cannot_be_used_is_the_reason(
    tmp_path: Path, tool: str, environment: Mapping[str, str], reason: str
) -> None:
    fit = fit_with(tmp_path, tool, environment)
    assert reason in fit.reason
    assert fit.verdict in (Verdict.FITS_MEMORY_SLOW, Verdict.WILL_NOT_RUN)
    assert fit.layers_on_gpu == 0

"""Estimates for models of a registry, of a folder and of a server, on machines of the test's making."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ollama_desk.core.web import Web
from ollama_desk.domain.errors import ModelNotFoundError
from ollama_desk.domain.fit import Fit, GpuMemory, MachineMemory, Verdict
from ollama_desk.domain.models import Model, ModelDetails, RunningModel
from ollama_desk.domain.pulls import LayerProgress, Offer
from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState, ServerStatus
from ollama_desk.registry.challenge import Keyring
from ollama_desk.registry.layers import CONFIG, LICENSE, MODEL, PARAMETERS, PROJECTOR
from ollama_desk.registry.patience import Patience
from ollama_desk.registry.remote import Registry
from ollama_desk.services.fit import FitService
from tests.support.blob_contents import MIB
from tests.support.gguf_start import LLAMA, gguf_start
from tests.support.registry_server import MANIFEST, Refusal, RegistryServer

GIB = 1 << 30
START = gguf_start(LLAMA, words=128_256)
PLENTY = MachineMemory((GpuMemory(24 * GIB, 24 * GIB),), 64 * GIB, 48 * GIB)
OURS = ServerStatus(ServerState.READY, kind=ServerKind.OLLAMA)


@dataclass
class Around:
    """The machine and the server, as the test says."""

    machine: MachineMemory = PLENTY
    status: ServerStatus = OURS
    models: tuple[Model, ...] = ()
    running: tuple[RunningModel, ...] = ()
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameters: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    looks: int = 0
    now_s: float = 0.0

    async def look(self) -> MachineMemory:
        self.looks += 1
        return self.machine

    async def details(self, name: str) -> ModelDetails:
        if name not in self.shown:
            raise ModelNotFoundError(f"There is no model {name}.", status=404)
        return ModelDetails(name, info=self.shown[name], parameters=self.parameters)


@dataclass
class Bench:
    """A service, and what it is asked about."""

    fits: FitService
    around: Around
    server: RegistryServer
    folder: Path

    def offer(self, weights: bytes = START, *, digest: str = "1" * 64) -> Offer:
        layer = self.server.add(weights)[0]
        layers = (
            LayerProgress(layer, len(weights), media_type=MODEL),
            LayerProgress("sha256:" + "2" * 64, 1000, media_type=PROJECTOR),
            LayerProgress("sha256:" + "3" * 64, 9999, media_type=LICENSE),
        )
        return Offer(self.server.name(), digest, layers, 0, 0, None, insecure=True)

    def install(self, name: str, *, parameters: bytes = b"{}") -> None:
        """Put a model into the folder of our server."""
        rows = [self._blob(MODEL, START), self._blob(PARAMETERS, parameters), self._blob(CONFIG, b"{}")]
        told = {"schemaVersion": 2, "mediaType": MANIFEST, "config": rows[2], "layers": rows[:2]}
        path = self.folder / "manifests/registry.ollama.ai/library" / name / "latest"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(told))
        self.around.models += (Model(f"{name}:latest", digest="a" * 64, size_bytes=len(START)),)

    def _blob(self, kind: str, data: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs").mkdir(exist_ok=True)
        (self.folder / "blobs" / f"sha256-{digest}").write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}


def play(folder: Path, scenario: Callable[[Bench], Awaitable[None]], around: Around | None = None) -> None:
    place = around or Around()

    async def run() -> None:
        with RegistryServer() as server:
            web = Web()
            registry = Registry(web, Keyring(web), patience=Patience(stall_s=20.0))
            fits = FitService(
                registry,
                memory=place,
                models=place,
                status=lambda: place.status,
                own_folder=lambda: folder,
                environment=place.environment,
                clock=lambda: place.now_s,
            )
            try:
                await scenario(Bench(fits, place, server, folder))
            finally:
                await web.aclose()

    asyncio.run(asyncio.wait_for(run(), 60))


def test_an_offer_is_reckoned_from_its_first_bytes_and_its_layers(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        offer = bench.offer()
        fit = await bench.fits.fit_of(offer)
        assert (fit.verdict, fit.layers) == (Verdict.FITS_GPU, 33)
        assert fit.weights_bytes == len(START) + 1000, "the projector is loaded, the licence is not"
        assert (fit.wish.context, fit.cache_bytes) == (32_768, 4 * GIB), "what Ollama gives with 24 GiB"
        asked = len(bench.server.seen)
        assert (await bench.fits.fit_of(offer, context=8192)).cache_bytes == GIB
        assert len(bench.server.seen) == asked, "what is known of a digest is kept"

    play(tmp_path, scenario)


@pytest.mark.parametrize("weights", [b"no model at all", b""])
def test_an_offer_that_cannot_be_looked_into_is_unknown_with_a_reason(tmp_path: Path, weights: bytes) -> None:
    async def scenario(bench: Bench) -> None:
        fit = await bench.fits.fit_of(bench.offer(weights))
        assert (fit.verdict, fit.weights_bytes) == (Verdict.UNKNOWN, len(weights) + 1000)
        assert fit.reason.endswith(".")
        bench.server.faults.blob = Refusal(403)
        assert (await bench.fits.fit_of(bench.offer(START))).verdict is Verdict.UNKNOWN
        bench.server.faults.blob = None
        assert (await bench.fits.fit_of(bench.offer(START))).verdict is Verdict.FITS_GPU, "a failure is not kept"

    play(tmp_path, scenario)


def test_an_installed_model_is_reckoned_from_its_file(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        bench.install("tiny")
        fit = await bench.fits.fit_of("tiny:latest")
        assert (fit.verdict, fit.layers) == (Verdict.FITS_GPU, 33)
        assert fit.weights_bytes > len(START)

    play(tmp_path, scenario)


def test_a_model_that_asks_for_a_context_of_its_own_gets_it(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        bench.install("tiny", parameters=b'{"num_ctx": 2048}')
        assert (await bench.fits.fit_of("tiny:latest")).wish.context == 2048
        assert (await bench.fits.fit_of("tiny:latest", context=512)).wish.context == 512
        bench.around.models = (Model("far", digest="c" * 64),)
        bench.around.shown = {"far": dict(LLAMA)}
        bench.around.parameters = "num_ctx    1024"
        assert (await bench.fits.fit_of("far")).wish.context == 1024

    play(tmp_path, scenario)


def test_a_server_that_is_not_ours_is_asked_what_the_model_is_like(tmp_path: Path) -> None:
    around = Around(status=ServerStatus(ServerState.EXTERNAL, kind=ServerKind.OLLAMA))
    around.models = (Model("far:latest", digest="b" * 64, size_bytes=5 * GIB),)
    around.shown = {"far:latest": {**LLAMA, "tokenizer.ggml.tokens": None}}

    async def scenario(bench: Bench) -> None:
        fit = await bench.fits.fit_of("far:latest")
        assert (fit.verdict, fit.weights_bytes, fit.layers) == (Verdict.FITS_GPU, 5 * GIB, 33)
        assert fit.buffer_bytes > 256 * MIB, "a usual vocabulary is taken for granted"
        around.status = ServerStatus(ServerState.EXTERNAL, address=ServerAddress("far.example", 11434))
        fit = await bench.fits.fit_of("far:latest")
        assert (fit.verdict, fit.need_bytes > 5 * GIB) == (Verdict.UNKNOWN, True)
        assert "another machine" in fit.reason

    play(tmp_path, scenario, around)


def test_a_model_that_nobody_knows_or_that_runs_elsewhere_is_unknown(tmp_path: Path) -> None:
    around = Around(
        models=(Model("cloud:latest", remote_host="https://far.example"), Model("odd:latest", size_bytes=7))
    )

    async def scenario(bench: Bench) -> None:
        found = [await bench.fits.fit_of(name) for name in ("missing", "odd:latest", "cloud:latest")]
        assert [(fit.verdict, fit.weights_bytes) for fit in found] == [
            (Verdict.UNKNOWN, 0),
            (Verdict.UNKNOWN, 7),
            (Verdict.UNKNOWN, 0),
        ]
        assert "far.example" in found[2].reason

    play(tmp_path, scenario, around)


def test_the_built_in_engine_leaves_the_gpu_idle_and_says_so(tmp_path: Path) -> None:
    around = Around(status=ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN))

    async def scenario(bench: Bench) -> None:
        fit = await bench.fits.fit_of(bench.offer())
        assert (fit.verdict, fit.layers_on_gpu) == (Verdict.FITS_MEMORY_SLOW, 0)
        assert "built-in engine" in fit.reason
        around.machine = MachineMemory((GpuMemory(20 * GIB, 20 * GIB),), 32 * GIB, 24 * GIB, is_unified=True)
        around.now_s = 60.0
        assert (await bench.fits.fit_of(bench.offer())).verdict is Verdict.FITS_GPU, "Metal is used by it"

    play(tmp_path, scenario, around)


def test_the_memory_alone_is_told_as_the_server_can_use_it(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        assert await bench.fits.memory() == PLENTY
        bench.around.status = ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN)
        assert (await bench.fits.memory()).gpus == ()

    play(tmp_path, scenario)


def test_what_is_loaded_makes_place(tmp_path: Path) -> None:
    busy = MachineMemory((GpuMemory(24 * GIB, GIB // 2),), 64 * GIB, 48 * GIB)

    async def scenario(bench: Bench) -> None:
        verdicts = [(await bench.fits.fit_of(bench.offer())).verdict]
        bench.around.running = (RunningModel("other", size_bytes=23 * GIB, vram_bytes=23 * GIB),)
        verdicts.append((await bench.fits.fit_of(bench.offer())).verdict)
        assert verdicts == [Verdict.FITS_MEMORY_SLOW, Verdict.FITS_GPU]

    play(tmp_path, scenario, Around(machine=busy))


@pytest.mark.parametrize(
    ("said", "cache_bytes"),
    [
        ({"OLLAMA_CONTEXT_LENGTH": "8192"}, GIB),
        ({"OLLAMA_KV_CACHE_TYPE": '"Q8_0"'}, 512 * MIB * 17 // 32),
        ({"OLLAMA_NUM_PARALLEL": "4"}, 2 * GIB),
        ({"OLLAMA_CONTEXT_LENGTH": "-3", "OLLAMA_KV_CACHE_TYPE": "odd", "OLLAMA_NUM_PARALLEL": "x"}, 512 * MIB),
        ({"OLLAMA_CONTEXT_LENGTH": "999999999"}, 16 * GIB),
    ],
)
def test_the_environment_says_how_the_server_loads(tmp_path: Path, said: dict[str, str], cache_bytes: int) -> None:
    async def scenario(bench: Bench) -> None:
        assert (await bench.fits.fit_of(bench.offer())).cache_bytes == cache_bytes

    play(tmp_path, scenario, Around(machine=MachineMemory((), 64 * GIB, 48 * GIB), environment=said))


def test_the_machine_is_looked_at_no_more_often_than_it_changes(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        offer = bench.offer()
        fits: list[Fit] = await asyncio.gather(*(bench.fits.fit_of(offer) for _ in range(5)))
        assert bench.around.looks == 1
        assert len(set(fits)) == 1
        bench.around.now_s = 6.0
        await bench.fits.fit_of(offer)
        assert bench.around.looks == 2

    play(tmp_path, scenario)

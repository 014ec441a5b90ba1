"""Whether a model will run here: its shape from wherever it lies, against the memory of the machine now."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ollama_desk.domain.errors import DeskError, ModelFileError
from ollama_desk.domain.fit import DEFAULT_CONTEXT, Fit, MachineMemory, Wish, default_context, reckon, with_freed
from ollama_desk.domain.footprint import CACHE_BYTES, PLAIN_CACHE
from ollama_desk.domain.model_shape import ModelShape, shape_of_keys
from ollama_desk.domain.models import Model, ModelDetails, RunningModel
from ollama_desk.domain.parameters import defaults_of
from ollama_desk.domain.pulls import Offer
from ollama_desk.domain.server import ServerKind, ServerStatus
from ollama_desk.registry.gguf import read_gguf
from ollama_desk.registry.layers import ADAPTER, MODEL, PROJECTOR
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.remote import Registry
from ollama_desk.registry.remote_shape import remote_shape
from ollama_desk.registry.shape import LONGEST_KEPT, shape_of
from ollama_desk.registry.source import Source
from ollama_desk.registry.store import ModelStore

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0  # at the machine, at the most
START_LIMIT_S = 30.0  # for the first bytes of a model that is not here
USUAL_VOCABULARY = 151_936  # where a server does not tell: Qwen's; those of today are between 128 000 and 262 000
CONTEXT_VARIABLE, CACHE_VARIABLE, SLOTS_VARIABLE = (
    "OLLAMA_CONTEXT_LENGTH",
    "OLLAMA_KV_CACHE_TYPE",
    "OLLAMA_NUM_PARALLEL",
)
MOST_SLOTS = 64


class Memory(Protocol):
    """Who looks at the memory of this machine; never raises."""

    async def look(self) -> MachineMemory: ...


class Models(Protocol):
    """What the server has."""

    @property
    def models(self) -> tuple[Model, ...]: ...
    @property
    def running(self) -> tuple[RunningModel, ...]: ...
    async def details(self, name: str) -> ModelDetails: ...


@dataclass(frozen=True, slots=True)
class Built:
    """What a model is, as far as its memory goes."""

    shape: ModelShape
    weights_bytes: int
    context: int = 0  # tokens that the model itself asks for; 0: it does not


class FitService:
    """Estimates. What is known of a model is kept by its digest.

    Args:
        registry: has what is not installed.
        memory: of this machine.
        models: what the server has.
        status: of the server: which GPUs it uses, and whether it is on this machine at all.
        own_folder: the models folder of a server of ours.
        environment: for the variables that Ollama reads.
        clock: seconds of a clock that never jumps.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        memory: Memory,
        models: Models,
        status: Callable[[], ServerStatus],
        own_folder: Callable[[], Path],
        environment: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._memory = memory
        self._models = models
        self._status = status
        self._own_folder = own_folder
        self._environment = environment
        self._clock = clock
        self._built: dict[str, Built] = {}  # by digest
        self._looking = asyncio.Lock()
        self._seen: tuple[float, MachineMemory] | None = None

    async def fit_of(self, wanted: Offer | str, *, context: int | None = None) -> Fit:
        """How a model will run here now.

        Args:
            wanted: an offer, or the name of an installed model.
            context: tokens of a conversation; None: as many as the model asks for, or else the server gives.

        Returns:
            ``Verdict.UNKNOWN`` with a reason where the model or the machine cannot be looked at. Never raises.
        """
        model = self._installed(wanted) if isinstance(wanted, str) else None
        if model is not None and model.remote_host:
            machine = MachineMemory(reason=f"It runs at {model.remote_host}, not on this machine.")
            return reckon(ModelShape(), 0, wish=Wish(context or DEFAULT_CONTEXT), machine=machine)
        try:
            built = (
                await self._of_offer(wanted) if isinstance(wanted, Offer) else await self._of_installed(wanted, model)
            )
        except (DeskError, TimeoutError) as error:
            log.info("It could not be told how a model is built: %s", error)
            size = _weights(wanted) if isinstance(wanted, Offer) else model.size_bytes if model is not None else 0
            built = Built(ModelShape(), size)
        machine = await self._machine()
        wish = self._wish(context or built.context, machine)
        return reckon(built.shape, built.weights_bytes, wish=wish, machine=machine)

    async def memory(self) -> MachineMemory:
        """What the machine has for models, as the server can use it, once what is loaded has made place."""
        return await self._machine()

    def _installed(self, name: str) -> Model | None:
        return next((model for model in self._models.models if model.name == name), None)

    async def _of_offer(self, offer: Offer) -> Built:
        known = self._built.get(offer.digest)
        if known is not None:
            return known
        weights = next((layer for layer in offer.layers if layer.media_type == MODEL), None)
        if weights is None:
            raise ModelFileError("The model has no weights in a GGUF file.")
        source = Source(parse_name(offer.name), insecure=offer.insecure)
        async with asyncio.timeout(START_LIMIT_S):
            shape = await remote_shape(self._registry, source, weights.digest, weights.total_bytes)
        return self._keep(offer.digest, Built(shape, _weights(offer)))

    async def _of_installed(self, name: str, model: Model | None) -> Built:
        digest = model.digest if model is not None else ""
        known = self._built.get(digest)
        if known is not None:
            return known
        if self._status().is_ours:
            try:
                return self._keep(digest, await asyncio.to_thread(_of_file, self._own_folder(), name))
            except DeskError as error:
                log.info("The file of a model could not be looked at: %s", error)
        details = await self._models.details(name)
        shape = shape_of_keys(details.info)
        shape = shape if shape.vocabulary else replace(shape, vocabulary=USUAL_VOCABULARY)
        asked = max(defaults_of(details).context_length or 0, 0)
        return self._keep(digest, Built(shape, model.size_bytes if model is not None else 0, asked))

    def _keep(self, digest: str, built: Built) -> Built:
        if digest:
            self._built[digest] = built
        return built

    def _wish(self, context: int, machine: MachineMemory) -> Wish:
        """What the server is told by its environment, or its defaults.

        More slots than one only where somebody asked for them: the built-in engine makes do with one.
        """
        cache = self._said(CACHE_VARIABLE).lower()
        return Wish(
            context or _count(self._said(CONTEXT_VARIABLE)) or default_context(machine),
            cache if cache in CACHE_BYTES else PLAIN_CACHE,
            min(_count(self._said(SLOTS_VARIABLE)) or 1, MOST_SLOTS),
        )

    def _said(self, name: str) -> str:
        return self._environment.get(name, "").strip().strip("\"'")

    async def _machine(self) -> MachineMemory:
        """The machine as the server can use it, once what is loaded has made place."""
        status = self._status()
        if not status.address.is_local:
            return MachineMemory(reason="The server is on another machine, whose memory is not known here.")
        machine = await self._looked()
        if machine.is_unified:
            return machine
        if status.kind is ServerKind.BUILT_IN and machine.gpus:
            reason = "The built-in engine does not use the GPU of this machine; Ollama would."
            return replace(machine, gpus=(), reason=reason)
        return with_freed(machine, [model.vram_bytes for model in self._models.running])

    async def _looked(self) -> MachineMemory:
        async with self._looking:
            now = self._clock()
            if self._seen is None or now - self._seen[0] > LOOK_EVERY_S:
                self._seen = now, await self._memory.look()
            return self._seen[1]


def _of_file(folder: Path, name: str) -> Built:
    """Raises ``DeskError`` where it is not there or damaged. Blocks."""
    files = ModelStore(folder).resolve(parse_name(name))
    header, asked = read_gguf(files.model_path, array_limit=LONGEST_KEPT), files.parameters.get("num_ctx")
    return Built(shape_of(header), files.size_bytes, asked if isinstance(asked, int) and asked > 0 else 0)


def _weights(offer: Offer) -> int:
    kinds = (MODEL, PROJECTOR, ADAPTER)
    return sum(layer.total_bytes for layer in offer.layers if layer.media_type in kinds)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - digits

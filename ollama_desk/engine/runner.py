"""The child process that holds one model in llama.cpp: the only place where xllamacpp is imported.

It reads one JSON line from stdin (``RunnerSpec``), answers with one on stdout (``ready`` or ``error``) and then serves
llama.cpp's HTTP interface until stdin closes. So it ends with its engine, however that one ends (HAZARDS: a server
that is killed leaves its runners behind).
"""

import json
import os
import shutil
import signal
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xllamacpp

CACHE_RAM_MIB = 256  # llama.cpp's own default for old prompts is 8 GB
UBATCH = 512  # llama.cpp's own default
CACHE_TYPES = {"f16": "GGML_TYPE_F16", "q8_0": "GGML_TYPE_Q8_0", "q4_0": "GGML_TYPE_Q4_0"}
CARDS = ("GGML_BACKEND_DEVICE_TYPE_GPU", "GGML_BACKEND_DEVICE_TYPE_IGPU")
NOWHERE = "http://runner.invalid"  # the only origin a browser page may come from: none


@dataclass(frozen=True, slots=True)
class RunnerSpec:
    """What a runner is asked to load, and where it shall listen."""

    model: str  # path of the GGUF; "" only asks how much memory the graphics cards have free
    projector: str = ""  # path of the GGUF that sees, or nothing
    adapters: tuple[str, ...] = ()  # paths of LoRA GGUFs
    socket: str = ""  # path of a unix socket in a folder of ours; "" for a TCP port on loopback
    api_key: str = ""
    n_ctx: int = 4096  # tokens of one slot
    slots: int = 1
    n_gpu_layers: int = -1  # -1: as many as fit
    main_gpu: int = -1  # -1: llama.cpp decides
    n_threads: int = 0  # 0: llama.cpp decides
    n_batch: int = 512
    use_mmap: bool = True
    cache: str = "f16"  # how keys and values are kept: a name in CACHE_TYPES
    flash_attention: bool | None = None  # None: llama.cpp decides
    embedding: bool = False
    shift: bool = False  # go on when the context is full, without its oldest half
    chat_template: str = ""  # in jinja; "": the file's own

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"


def main(argv: list[str]) -> int:  # noqa: ARG001 - the spec comes by stdin, so that no path shows in a process list
    """Load, serve, and end when stdin closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl+C in the terminal is the engine's to handle
    _end_with_parent(signal.SIGKILL)
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # where it aborts, it would let gdb write to stdout for seconds
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    spec = RunnerSpec(**json.loads(line))
    try:
        before = _free_device_bytes()
        if not spec.model:
            _say({"device_bytes": before})
            return 0
        server = _start(spec)
    except (RuntimeError, ImportError, OSError, AttributeError) as error:
        _say({"error": str(error) or type(error).__name__})
        return 1
    try:
        _end_with_parent(0)  # from here on stdin tells, and leaves time to tidy up
        _say({"ready": server.listening_address, "vram_bytes": before - _free_device_bytes()})
        sys.stdin.buffer.read()  # no time limit: the engine's life is the limit
    finally:  # also where the engine died while we loaded, and nobody hears that we are ready
        if spec.socket:
            shutil.rmtree(os.path.dirname(spec.socket), ignore_errors=True)  # noqa: PTH120 - pathlib costs 10 ms here
        os._exit(0)  # llama.cpp's server has no way to stop, and its threads would keep the process


def _end_with_parent(number: int) -> None:
    """Let the kernel send us the signal ``number`` when the engine ends; 0 for none.

    While a model loads nothing else can tell: loading holds the GIL, so no thread sees stdin close. The signal follows
    the thread that started us; the engine starts runners from its main thread.
    """
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - Linux only

    ctypes.CDLL(None).prctl(1, number)  # PR_SET_PDEATHSIG


def _say(message: dict[str, str | int]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _free_device_bytes() -> int:
    """Free memory of everything that computes and is not the processor."""
    import xllamacpp  # noqa: PLC0415 - see ``_start``

    devices = xllamacpp.get_device_info()
    return sum(device["memory_free"] for device in devices if device["type"].name in CARDS)


def _start(spec: RunnerSpec) -> "xllamacpp.Server":
    """Load the model and start llama.cpp's server.

    Raises:
        RuntimeError: it cannot be loaded; llama.cpp wrote why to stderr.
    """
    import xllamacpp  # noqa: PLC0415 - 100 ms and 50 MB that only a runner pays

    params = xllamacpp.CommonParams()
    params.model.path = spec.model
    if spec.projector:
        params.mmproj.path = spec.projector
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path) for path in spec.adapters]
    params.n_ctx, params.n_parallel = spec.n_ctx * spec.slots, spec.slots
    # a text for a vector must go in at once, any other piece by piece
    params.n_batch, params.n_ubatch = spec.n_batch, spec.n_batch if spec.embedding else min(spec.n_batch, UBATCH)
    params.embedding = spec.embedding
    params.use_jinja, params.warmup = True, False
    params.ctx_shift = spec.shift
    if spec.chat_template:
        params.chat_template = spec.chat_template
    params.cache_ram_mib = CACHE_RAM_MIB
    params.verbosity = 1  # errors only: no prompt reaches a log
    _place(params, spec)
    _close_to_others(params, spec)
    return xllamacpp.Server(params)


def _place(params: "xllamacpp.CommonParams", spec: RunnerSpec) -> None:
    """Where the weights go, how the cache is kept, and who computes."""
    import xllamacpp  # noqa: PLC0415 - see ``_start``

    params.n_gpu_layers = spec.n_gpu_layers
    if spec.main_gpu >= 0:
        params.main_gpu = spec.main_gpu
    if spec.n_threads > 0:
        params.cpuparams.n_threads = spec.n_threads
        params.cpuparams_batch.n_threads = spec.n_threads
    if not spec.use_mmap:
        params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    params.cache_type_k = params.cache_type_v = getattr(xllamacpp.ggml_type, CACHE_TYPES[spec.cache])
    if spec.flash_attention is not None:
        name = f"LLAMA_FLASH_ATTN_TYPE_{'ENABLED' if spec.flash_attention else 'DISABLED'}"
        params.flash_attn_type = getattr(xllamacpp.llama_flash_attn_type, name)


def _close_to_others(params: "xllamacpp.CommonParams", spec: RunnerSpec) -> None:
    """A runner is the engine's alone: a socket in a private folder, or a port with a key; no page, no slots."""
    settings = {
        "hostnames": [spec.socket or "127.0.0.1"],
        "port": 0,
        "ui": False,
        "endpoint_slots": False,
        "cors_origins": NOWHERE,
        "cors_credentials": False,
        "api_keys": [spec.api_key] if spec.api_key else [],
    }
    for name, value in settings.items():
        setattr(params, name, value)

"""The graphics processors of a Mac, as its own system profiler tells of them."""

import json
import logging
import re
from collections.abc import Mapping

from ollama_desk.core.ask import ask
from ollama_desk.domain.machine import Gpu, GpuVendor

log = logging.getLogger(__name__)

QUESTION = ("/usr/sbin/system_profiler", "-json", "SPDisplaysDataType")
LIMIT_S = 10.0  # it starts in a second or two where nobody asked since the machine came up
NAME_CHARS = 80
UNITS = {"MB": 1 << 20, "GB": 1 << 30}
SIZE = re.compile(r"(\d+)\s*(MB|GB)")
VENDORS = {"apple": GpuVendor.APPLE, "amd": GpuVendor.AMD, "ati": GpuVendor.AMD, "nvidia": GpuVendor.NVIDIA}


class MacGpus:
    """Asks once: what a Mac computes with does not change while it runs.

    Args:
        argv: the question, to the program that answers it.
        limit_s: for its answer.
    """

    def __init__(self, *, argv: tuple[str, ...] = QUESTION, limit_s: float = LIMIT_S) -> None:
        self._argv = argv
        self._limit_s = limit_s
        self._found: tuple[Gpu, ...] | None = None

    async def look(self, environment: Mapping[str, str]) -> tuple[Gpu, ...]:
        """What there is; nothing where the profiler does not tell. Never raises."""
        if self._found is None:
            self._found = ()
            passed = {name: text for name, text in environment.items() if name in ("PATH", "HOME")}
            try:
                asked = await ask(self._argv, environment=passed | {"LC_ALL": "C"}, limit_s=self._limit_s)
            except OSError as error:
                log.info("The system profiler cannot be run: %s", error)
            else:
                self._found = mac_gpus(asked.text) if asked.code == 0 else ()
        return self._found


def mac_gpus(told: str) -> tuple[Gpu, ...]:
    """What the profiler's JSON says; what is not understood is left out.

    A processor of Apple's has its GPU within and no memory apart. In a Mac with a processor of Intel's no server
    computes on the GPU, whoever made it.
    """
    try:
        whole = json.loads(told)
    except (ValueError, RecursionError):
        return ()
    rows = whole.get("SPDisplaysDataType") if isinstance(whole, dict) else None
    if not isinstance(rows, list):
        return ()
    found = (_gpu(row) for row in rows if isinstance(row, dict))
    return tuple(gpu for gpu in found if gpu is not None)


def _gpu(row: Mapping[str, object]) -> Gpu | None:
    name = _text(row, "sppci_model") or _text(row, "_name")
    made = _text(row, "spdisplays_vendor").casefold()
    vendor = next((vendor for word, vendor in VENDORS.items() if word in made), GpuVendor.OTHER)
    if not name:
        return None
    if vendor is GpuVendor.APPLE:
        return Gpu(vendor, name)
    return Gpu(vendor, name, _bytes(_text(row, "spdisplays_vram")), can_compute=False)


def _bytes(told: str) -> int:
    found = SIZE.search(told)
    return int(found[1]) * UNITS[found[2]] if found else 0


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    text = value if isinstance(value, str) else ""
    return "".join(character for character in text.strip() if character.isprintable())[:NAME_CHARS]

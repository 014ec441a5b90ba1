"""Which graphics processors the environment lets a server see."""

from collections.abc import Mapping, Sequence

from ollama_desk.domain.machine import Gpu, GpuVendor

# In this order; the first one that is set counts. Source: the vendors' own variables, which Ollama passes on.
VARIABLES = {
    GpuVendor.NVIDIA: ("CUDA_VISIBLE_DEVICES",),
    GpuVendor.AMD: ("HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"),
}
SHORTEST_UUID = 4  # "GPU-": less of it names everything


def visible(gpus: Sequence[Gpu], environment: Mapping[str, str]) -> tuple[tuple[Gpu, ...], str]:
    """Those of ``gpus`` that a server with this environment sees, and a sentence where that is fewer than there are."""
    seen: list[Gpu] = []
    hiding: list[str] = []
    for vendor in GpuVendor:
        own = [gpu for gpu in gpus if gpu.vendor is vendor]
        name = next((name for name in VARIABLES.get(vendor, ()) if name in environment), "")
        chosen = _chosen(own, environment[name]) if name else own
        seen += chosen
        if len(chosen) < len(own):
            hiding.append(f"{name}={environment[name][:80]}")
    if not hiding:
        return tuple(seen), ""
    return tuple(seen), f"The environment hides a GPU from the server: {', '.join(hiding)}."


def _chosen(gpus: Sequence[Gpu], value: str) -> list[Gpu]:
    """By number or the start of a UUID; CUDA takes what stands before the first entry that it does not know."""
    chosen: list[Gpu] = []
    for entry in (part.strip() for part in value.split(",")):
        if entry.isascii() and entry.isdecimal():
            found = [gpus[int(entry)]] if len(entry) < 4 and int(entry) < len(gpus) else []  # noqa: PLR2004 - digits
        elif len(entry) > SHORTEST_UUID:
            found = [gpu for gpu in gpus if gpu.uuid.lower().startswith(entry.lower())]
        else:
            found = []
        if len(found) != 1:
            break
        chosen += (gpu for gpu in found if gpu not in chosen)
    return chosen

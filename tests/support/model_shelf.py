"""A models folder full of models that look like those of the catalogue and hold nothing: for pictures and long tables.

The weights are sparse files with a true header. They cannot run, and their names are not the digests of what they hold.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from ollama_desk.core.resources import resource
from ollama_desk.domain.catalogue import CatalogueEntry, CatalogueSize
from ollama_desk.registry.reference import parse_name
from ollama_desk.services.catalogue import read_catalogue
from tests.support.gguf_start import gguf_start

QUANTISATIONS = ("Q4_K_M", "Q8_0", "Q5_K_M", "Q6_K", "Q3_K_M")
PREFIX = "application/vnd.ollama.image."
NEWEST_S = 1_790_000_000  # the moment at which the first of them was got
HOURS_BETWEEN = 31


def fill_shelf(folder: Path, count: int) -> list[str]:
    """Lay ``count`` models into the models folder ``folder``; their names, the newest first."""
    names = []
    for number, (entry, size, quantisation) in zip(range(count), _wanted(), strict=False):
        tag = "" if quantisation == QUANTISATIONS[0] else f"-{quantisation.lower()}"
        name = f"{size.ollama}{tag}"
        path = _lay(folder, name, size, family=entry.name.split()[0].lower(), quantisation=quantisation)
        moment_s = NEWEST_S - number * HOURS_BETWEEN * 3600
        os.utime(path, (moment_s, moment_s))
        names.append(name)
    return names


def _wanted() -> Iterator[tuple[CatalogueEntry, CatalogueSize, str]]:
    entries = read_catalogue(resource("catalogue.toml")).entries
    for quantisation in QUANTISATIONS:
        for entry in entries:
            for size in entry.sizes:
                if size.ollama and size.size_bytes:
                    yield entry, size, quantisation


def _lay(folder: Path, name: str, size: CatalogueSize, *, family: str, quantisation: str) -> Path:
    """Write a model; the path of its manifest."""
    header = gguf_start(
        {
            "general.architecture": family,
            "general.name": name,
            f"{family}.context_length": size.context_length,
            f"{family}.block_count": 32,
            f"{family}.embedding_length": 4096,
            f"{family}.attention.head_count": 32,
            f"{family}.attention.head_count_kv": 8,
        },
        words=16,
    )
    billions = size.parameters / 1e9
    config = {
        "model_format": "gguf",
        "model_family": family,
        "model_families": [family],
        "model_type": f"{billions:.1f}B" if billions >= 1 else f"{size.parameters / 1e6:.0f}M",
        "file_type": quantisation,
        "capabilities": sorted(size.capabilities),
        "rootfs": {"type": "layers", "diff_ids": []},
    }
    layers = [
        _blob(folder, "model", header, size.size_bytes),
        _blob(folder, "license", f"{size.licence}\n".encode()),
        _blob(folder, "params", json.dumps({"temperature": 0.7, "top_p": 0.8}).encode()),
    ]
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": _blob(folder, "config", json.dumps(config).encode())
        | {"mediaType": "application/vnd.docker.container.image.v1+json"},
        "layers": layers,
    }
    path = folder / "manifests" / Path(*parse_name(name).parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(manifest))
    return path


def _blob(folder: Path, kind: str, data: bytes, size_bytes: int = 0) -> dict[str, str | int]:
    digest = hashlib.sha256(data).hexdigest()
    path = folder / "blobs" / f"sha256-{digest}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if size_bytes > len(data):
        os.truncate(path, size_bytes)
    return {"mediaType": PREFIX + kind, "digest": f"sha256:{digest}", "size": max(size_bytes, len(data))}

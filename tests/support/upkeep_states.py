"""Models folders as the view of the disk sees them: none, few and many models, and what can be wrong with them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ollama_desk.domain.upkeep import (
    Damage,
    DiskUse,
    Health,
    LayerDamage,
    LeftFile,
    Leftover,
    LeftoverKind,
    ModelHealth,
    ModelUse,
    Upkeep,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GB = 1_000_000_000
LONG = "hf.co/an-organisation-with-a-long-name/DeepSeek-R1-0528-Qwen3-8B-Instruct-Uncensored-Imatrix-GGUF:UD-Q4_K_XL"
NAMES = ("llama3.2:3b", "qwen3:30b-a3b", "gemma3:12b", "nomic-embed-text:latest")
DAMAGES = (
    LayerDamage("sha256:" + "a" * 64, "application/vnd.ollama.image.model", Damage.CONTENT, 3 * GB, 3 * GB),
    LayerDamage("sha256:" + "b" * 64, "application/vnd.ollama.image.license", Damage.SIZE, 100, 8_000),
)


def model(name: str, own_bytes: int, *, shared_bytes: int = 0, shared_with: tuple[str, ...] = ()) -> ModelUse:
    return ModelUse(name, own_bytes, shared_bytes, NOW - timedelta(days=40), shared_with=shared_with)


def few() -> Upkeep:
    """Models of all sizes, shared layers, unused files and an unfinished download."""
    models = (
        model(NAMES[1], 18_600 * 10**6),
        model(LONG, 8_100 * 10**6, shared_bytes=2 * GB, shared_with=("mine:latest",)),
        model("mine:latest", 12_000, shared_bytes=2 * GB, shared_with=(LONG,)),
        model(NAMES[0], 2 * GB),
        model(NAMES[3], 274 * 10**6),
    )
    use = DiskUse(
        "/home/anna/.ollama/models",
        models,
        shared_bytes=2 * GB,
        unused_bytes=4_700 * 10**6,
        partial_bytes=900 * 10**6,
        free_bytes=74 * GB,
        disk_bytes=500 * GB,
    )
    return Upkeep(use, tuple(ModelHealth(each.name, Health.SOUND) for each in models))


def many(count: int = 200) -> Upkeep:
    """Two hundred models, a few large and many small ones."""
    models = tuple(model(f"model-{at}:{at % 70 + 1}b", 40 * GB // (at + 1) ** 2 + 50_000_000) for at in range(count))
    use = DiskUse("/models", models, unused_bytes=GB, free_bytes=10 * GB, disk_bytes=500 * GB)
    return Upkeep(use, tuple(ModelHealth(each.name, Health.UNKNOWN) for each in models))


def empty() -> Upkeep:
    return Upkeep(DiskUse("/models", free_bytes=10 * GB, disk_bytes=500 * GB))


def damaged() -> Upkeep:
    """Of the few, two are damaged."""
    state = few()
    bad = {NAMES[0]: DAMAGES, LONG: DAMAGES[:1]}
    healths = tuple(
        ModelHealth(each.name, Health.DAMAGED, bad[each.name]) if each.name in bad else each for each in state.healths
    )
    return replace(state, healths=healths)


def leftovers() -> tuple[Leftover, ...]:
    """One of each kind."""
    sizes = (4_600 * 10**6, 900 * 10**6, 5_000)
    owners = ("Llama 3 8B Q4_0", NAMES[2], "")
    return tuple(
        Leftover(kind, f"sha256:{at:064x}", (LeftFile(f"blobs/{at}", size, 1),), NOW - timedelta(days=3 * at), owner)
        for at, (kind, size, owner) in enumerate(zip(LeftoverKind, sizes, owners, strict=True))
    )

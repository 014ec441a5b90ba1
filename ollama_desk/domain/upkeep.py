"""The models folder in order: what it holds, what nobody needs any more, and what is damaged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

DAMAGED_MANIFEST = "manifest"  # in the place of a media type
MODEL_LAYER = "application/vnd.ollama.image.model"


@dataclass(frozen=True, slots=True)
class Stamp:
    """By which a file is known to be the one that was read."""

    size_bytes: int
    modified_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A blob as a manifest names it, and as it lies there."""

    digest: str  # "sha256:<hex>"
    media_type: str
    wanted_bytes: int  # 0: the manifest does not say
    stamp: Stamp | None  # None: it is not there


@dataclass(frozen=True, slots=True)
class ModelUse:
    """One model and its bytes on the disk."""

    name: str  # as it is shown
    own_bytes: int  # of blobs that only it has
    shared_bytes: int  # of blobs that other models have, too
    modified_at: datetime  # aware, UTC
    layers: tuple[StoredLayer, ...] = ()
    shared_with: tuple[str, ...] = ()  # names of the models that have a blob of it
    is_unreadable: bool = False  # its manifest is damaged; the layers are those whose digests it holds

    @property
    def total_bytes(self) -> int:
        return self.own_bytes + self.shared_bytes


@dataclass(frozen=True, slots=True)
class DiskUse:
    """What a models folder holds. Every byte is in one of the figures, blobs of several models in ``shared_bytes``."""

    folder: str
    models: tuple[ModelUse, ...] = ()  # the largest first
    shared_bytes: int = 0
    unused_bytes: int = 0  # of no model and of no download in the list: unused blobs, given-up parts, cut-off files
    partial_bytes: int = 0  # what came of downloads that are in the list
    free_bytes: int | None = None  # on its disk; None: nobody knows
    disk_bytes: int | None = None  # of its disk

    @property
    def used_bytes(self) -> int:
        own = sum(model.own_bytes for model in self.models)
        return own + self.shared_bytes + self.unused_bytes + self.partial_bytes


class LeftoverKind(Enum):
    """Why something in the folder is of no use."""

    UNUSED = "unused"  # a whole blob that no model has
    PARTIAL = "partial"  # what came of a download that is in no list
    STRAY = "stray"  # what a program that was killed left while it wrote


@dataclass(frozen=True, slots=True)
class LeftFile:
    """A file of a leftover."""

    path: str  # below the models folder, with "/"
    size_bytes: int  # that come back when it goes
    changed_ns: int  # since the epoch, as it was found; who has touched it since may need it


@dataclass(frozen=True, slots=True)
class Leftover:
    """Files that belong together and that nobody needs."""

    kind: LeftoverKind
    digest: str  # "sha256:<hex>"; empty where the name does not say
    files: tuple[LeftFile, ...]
    changed_at: datetime  # aware, UTC
    belonged_to: str = ""  # the model that it probably belonged to

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


class Damage(Enum):
    """What is wrong with a file of a model."""

    CONTENT = "content"  # it holds other bytes than its name says
    SIZE = "size"  # longer or shorter than the manifest says
    MISSING = "missing"
    UNREADABLE = "unreadable"  # the disk does not give it
    MANIFEST = "manifest"  # the list of the model's files is none


@dataclass(frozen=True, slots=True)
class BlobVerdict:
    """What reading a blob from start to end told."""

    digest: str
    stamp: Stamp | None  # of what was read; None: it was not there
    damage: Damage | None  # CONTENT, MISSING, UNREADABLE


@dataclass(frozen=True, slots=True)
class VerifyStep:
    """How far the reading is, and the blob that was finished last."""

    done_bytes: int
    total_bytes: int
    verdict: BlobVerdict | None = None


@dataclass(frozen=True, slots=True)
class LayerDamage:
    """A file of a model that is not what it should be."""

    digest: str
    media_type: str
    damage: Damage
    found_bytes: int = 0
    wanted_bytes: int = 0


class Health(Enum):
    """What is known of the files of a model."""

    UNKNOWN = "unknown"  # not all were read since they changed
    SOUND = "sound"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class ModelHealth:
    """A model's state."""

    name: str
    health: Health
    damages: tuple[LayerDamage, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifyProgress:
    """A verification that is under way."""

    done_bytes: int
    total_bytes: int
    left_s: float | None = None  # None: cannot be told
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class CleanedUp:
    """What a clean-up did."""

    freed_bytes: int
    kept: int = 0  # leftovers that somebody has come to need, or that could not be removed


@dataclass(frozen=True, slots=True)
class Upkeep:
    """All that is known of a models folder."""

    use: DiskUse | None = None  # None: it was not looked at yet, or cannot be
    healths: tuple[ModelHealth, ...] = ()  # of all models, in the order of ``use``
    progress: VerifyProgress | None = None  # None: nothing is being verified
    unseen: str = ""  # a sentence: why the folder cannot be looked at
    untouchable: str = ""  # a sentence: why nothing may be removed or mended there

    @property
    def damaged(self) -> frozenset[str]:
        """The names of the models with damaged files."""
        return frozenset(each.name for each in self.healths if each.health is Health.DAMAGED)


def health_of(model: ModelUse, verdicts: Mapping[str, BlobVerdict]) -> ModelHealth:
    """What ``verdicts`` (by digest) say of a model; one about a file that has changed since says nothing."""
    damages = list[LayerDamage]()
    is_known = True
    if model.is_unreadable:
        damages.append(LayerDamage("", DAMAGED_MANIFEST, Damage.MANIFEST))
    for layer in model.layers:
        verdict = verdicts.get(layer.digest)
        damage = _damage_of(layer, verdict)
        if damage is not None:
            found = layer.stamp.size_bytes if layer.stamp else 0
            damages.append(LayerDamage(layer.digest, layer.media_type, damage, found, layer.wanted_bytes))
        is_known = is_known and verdict is not None and verdict.stamp == layer.stamp
    if damages:
        return ModelHealth(model.name, Health.DAMAGED, tuple(damages))
    return ModelHealth(model.name, Health.SOUND if is_known else Health.UNKNOWN)


def _damage_of(layer: StoredLayer, verdict: BlobVerdict | None) -> Damage | None:
    if layer.stamp is None:
        return Damage.MISSING
    if layer.wanted_bytes and layer.stamp.size_bytes != layer.wanted_bytes:
        return Damage.SIZE
    return verdict.damage if verdict is not None and verdict.stamp == layer.stamp else None

"""How much of a models folder belongs to which model, what several share, and what is nobody's."""

import shutil
from collections import Counter
from pathlib import Path

from ollama_desk.domain.upkeep import DiskUse, ModelUse, StoredLayer
from ollama_desk.registry.contents import BLOBS, Listing, Piece, PieceKind, listings, pieces
from ollama_desk.registry.manifests import Layer


def disk_use(store_folder: Path, *, keep: frozenset[str] = frozenset()) -> DiskUse:
    """What the folder holds now. Blocks.

    Args:
        store_folder: the models folder; it need not exist.
        keep: digests of downloads that are not over.

    Raises:
        StorageError: it cannot be read.
    """
    found = pieces(store_folder)
    listed = listings(store_folder, strictly=False)
    whole = {piece.digest: piece for piece in found if piece.kind is PieceKind.WHOLE}
    named = Counter(digest for listing in listed for digest in listing.digests)
    models = [_model(listing, whole, named, listed) for listing in listed if listing.name]
    rest = [piece for piece in found if piece.kind is not PieceKind.WHOLE or piece.digest not in named]
    wanted = keep | (named.keys() - whole.keys())
    partial = sum(_size(piece) for piece in rest if piece.digest in wanted)
    free, disk = _disk_of(store_folder)
    return DiskUse(
        str(store_folder),
        tuple(sorted(models, key=lambda model: (-model.total_bytes, model.name))),
        shared_bytes=sum(piece.stamp.size_bytes for digest, piece in whole.items() if named[digest] > 1),
        unused_bytes=sum(_size(piece) for piece in rest) - partial,
        partial_bytes=partial,
        free_bytes=free,
        disk_bytes=disk,
    )


def _model(listing: Listing, whole: dict[str, Piece], named: Counter[str], listed: tuple[Listing, ...]) -> ModelUse:
    layers = listing.layers or tuple(Layer("", digest) for digest in sorted(listing.digests))
    sizes = {
        layer.digest.replace("-", ":").lower(): whole[digest].stamp.size_bytes
        for layer in layers
        if (digest := layer.digest.replace("-", ":").lower()) in whole
    }
    shared = frozenset(digest for digest in sizes if named[digest] > 1)
    others = (other for other in listed if other is not listing and other.digests & shared)
    return ModelUse(
        listing.name,
        own_bytes=sum(size for digest, size in sizes.items() if digest not in shared),
        shared_bytes=sum(sizes[digest] for digest in shared),
        modified_at=listing.modified_at,
        layers=tuple(_layer(layer, whole) for layer in layers),
        shared_with=tuple(sorted(other.name for other in others if other.name)),
        is_unreadable=listing.is_unreadable,
    )


def _layer(layer: Layer, whole: dict[str, Piece]) -> StoredLayer:
    digest = layer.digest.replace("-", ":").lower()
    piece = whole.get(digest)
    return StoredLayer(digest, layer.media_type, layer.size, None if piece is None else piece.stamp)


def _size(piece: Piece) -> int:
    return piece.stamp.size_bytes if piece.kind is PieceKind.WHOLE else piece.disk_bytes


def _disk_of(folder: Path) -> tuple[int | None, int | None]:
    for place in (folder / BLOBS, folder, *folder.parents):
        try:
            facts = shutil.disk_usage(place)
        except OSError:  # not there yet
            continue
        return facts.free, facts.total
    return None, None

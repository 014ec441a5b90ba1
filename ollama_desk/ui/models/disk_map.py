"""Divides an area among sizes, and a models folder into the parts of a picture: nearly square, the largest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ollama_desk.domain.upkeep import DiskUse

MOST_PARTS = 24  # of models; the smaller ones are one part together
LEAST_SHARE = 0.004  # of the folder; what is smaller cannot be seen


class PartKind(Enum):
    """What a part of the picture stands for."""

    MODEL = "model"
    OTHERS = "others"  # small models together
    SHARED = "shared"
    UNUSED = "unused"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the picture."""

    kind: PartKind
    size_bytes: int
    name: str = ""  # of the model
    count: int = 1  # of the models


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in the units of the area."""

    x: float
    y: float
    width: float
    height: float


def parts_of(use: DiskUse) -> tuple[Part, ...]:
    """The parts of a folder, the largest first; together they are all its bytes."""
    least = LEAST_SHARE * use.used_bytes
    own = sorted((model for model in use.models if model.own_bytes > 0), key=lambda model: -model.own_bytes)
    shown = [model for at, model in enumerate(own) if at < MOST_PARTS and model.own_bytes >= least]
    others = own[len(shown) :]
    if len(others) == 1:
        shown, others = own, []
    parts = [Part(PartKind.MODEL, model.own_bytes, model.name) for model in shown]
    parts += [Part(PartKind.OTHERS, sum(model.own_bytes for model in others), count=len(others))] if others else []
    rest = (
        (PartKind.SHARED, use.shared_bytes),
        (PartKind.UNUSED, use.unused_bytes),
        (PartKind.PARTIAL, use.partial_bytes),
    )
    parts += [Part(kind, size) for kind, size in rest if size > 0]
    return tuple(sorted(parts, key=lambda part: -part.size_bytes))


def squarified(sizes: Sequence[float], area: Box) -> tuple[Box, ...]:
    """A box in ``area`` for each size, in the same order; sizes are positive and the largest comes first.

    Source: M. Bruls, K. Huizing, J. J. van Wijk, "Squarified treemaps", 2000.
    """
    total = sum(sizes)
    if not sizes or total <= 0 or area.width <= 0 or area.height <= 0:
        return tuple(Box(area.x, area.y, 0.0, 0.0) for _ in sizes)
    scale = area.width * area.height / total
    areas = [size * scale for size in sizes]
    boxes: list[Box] = []
    row: list[float] = []
    rest = area
    for each in areas:
        side = min(rest.width, rest.height)
        if row and _worst([*row, each], side) > _worst(row, side):
            placed, rest = _placed(row, rest)
            boxes += placed
            row = []
        row.append(each)
    placed, _ = _placed(row, rest)
    return (*boxes, *placed)


def _worst(row: Sequence[float], side: float) -> float:
    """How far the flattest box of a row along ``side`` is from a square."""
    if side <= 0:
        return float("inf")
    thickness = sum(row) / side
    return max(max(thickness * thickness / area, area / (thickness * thickness)) for area in row)


def _placed(row: Sequence[float], rest: Box) -> tuple[list[Box], Box]:
    """The boxes of a row along the shorter side of ``rest``, and what it leaves."""
    total = sum(row)
    if rest.width >= rest.height:
        width = total / rest.height if rest.height > 0 else 0.0
        boxes, y = [], rest.y
        for area in row:
            height = area / width if width > 0 else 0.0
            boxes.append(Box(rest.x, y, width, height))
            y += height
        return boxes, Box(rest.x + width, rest.y, max(rest.width - width, 0.0), rest.height)
    height = total / rest.width
    boxes, x = [], rest.x
    for area in row:
        width = area / height if height > 0 else 0.0
        boxes.append(Box(x, rest.y, width, height))
        x += width
    return boxes, Box(rest.x, rest.y + height, rest.width, max(rest.height - height, 0.0))

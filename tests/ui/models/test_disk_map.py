"""The picture's arithmetic: every byte has its area, nothing overlaps, small models stand together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.ui.models.disk_map import MOST_PARTS, Box, PartKind, parts_of, squarified
from tests.support import upkeep_states as states

SIZES = st.lists(st.integers(1, 10**12), min_size=1, max_size=40).map(lambda sizes: sorted(sizes, reverse=True))
AREA = Box(0, 0, 800, 200)


@given(SIZES)
def test_areas_are_as_the_sizes_and_stay_inside_without_overlap(sizes: list[int]) -> None:
    boxes = squarified(sizes, AREA)
    unit = AREA.width * AREA.height / sum(sizes)
    for box, size in zip(boxes, sizes, strict=True):
        assert box.width * box.height == pytest.approx(size * unit, rel=1e-4)
        assert box.x >= -1e-3
        assert box.y >= -1e-3
        assert box.x + box.width <= AREA.width + 1e-3
        assert box.y + box.height <= AREA.height + 1e-3
    assert not [(one, two) for at, one in enumerate(boxes) for two in boxes[at + 1 :] if _overlap(one, two) > 1e-2]


def _overlap(one: Box, two: Box) -> float:
    wide = min(one.x + one.width, two.x + two.width) - max(one.x, two.x)
    tall = min(one.y + one.height, two.y + two.height) - max(one.y, two.y)
    return max(wide, 0.0) * max(tall, 0.0)


def test_equal_sizes_are_nearly_square() -> None:
    for box in squarified([1.0] * 16, Box(0, 0, 400, 400)):
        assert max(box.width / box.height, box.height / box.width) < 1.5


def test_no_room_and_no_sizes_are_no_fault() -> None:
    assert squarified([], AREA) == ()
    assert squarified([1.0], Box(5, 6, 0, 10)) == (Box(5, 6, 0.0, 0.0),)


def test_the_parts_are_all_bytes_of_the_folder_the_largest_first() -> None:
    use = states.few().use
    assert use is not None
    parts = parts_of(use)
    assert sum(part.size_bytes for part in parts) == use.used_bytes
    assert [part.size_bytes for part in parts] == sorted((part.size_bytes for part in parts), reverse=True)
    assert {part.kind for part in parts} == set(PartKind) - {PartKind.OTHERS}


def test_small_models_are_one_part_with_their_number() -> None:
    use = states.many().use
    assert use is not None
    parts = parts_of(use)
    (others,) = [part for part in parts if part.kind is PartKind.OTHERS]
    shown = [part for part in parts if part.kind is PartKind.MODEL]
    assert len(shown) <= MOST_PARTS
    assert others.count == len(use.models) - len(shown)
    assert sum(part.size_bytes for part in parts) == use.used_bytes


def test_an_empty_folder_has_no_parts() -> None:
    use = states.empty().use
    assert use is not None
    assert parts_of(use) == ()

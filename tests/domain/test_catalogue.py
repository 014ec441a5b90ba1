"""Which entries of the catalogue answer a wish, and which size is shown first."""

import pytest

from ollama_desk.domain.catalogue import Catalogue, CatalogueEntry, CatalogueSize, CatalogueWish, Task, room_bytes
from ollama_desk.domain.fit import GpuMemory, MachineMemory

GB = 1_000_000_000


def size(label: str, size_gb: float, *capabilities: str, licence: str = "MIT") -> CatalogueSize:
    name = f"small:{label.lower()}"
    return CatalogueSize(
        label, name, size_bytes=int(size_gb * GB), capabilities=frozenset(capabilities), licence=licence
    )


def entry(name: str, *sizes: CatalogueSize, tasks: frozenset[Task] = frozenset({Task.CHAT})) -> CatalogueEntry:
    return CatalogueEntry(name, "Somebody", {"en": "Good for tests.", "de": "Gut für Prüfungen."}, tasks, sizes, "x")


SEEING = entry("Owl", size("1B", 1), size("4B", 3, "vision"), tasks=frozenset({Task.CHAT, Task.VISION}))
LARGE = entry("Whale", size("70B", 43, licence="Apache 2.0"), tasks=frozenset({Task.CODE}))
CATALOGUE = Catalogue((SEEING, LARGE))


def found(wish: CatalogueWish) -> list[tuple[str, str]]:
    return [(each.name, one.label) for each in CATALOGUE.matching(wish) for one in each.sizes]


def test_an_empty_wish_is_answered_by_everything() -> None:
    assert CATALOGUE.matching(CatalogueWish()) == CATALOGUE.entries


def test_every_word_has_to_occur_in_any_letter_case() -> None:
    assert found(CatalogueWish("owl TESTS")) == [("Owl", "1B"), ("Owl", "4B")]
    assert found(CatalogueWish("prüfungen 70b")) == [("Whale", "70B")]
    assert found(CatalogueWish("owl whale")) == []


def test_a_size_a_licence_and_a_task_leave_the_sizes_that_suit() -> None:
    assert found(CatalogueWish(most_bytes=2 * GB)) == [("Owl", "1B")]
    assert found(CatalogueWish(licence="Apache 2.0")) == [("Whale", "70B")]
    assert found(CatalogueWish(task=Task.CODE)) == [("Whale", "70B")]
    assert found(CatalogueWish(task=Task.VISION)) == [("Owl", "4B")], "the small one does not see"
    assert found(CatalogueWish(task=Task.CODE, licence="MIT")) == []


def test_a_size_that_is_not_known_is_not_said_to_be_small() -> None:
    unknown = Catalogue((entry("Fog", size("?", 0)),))
    assert unknown.matching(CatalogueWish())
    assert not unknown.matching(CatalogueWish(most_bytes=GB))


def test_the_usual_size_is_the_largest_that_most_machines_hold() -> None:
    assert SEEING.usual().label == "4B"
    assert LARGE.usual().label == "70B", "there is no smaller one"
    assert SEEING.usual(3 * GB).label == "1B", "of what this machine holds"
    assert SEEING.usual(GB // 2).label == "1B"


def test_what_needs_more_memory_than_there_is_does_not_fit() -> None:
    small, large = SEEING.sizes
    assert (small.memory_bytes, large.memory_bytes) == (1_500_000_000, 3_700_000_000)
    assert large.is_too_large(3 * GB)
    assert not small.is_too_large(3 * GB)
    assert not large.is_too_large(0), "nobody knows how much there is"
    assert not size("?", 0).is_too_large(GB)
    assert found(CatalogueWish(room_bytes=3 * GB)) == [("Owl", "1B")]
    assert not Catalogue((entry("Fog", size("?", 0)),)).matching(CatalogueWish(room_bytes=3 * GB))


@pytest.mark.parametrize(
    ("machine", "room"),
    [
        (MachineMemory(), 0),
        (MachineMemory(ram_total_bytes=16 * GB, ram_free_bytes=9 * GB), 9 * GB),
        (MachineMemory((GpuMemory(8 * GB, 6 * GB),), 16 * GB, 9 * GB), 15 * GB),
        (MachineMemory((GpuMemory(0, 0),), 16 * GB, 9 * GB), 0),
        (MachineMemory((GpuMemory(12 * GB, 9 * GB),), 16 * GB, 9 * GB, is_unified=True), 9 * GB),
    ],
)
def test_a_model_can_have_what_is_free_on_gpus_and_beside_them(machine: MachineMemory, room: int) -> None:
    assert room_bytes(machine) == room


def test_licences_are_named_once() -> None:
    assert CATALOGUE.licences == ("Apache 2.0", "MIT")


def test_what_is_not_said_in_a_language_is_said_in_english() -> None:
    assert SEEING.about_in("de") == "Gut für Prüfungen."
    assert SEEING.about_in("fr") == "Good for tests."


def test_a_size_can_be_looked_up_by_each_of_its_names() -> None:
    both = CatalogueSize("1B", "small:1b", "hf.co/somebody/Small-GGUF")
    assert both.names == ("small:1b", "hf.co/somebody/Small-GGUF")
    assert CatalogueSize("1B", gguf="hf.co/somebody/Small-GGUF").names == ("hf.co/somebody/Small-GGUF",)

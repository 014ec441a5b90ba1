"""What deleting a model gives back, by what its layers share."""

from ollama_desk.domain.anatomy import Anatomy, LayerFacts, LayerRole


def layer(digest: str, size_bytes: int, *names: str, is_missing: bool = False) -> LayerFacts:
    return LayerFacts(LayerRole.WEIGHTS, "type", digest, size_bytes, names, is_missing)


def test_what_others_share_stays() -> None:
    anatomy = Anatomy("a", (layer("1", 100, "b", "c"), layer("2", 10, "b"), layer("3", 1)))
    assert (anatomy.freed_bytes, anatomy.shared_bytes) == (1, 110)
    assert anatomy.shared_with == ("b", "c")


def test_a_file_that_two_layers_name_counts_once() -> None:
    anatomy = Anatomy("a", (layer("1", 100), layer("1", 100)))
    assert anatomy.freed_bytes == 100


def test_a_missing_file_gives_nothing_back() -> None:
    anatomy = Anatomy("a", (layer("1", 100, is_missing=True), layer("2", 5, "b", is_missing=True)))
    assert (anatomy.freed_bytes, anatomy.shared_bytes) == (0, 0)

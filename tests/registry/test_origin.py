"""Where an installed model came from, as far as its manifest tells."""

from pathlib import Path

from ollama_desk.registry.layers import MODEL
from ollama_desk.registry.manifests import ManifestFolder
from ollama_desk.registry.origin import installed_in
from ollama_desk.registry.reference import parse_name
from tests.support.exporting import NAME, install


def test_what_cannot_be_read_is_left_out_and_the_rest_told(tmp_path: Path) -> None:
    install(tmp_path, (MODEL, b"weights"))
    manifests = ManifestFolder(tmp_path / "manifests")
    manifests.write_as_it_is(parse_name("damaged"), b"{")
    found = installed_in(tmp_path, [NAME, "damaged", "missing", "no name!"])
    assert set(found) == {NAME}
    assert found[NAME].is_made_here
    pulled = manifests.read(parse_name(NAME)).manifest
    manifests.write_as_it_is(
        parse_name("pulled"), (tmp_path / "manifests").joinpath(*parse_name(NAME).parts).read_bytes().strip()
    )
    told = installed_in(tmp_path, ["pulled"])["pulled"]
    assert (told.manifest, told.is_made_here) == (pulled, False)

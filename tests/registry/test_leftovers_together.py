"""Cleaning a folder in which a real engine makes and deletes models meanwhile: no model ever loses a file by it."""

import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from ollama_desk.domain.upkeep import LeftoverKind
from ollama_desk.registry.contents import listings
from ollama_desk.registry.leftovers import find_leftovers, put_back, remove_leftovers
from ollama_desk.registry.usage import disk_use
from tests.support.engine import EngineProcess
from tests.support.scripted_model import build

FOR_S = 5.0
HOUR_S = 3600.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path / "models") as engine:
        yield engine


def sha(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def missing(folder: Path) -> list[str]:
    """What manifests name and the folder does not have."""
    return [
        f"{listing.name}: {digest}"
        for listing in listings(folder)
        for digest in listing.digests
        if not (folder / "blobs" / digest.replace(":", "-")).is_file()
    ]


class Maker:
    """Makes models of the same weights, of texts of their own and of each other, and deletes them, until told to end.

    What is being uploaded may be cleaned away before it is named, for here nothing is too young: that is told as a
    failed request. What was made has to stay.
    """

    def __init__(self, engine: EngineProcess, weights: bytes) -> None:
        self._engine = engine
        self._weights = weights
        self._end = threading.Event()
        self.made = self.refused = 0
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._end.set()
        self._thread.join(60)

    def _run(self) -> None:
        turn = 0
        while not self._end.is_set():
            turn += 1
            digest, name = sha(self._weights), f"m{turn % 3}"
            self._engine.ask("POST", f"/api/blobs/{digest}", raw=self._weights)
            body = {"model": name, "files": {"m.gguf": digest}, "system": f"Number {turn % 4}."}
            made = self._engine.ask("POST", "/api/create", body).body.endswith(b'{"status":"success"}\n')
            self.made += made
            self.refused += not made
            if turn % 2:
                self._engine.ask("POST", "/api/copy", {"source": name, "destination": f"copy{turn % 2}"})
            if turn % 5 == 0:
                self._engine.ask("DELETE", "/api/delete", {"model": name})


def test_what_an_engine_makes_meanwhile_keeps_its_files(engine: EngineProcess, tmp_path: Path) -> None:
    gguf = tmp_path / "tiny.gguf"
    build(gguf, {("story",): "Once."}, "Hello.", name="Tiny")
    rounds = 0
    with Maker(engine, gguf.read_bytes()) as maker:
        deadline = time.monotonic() + FOR_S
        while time.monotonic() < deadline or not (rounds and maker.made):
            found = find_leftovers(engine.models, min_age_s=0)
            remove_leftovers(engine.models, found, settle_s=0.2)
            rounds += 1
            assert time.monotonic() < deadline + 60
    put_back(engine.models)
    assert missing(engine.models) == []
    assert maker.made
    for model in engine.ask("GET", "/api/tags").json["models"]:
        assert engine.ask("POST", "/api/show", {"model": model["name"]}).status == 200
    remove_leftovers(engine.models, find_leftovers(engine.models, min_age_s=0), settle_s=0)
    assert missing(engine.models) == []
    assert disk_use(engine.models).unused_bytes == 0


def test_a_folder_as_a_real_server_lays_it_out(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    blobs, manifests = folder / "blobs", folder / "manifests" / "registry.ollama.ai" / "library" / "tiny"
    blobs.mkdir(parents=True)
    manifests.mkdir(parents=True)
    used, unused, whole, part = sha(b"used"), sha(b"unused"), sha(b"came whole"), sha(b"comes")
    for digest, data in ((used, b"used"), (unused, b"unused"), (whole, b"came whole")):
        (blobs / digest.replace(":", "-")).write_bytes(data)
    (manifests / "latest").write_text(
        '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":'
        f'{{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"{used}","size":4}},"layers":null}}'
    )
    with (blobs / f"{part.replace(':', '-')}-partial").open("wb") as file:
        file.truncate(1 << 30)  # sparse, as it is from the start
    (blobs / f"{part.replace(':', '-')}-partial-0").write_text('{"N":0,"Offset":0,"Size":1073741824,"Completed":0}\n')
    (blobs / "sha256-2719283").write_bytes(b"an upload that was cut")
    keep = frozenset({whole, part})
    use = disk_use(folder, keep=keep)
    assert [(model.name, model.own_bytes) for model in use.models] == [("tiny:latest", 4)]
    assert use.unused_bytes == len(b"unused") + len(b"an upload that was cut")
    assert 0 < use.partial_bytes < 1 << 20  # what is sparse takes no room
    found = find_leftovers(folder, keep=keep, now=time.time() + HOUR_S)
    assert {each.kind for each in found} == {LeftoverKind.UNUSED, LeftoverKind.STRAY}
    assert remove_leftovers(folder, found, keep=keep, settle_s=0) == use.unused_bytes
    assert missing(folder) == []
    assert (blobs / f"{part.replace(':', '-')}-partial-0").exists()


def test_blobs_on_another_disk_are_tidied_there(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "models", tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.mkdir()
    (folder / "blobs").symlink_to(elsewhere)
    (elsewhere / sha(b"x").replace(":", "-")).write_bytes(b"x")
    found = find_leftovers(folder, min_age_s=0)
    assert remove_leftovers(folder, found, settle_s=0) == 1
    assert not list(elsewhere.iterdir())

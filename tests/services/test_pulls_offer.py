"""What a person is told of a model before it is downloaded, from a registry on a real socket."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ollama_desk.domain.errors import DeskError, NotInRegistryError, RegistryAnswerError, RegistryRefusedError
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import Offer
from ollama_desk.registry.layers import CONFIG, LICENSE, MODEL
from ollama_desk.services.pulls_offer import LICENCE_BYTES
from tests.support.blob_contents import MIB, Content
from tests.support.pulls_desk import PullsDesk, pulls_desk
from tests.support.registry_server import MANIFEST, Refusal, RegistryServer
from tests.support.scripted_pulls import SUCCESS, ScriptedServer

WEIGHTS = Content(bytes(2 * MIB))
SETUP = {"model_format": "gguf", "model_family": "llama", "model_type": "3.2B", "file_type": "Q4_K_M"}


@dataclass(frozen=True, slots=True)
class Shop:
    """A registry, and a models folder that may have some of what it has."""

    registry: RegistryServer
    folder: Path

    @property
    def models(self) -> Path:
        return self.folder / "models"

    def publish(self, *layers: tuple[str, bytes | Content], config: bytes | None = None) -> str:
        """A model; the digest of its manifest."""
        parts = [*layers, (CONFIG, json.dumps(SETUP).encode() if config is None else config)]
        rows: list[dict[str, Any]] = []
        for media_type, given in parts:
            content = given if isinstance(given, Content) else Content(given)
            self.registry.blobs[content.digest()] = content
            rows.append({"mediaType": media_type, "digest": content.digest(), "size": content.size})
        told = {"schemaVersion": 2, "mediaType": MANIFEST, "config": rows[-1], "layers": rows[:-1]}
        data = json.dumps(told).encode()
        self.registry.add_manifest(data)
        return hashlib.sha256(data).hexdigest()

    def play(self, scenario: Callable[[PullsDesk], Awaitable[None]], *, is_ours: bool = True) -> None:
        async def run() -> None:
            models = self.models if is_ours else None
            async with pulls_desk(self.folder, ScriptedServer([[SUCCESS]]), models=models) as desk:
                await scenario(desk)

        asyncio.run(run())

    async def look(self, desk: PullsDesk) -> Offer:
        return await desk.pulls.look_up(f" {self.registry.name()}\n", insecure=True, consented=True)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with RegistryServer() as registry:
        yield Shop(registry, tmp_path)


def test_an_offer_tells_size_licence_and_whether_it_fits(shop: Shop) -> None:
    digest = shop.publish((MODEL, WEIGHTS), (LICENSE, b"MIT: do as you like.\n"), (LICENSE, b"And another."))

    async def scenario(desk: PullsDesk) -> None:
        desk.world.free_bytes = 5 * MIB
        offer = await shop.look(desk)
        total = 2 * MIB + 21 + 12 + len(json.dumps(SETUP))
        assert (offer.name, offer.digest) == (shop.registry.name(), digest)
        assert (offer.total_bytes, offer.missing_bytes, offer.free_bytes, offer.fits) == (total, total, 5 * MIB, True)
        assert offer.disk == str(shop.models)
        assert offer.licence == "MIT: do as you like.\n\nAnd another."
        assert (offer.parameter_size, offer.quantization, offer.family) == ("3.2B", "Q4_K_M", "llama")
        assert [layer.media_type for layer in offer.layers] == [MODEL, LICENSE, LICENSE, CONFIG]
        assert (offer.is_installed, offer.is_update, offer.has_weights) == (False, False, True)
        desk.world.free_bytes = MIB
        assert not (await shop.look(desk)).fits

    shop.play(scenario)


def test_what_is_on_the_disk_already_is_not_missing(shop: Shop) -> None:
    shop.publish((MODEL, WEIGHTS), (LICENSE, b"MIT"), config=b"{}")
    blobs = shop.models / "blobs"
    blobs.mkdir(parents=True)
    (blobs / Content(b"MIT").digest().replace(":", "-")).write_bytes(b"MIT")
    begun = blobs / f"{WEIGHTS.digest().replace(':', '-')}-partial"
    with begun.open("wb") as file:
        file.truncate(2 * MIB)
    record = {"N": 0, "Offset": 0, "Size": 2 * MIB, "Completed": MIB}
    begun.with_name(f"{begun.name}-0").write_text(json.dumps(record))

    async def scenario(desk: PullsDesk) -> None:
        assert (await shop.look(desk)).missing_bytes == MIB + 2

    shop.play(scenario)


@pytest.mark.parametrize("is_ours", [True, False])
def test_an_installed_model_is_known_by_its_digest_and_another_is_an_update(shop: Shop, *, is_ours: bool) -> None:
    digest = shop.publish((MODEL, WEIGHTS))

    async def scenario(desk: PullsDesk) -> None:
        name = shop.registry.name()
        desk.installed[:] = [Model("?odd name?"), Model(name.upper(), digest="0" * 64)]
        update = await shop.look(desk)
        assert (update.is_installed, update.is_update) == (False, True)
        assert update.missing_bytes == update.total_bytes
        assert (update.free_bytes is None) is not is_ours
        desk.installed[:] = [Model(name, digest=digest)]
        same = await shop.look(desk)
        assert (same.is_installed, same.is_update) == (True, False)
        if not is_ours:
            assert (same.missing_bytes, same.disk, same.fits) == (0, "", True)

    shop.play(scenario, is_ours=is_ours)


@pytest.mark.parametrize("config", [b"not json", b"x" * (2 << 20), b"[]"], ids=["damaged", "too long", "other"])
def test_what_cannot_be_read_stays_empty(shop: Shop, config: bytes) -> None:
    shop.publish(("application/vnd.other", WEIGHTS), (LICENSE, b"x" * (LICENCE_BYTES + 1)), config=config)

    async def scenario(desk: PullsDesk) -> None:
        offer = await shop.look(desk)
        assert (offer.licence, offer.parameter_size, offer.has_weights) == ("", "", False)

    shop.play(scenario)


def test_layers_that_the_registry_does_not_give_stay_empty(shop: Shop) -> None:
    shop.publish((MODEL, WEIGHTS), (LICENSE, b"MIT"))
    shop.registry.faults.blob = Refusal(403)

    async def scenario(desk: PullsDesk) -> None:
        offer = await shop.look(desk)
        assert (offer.licence, offer.parameter_size, offer.has_weights) == ("", "", True)

    shop.play(scenario)


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (Refusal(404), NotInRegistryError),
        (Refusal(401), RegistryRefusedError),
        (Refusal(200, b"<html>"), RegistryAnswerError),
    ],
)
def test_pl14_a_name_that_cannot_be_looked_up_is_an_error_with_a_sentence(
    shop: Shop, refusal: Refusal, kind: type[DeskError]
) -> None:
    shop.registry.faults.manifest = refusal

    async def scenario(desk: PullsDesk) -> None:
        with pytest.raises(kind, match=r"\.$"):
            await shop.look(desk)

    shop.play(scenario)

"""Pulling a model from a registry over real sockets: what comes, what is told, what is shared and what stays."""

import asyncio
import json
import shutil
from contextlib import aclosing
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DigestMismatchError, DiskFullError, NotInRegistryError, RegistryError
from ollama_desk.domain.models import PullStep
from ollama_desk.registry.pull import Puller
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.source import Source
from ollama_desk.registry.store import ModelStore
from tests.support.blob_contents import MIB, Large
from tests.support.deadline import wait_for
from tests.support.pulling import HASTY, Place, playing, statuses
from tests.support.registry_server import Refusal

BIG = Large(220_000_000)  # three parts
MIDDLING = Large(24 * MIB + 345)


def half(step: PullStep) -> bool:
    return step.completed_bytes > 4 * MIB


def test_a_model_comes_in_parts_and_is_told_in_ollamas_lines(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        big, small, config = place.server.add(BIG, b"a small layer", config=b'{"model_format":"gguf"}')
        told = await place.pull()
        shown = [f"pulling {digest[7:19]}" for digest in (big, small, config)]
        last = ["verifying sha256 digest", "writing manifest", "success"]
        assert statuses(told) == ["pulling manifest", *shown, *last]
        lines = [step for step in told if step.digest == big]
        assert {step.total_bytes for step in lines} == {BIG.size}
        assert [step.completed_bytes for step in lines] == sorted(step.completed_bytes for step in lines)
        assert lines[-1].completed_bytes == BIG.size
        ranges = sorted(seen.range for seen in place.server.of_kind("blobs") if seen.range)
        assert ranges == ["bytes=0-99999999", "bytes=100000000-199999999", "bytes=200000000-219999999"]
        assert all(place.is_right(digest) for digest in (big, small, config))
        assert not place.leftovers
        (manifest,) = place.manifests
        assert manifest.read_bytes() == place.server.manifest()

    playing(tmp_path, scenario)


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"one", b"two")
        await place.pull()
        sent = place.server.sent
        told = await place.pull()
        assert place.server.sent == sent
        assert [step.completed_bytes == step.total_bytes for step in told if step.digest] == [True] * 3
        assert told[-1].status == "success"

    playing(tmp_path, scenario)


def test_a_pull_that_is_left_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """PL-01: pausing is leaving."""

    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(MIDDLING)
        place.server.faults.bytes_per_s = 16 * MIB
        left = (await place.pull(until=half))[-1].completed_bytes
        assert place.leftovers == [f"{place.blob(digest).name}-partial", f"{place.blob(digest).name}-partial-0"]
        told = await place.pull()
        assert told[1].completed_bytes >= left
        assert place.server.sent <= MIDDLING.size + 2 * MIB + 2
        assert place.is_right(digest)
        assert not place.leftovers

    playing(tmp_path, scenario)


def test_two_clients_share_one_transfer_and_the_last_to_leave_stops_it(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(MIDDLING)
        place.server.add(MIDDLING, b"and more", model="second")
        place.server.faults.bytes_per_s = 12 * MIB
        first, second = await asyncio.gather(place.pull(until=half), place.pull("second"))
        assert first[-1].status == f"pulling {digest[7:19]}"
        assert second[-1].status == "success"
        assert len([seen for seen in place.server.of_kind("blobs") if digest in seen.path]) == 1
        assert place.is_right(digest)

    playing(tmp_path, scenario)


def test_a_client_that_comes_while_the_last_one_leaves_waits_and_goes_on(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(MIDDLING)
        place.server.faults.bytes_per_s = 16 * MIB
        first = asyncio.create_task(place.pull(until=half))
        _, second = await asyncio.gather(first, place.pull(until=lambda step: step.completed_bytes > 5 * MIB))
        assert second[-1].completed_bytes > 5 * MIB
        assert (await place.pull())[-1].status == "success"
        assert not place.leftovers

    playing(tmp_path, scenario)


def test_the_same_line_comes_again_while_nothing_moves(tmp_path: Path) -> None:
    """The rhythm of a real server: a line every 60 ms, whether there is news or not."""

    async def scenario(place: Place) -> None:
        place.server.add(MIDDLING)
        place.server.faults.stall_after = 2 * MIB
        seen: list[PullStep] = []

        def stands(step: PullStep) -> bool:
            seen.append(step)
            return len(seen) > 4 and len(set(seen[-4:])) == 1

        await place.pull(until=stands)
        assert seen[-1].completed_bytes == 2 * MIB

    playing(tmp_path, scenario)


def test_twenty_layers_come_one_after_the_other(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digests = place.server.add(*(f"layer {number}".encode() * 1000 for number in range(20)))
        told = await place.pull()
        assert list(dict.fromkeys(step.digest for step in told if step.digest)) == digests
        assert all(place.is_right(digest) for digest in digests)

    playing(tmp_path, scenario)


def test_a_layer_without_bytes_and_one_that_is_named_twice_are_no_trouble(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digests = place.server.add(b"", b"same", b"same")
        assert (await place.pull())[-1].status == "success"
        assert all(place.is_right(digest) for digest in digests)
        assert len(place.server.of_kind("blobs")) == 2  # nothing is asked of nobody

    playing(tmp_path, scenario)


def test_a_layer_that_does_not_fit_is_told_at_the_end_and_the_others_stay(tmp_path: Path) -> None:
    """PL-06."""

    async def scenario(place: Place) -> None:
        bad, good, _ = place.server.add(b"bad layer" * 100, b"")
        place.server.faults.corrupt = True
        with pytest.raises(DigestMismatchError, match="not what the registry announced") as caught:
            await place.pull()
        assert place.told[-1].status == "verifying sha256 digest"
        assert caught.value.words.startswith(f"digest mismatch, file must be downloaded again: want {bad}, got sha256:")
        assert not place.blob(bad).exists()
        assert place.is_right(good)
        assert not place.leftovers
        assert not place.manifests
        assert len([seen for seen in place.server.seen if bad in seen.path]) == 1  # no endless loop

    playing(tmp_path, scenario)


def test_what_an_update_no_longer_needs_is_removed(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        old, shared, _ = place.server.add(b"old", b"shared")
        await place.pull()
        new, _, _ = place.server.add(b"new", b"shared")
        told = await place.pull()
        assert statuses(told)[-3:] == ["writing manifest", "removing unused layers", "success"]
        assert not place.blob(old).exists()
        assert place.is_right(new)
        assert place.is_right(shared)

    playing(tmp_path, scenario)


def test_a_layer_that_somebody_removes_meanwhile_is_fetched_again(tmp_path: Path) -> None:
    """PL-18: the model is deleted by command while it is pulled."""

    async def scenario(place: Place) -> None:
        small, big, _ = place.server.add(b"small", MIDDLING)
        place.server.faults.bytes_per_s = 24 * MIB
        removed = False
        async with aclosing(place.puller.pull(place.source())) as steps:
            async for step in steps:
                if step.digest == big and half(step) and not removed:
                    removed = True
                    place.blob(small).unlink()
        assert step.status == "success"
        assert place.is_right(small)

    playing(tmp_path, scenario)


def test_a_missing_model_is_told_in_ollamas_words(tmp_path: Path) -> None:
    """PL-14."""

    async def scenario(place: Place) -> None:
        with pytest.raises(NotInRegistryError, match=r'There is no ".*/none:latest"') as caught:
            await place.pull("none")
        assert caught.value.words == "pull model manifest: file does not exist"

    playing(tmp_path, scenario)


def test_plain_http_must_be_allowed(tmp_path: Path) -> None:
    """PL-17."""

    async def scenario(place: Place) -> None:
        source = Source(parse_name(f"http://{place.server.name()}"))
        with pytest.raises(RegistryError) as caught:
            await anext(aiter(place.puller.pull(source)))
        assert caught.value.words == "insecure protocol http"
        assert not place.server.seen

    playing(tmp_path, scenario)


def test_what_does_not_fit_the_disk_is_refused_before_a_byte_comes(tmp_path: Path) -> None:
    """PL-09, PL-10."""

    async def scenario(place: Place) -> None:
        layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{'1' * 64}", "size": 1 << 62}
        place.server.add_manifest(json.dumps({"config": layer, "layers": [layer]}).encode())
        with pytest.raises(DiskFullError, match=r"GB free; 4611686018\.4 GB are needed"):
            await place.pull()
        assert not place.server.of_kind("blobs")
        assert not place.leftovers

    playing(tmp_path, scenario)


def test_a_link_that_ran_out_is_asked_for_again(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"a layer")
        place.server.faults.redirect = "other"
        place.server.faults.cdn = Refusal(403, b"expired", times=1)
        assert (await place.pull())[-1].status == "success"

    playing(tmp_path, scenario)


def test_cancelling_in_the_middle_of_anything_leaves_what_can_be_gone_on_with(tmp_path: Path) -> None:
    """PL-13."""

    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(MIDDLING)
        for status in ("pulling manifest", f"pulling {digest[7:19]}", "verifying sha256 digest", "writing manifest"):
            await place.pull(until=lambda step, status=status: step.status == status)  # type: ignore[misc]
            assert not place.manifests
        assert (await place.pull())[-1].status == "success"
        assert not place.leftovers

    playing(tmp_path, scenario)


def test_pl20_two_servers_that_pull_the_same_into_one_folder_both_end_right(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(MIDDLING)
        place.server.faults.bytes_per_s = 24 * MIB
        other = Place(
            place.server, place.folder, place.registry, Puller(place.registry, ModelStore(place.folder), patience=HASTY)
        )

        async def told() -> list[PullStep]:
            return place.told

        async def later() -> list[PullStep]:
            await wait_for(told, lambda steps: bool(steps) and steps[-1].completed_bytes >= 2 * MIB, 60.0)
            return await other.pull()

        first, second = await asyncio.gather(place.pull(), later())
        assert [first[-1].status, second[-1].status] == ["success"] * 2
        assert place.is_right(digest)
        assert not place.leftovers

    playing(tmp_path, scenario)


def test_pl20_two_servers_that_pull_tiny_layers_at_the_same_moment_both_end_right(tmp_path: Path) -> None:
    """Who ends first takes the parts away that the other is only making."""

    async def scenario(place: Place) -> None:
        digest, _ = place.server.add(b"tiny")
        other = Place(
            place.server, place.folder, place.registry, Puller(place.registry, ModelStore(place.folder), patience=HASTY)
        )
        for _ in range(40):
            first, second = await asyncio.gather(place.pull(), other.pull())
            assert [first[-1].status, second[-1].status] == ["success"] * 2
            assert place.is_right(digest)
            assert not place.leftovers
            shutil.rmtree(place.folder)

    playing(tmp_path, scenario)

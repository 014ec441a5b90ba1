"""What a registry may answer, before a byte of a model is fetched; and what we send to whom."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ollama_desk.domain.errors import (
    NotInRegistryError,
    RegistryAnswerError,
    RegistryError,
    RegistryRefusedError,
    RegistryTimeoutError,
    RegistryUnreachableError,
)
from ollama_desk.registry.manifests import LIMIT_BYTES
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.source import Source
from tests.support.engine import free_port
from tests.support.pulling import Place, playing
from tests.support.registry_server import CONFIG, MANIFEST, Refusal, Seen

KEY = "Bearer let-me-in"


def test_sizes_and_digests_are_known_before_a_byte_is_fetched(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        digests = place.server.add(b"weights", b"licence", config=b'{"model_family":"llama"}')
        remote = await place.registry.manifest(place.source())
        assert [layer.digest for layer in remote.layers] == digests
        assert remote.size_bytes == 7 + 7 + 24
        assert not place.server.of_kind("blobs")
        assert await place.registry.small(place.source(), remote.layers[1], limit=1000) == b"licence"
        with pytest.raises(RegistryAnswerError, match="more than 0 KiB"):
            await place.registry.small(place.source(), remote.layers[1], limit=3)

    playing(tmp_path, scenario)


def test_the_digest_is_the_one_that_an_installed_model_has(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"weights")
        remote = await place.registry.manifest(place.source())
        await place.pull()
        (path,) = place.manifests
        assert path.read_bytes() == remote.data

    playing(tmp_path, scenario)


@pytest.mark.parametrize(
    ("refusal", "kind", "sentence", "words"),
    [
        (Refusal(404), NotInRegistryError, "There is no", "file does not exist"),
        (Refusal(401), RegistryRefusedError, "does not give", "unauthorized: access denied"),
        (Refusal(403, b"no"), RegistryRefusedError, "does not give", "403: no"),
        (Refusal(429, b"slow down"), RegistryRefusedError, "asks to wait", "429: slow down"),
        (Refusal(412, b"needs 0.99"), RegistryRefusedError, "newer version of Ollama: needs 0.99", "412: needs 0.99"),
        (Refusal(500, b"oops"), RegistryRefusedError, "trouble of its own", "500: oops"),
        (Refusal(418, b"teapot"), RegistryRefusedError, "refuses .* teapot", "418: teapot"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Refusal) else "",
)
def test_a_refusal_is_a_sentence_and_has_ollamas_words(
    tmp_path: Path, refusal: Refusal, kind: type[RegistryRefusedError], sentence: str, words: str
) -> None:
    """PL-14."""

    async def scenario(place: Place) -> None:
        place.server.add(b"weights")
        place.server.faults.manifest = refusal
        with pytest.raises(kind, match=sentence) as caught:
            await place.registry.manifest(place.source())
        assert (caught.value.status, caught.value.words) == (refusal.status, words)

    playing(tmp_path, scenario)


def test_who_is_asked_to_wait_waits_and_asks_again(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"weights")
        place.server.faults.manifest = Refusal(429, headers={"Retry-After": "1"}, times=1)
        place.server.faults.blob = Refusal(503, headers={"Retry-After": "1"}, times=1)
        assert (await place.pull())[-1].status == "success"
        assert [seen.kind for seen in place.server.seen] == ["manifests", "manifests", "blobs", "blobs", "blobs"]

    playing(tmp_path, scenario)


def listed(**more: Any) -> bytes:
    return json.dumps({"schemaVersion": 2, **more}).encode()


LAYER = {"mediaType": CONFIG, "digest": f"sha256:{'0' * 64}", "size": 3}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (listed(manifests=[{"mediaType": MANIFEST, "digest": LAYER["digest"]}]), "several models at once"),
        (b"<html>Sign in to the hotel's network</html>", "no manifest of a model"),
        (b"", "no manifest of a model"),
        (b"\xff\xfe", "no manifest of a model"),
        (b"[" * 100_000, "no manifest of a model"),
        (b'{"a":' + b"[" * 100_000, "no manifest of a model"),
        (listed(config=LAYER), "no manifest of a model"),
        (listed(config=LAYER, layers=[{**LAYER, "size": -1}]), "says what cannot be"),
        (listed(config=LAYER, layers=[{**LAYER, "digest": "sha256:../../../x"}]), "no manifest of a model"),
        (b" " * (LIMIT_BYTES + 1), "more than 4096 KiB"),
    ],
    ids=[
        "a list",
        "html",
        "empty",
        "binary",
        "deep",
        "deeper",
        "bare",
        "negative",
        "path",
        "oversized",
    ],
)
def test_what_is_no_manifest_is_refused_with_a_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    async def scenario(place: Place) -> None:
        place.server.add_manifest(data)
        with pytest.raises(RegistryAnswerError, match=sentence):
            await place.registry.manifest(place.source())
        with pytest.raises(RegistryAnswerError, match=sentence):
            await place.pull()
        assert not any(path.is_file() for path in place.folder.rglob("*"))

    playing(tmp_path, scenario)


@pytest.mark.parametrize("layers", [None, [], [{**LAYER, "mediaType": "application/vnd.ollama.image.tensor"}]])
def test_a_model_for_another_program_is_known_but_not_pulled(tmp_path: Path, layers: Any) -> None:
    async def scenario(place: Place) -> None:
        place.server.add_manifest(listed(config=LAYER, layers=layers))
        remote = await place.registry.manifest(place.source())
        assert not remote.has_weights
        with pytest.raises(RegistryAnswerError, match="no GGUF file"):
            await place.pull()
        assert not place.server.of_kind("blobs")

    playing(tmp_path, scenario)


def test_a_token_is_fetched_where_the_registry_says(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"weights")
        place.server.faults.token = "let-me-in"
        assert (await place.pull())[-1].status == "success"
        (fetched,) = place.server.of_kind("token")
        assert fetched.path == "/token?service=test&scope=repository%3Apull"
        assert not fetched.authorization
        assert [seen.authorization for seen in place.server.of_kind("blobs")] == [KEY, KEY]

    playing(tmp_path, scenario)


def test_a_token_that_ran_out_is_renewed(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"weights")
        place.server.faults.token = "old"
        await place.registry.manifest(place.source())
        place.server.faults.token = "new"
        await place.registry.manifest(place.source())
        sent = [seen.authorization for seen in place.server.of_kind("manifests")]
        assert sent == ["", "Bearer old", "Bearer old", "Bearer new"]

    playing(tmp_path, scenario)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (Refusal(403), "does not give"),
        (Refusal(200, b"<html>"), "to where there was none"),
        (Refusal(200, b'{"token":"two\\r\\nlines"}'), "does not give"),
        (Refusal(200, b"{}"), "does not give"),
    ],
    ids=["refused", "html", "no header", "none"],
)
def test_a_token_that_cannot_be_used_is_told_so(tmp_path: Path, told: Refusal, sentence: str) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"weights")
        place.server.faults.token = "let-me-in"
        place.server.faults.told_token = told
        with pytest.raises(RegistryError, match=sentence):
            await place.registry.manifest(place.source())
        assert len(place.server.of_kind("manifests")) == 1

    playing(tmp_path, scenario)


def test_a_redirect_to_another_host_is_followed_without_the_token(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"weights")
        place.server.faults.token = "let-me-in"
        place.server.faults.redirect = "other"
        assert (await place.pull())[-1].status == "success"
        elsewhere = place.server.of_kind("cdn")
        assert [seen.headers["host"] for seen in elsewhere] == [f"localhost:{place.server.port}"] * 2
        assert not any(_tells(seen, "let-me-in") for seen in elsewhere)

    playing(tmp_path, scenario)


def test_hugging_faces_token_goes_to_hugging_face_alone_and_only_when_it_must(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"weights")
        await place.pull()
        assert not any(_tells(seen, "hf_secret") for seen in place.server.seen)
        place.server.add(b"gated weights", model="gated")
        place.server.faults.token = "hf_secret"
        place.server.faults.redirect = "other"
        assert (await place.pull("gated"))[-1].status == "success"
        assert not any(_tells(seen, "hf_secret") for seen in place.server.of_kind("cdn"))
        assert not place.server.of_kind("token")

    playing(tmp_path, scenario, hf_token="hf_secret", hf_hosts=("127.0.0.1:{port}",))


def test_another_registry_never_sees_hugging_faces_token(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"weights")
        place.server.faults.manifest = Refusal(401)
        with pytest.raises(RegistryRefusedError):
            await place.registry.manifest(place.source())
        assert not any(_tells(seen, "hf_secret") for seen in place.server.seen)

    playing(tmp_path, scenario, hf_token="hf_secret")


def _tells(seen: Seen, secret: str) -> bool:
    return secret in seen.path or any(secret in value for value in seen.headers.values())


@pytest.mark.parametrize(
    "header", ["", "Basic realm=x", 'Bearer realm="ftp://x"', 'Bearer realm="http://[x"', "Bearer"]
)
def test_a_challenge_that_cannot_be_met_is_a_refusal(tmp_path: Path, header: str) -> None:
    async def scenario(place: Place) -> None:
        place.server.faults.manifest = Refusal(401, headers={"WWW-Authenticate": header})
        with pytest.raises(RegistryRefusedError, match="does not give"):
            await place.registry.manifest(place.source())
        assert len(place.server.seen) == 1

    playing(tmp_path, scenario)


@pytest.mark.parametrize(("redirect", "sentence"), [("loop", "in a circle"), ("file", "without encryption")])
def test_a_redirect_that_leads_nowhere_is_refused(tmp_path: Path, redirect: str, sentence: str) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"weights")
        place.server.faults.redirect = redirect
        with pytest.raises(RegistryAnswerError, match=sentence):
            await place.pull()
        assert len(place.server.of_kind("blobs")) <= 11

    playing(tmp_path, scenario)


def test_a_registry_that_is_silent_is_given_up_in_time(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"weights" * 1000)
        place.server.faults.stall_after = 100
        layer = (await place.registry.manifest(place.source())).layers[0]
        with pytest.raises(RegistryTimeoutError, match=r"sent nothing for"):
            await place.registry.small(place.source(), layer, limit=10_000)

    playing(tmp_path, scenario)


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        (lambda: f"127.0.0.1:{free_port()}", "Nothing answers at"),
        (lambda: "no-such-registry.invalid", r"is not known|cannot be reached"),
        (lambda: "127.0.0.1:99999", "cannot be reached|is no address"),
    ],
)
def test_a_registry_that_is_not_there_is_told_so(tmp_path: Path, host: Callable[[], str], sentence: str) -> None:
    async def scenario(place: Place) -> None:
        with pytest.raises(RegistryError, match=sentence) as caught:
            await place.registry.manifest(Source(parse_name(f"{host()}/library/x"), insecure=True))
        assert isinstance(caught.value, RegistryUnreachableError | RegistryAnswerError)

    playing(tmp_path, scenario)

"""A registry of models over the network: manifests before anything is fetched, and blobs or parts of them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from ollama_desk.core.web import Web, WebAnswer
from ollama_desk.domain.errors import (
    DigestMismatchError,
    ModelFileError,
    RegistryAnswerError,
    RegistryError,
    RegistryInterruptedError,
    RegistryUnreachableError,
)
from ollama_desk.registry.blobs import checked_digest
from ollama_desk.registry.challenge import Keyring
from ollama_desk.registry.layers import MODEL
from ollama_desk.registry.manifests import LIMIT_BYTES, MANIFEST_TYPE, Layer, Manifest
from ollama_desk.registry.patience import Patience, may_pass
from ollama_desk.registry.refusals import refusal
from ollama_desk.registry.source import Source

OK, PARTIAL = 200, 206
LOCKED = (401, 403)
KEYS = 3  # how many tokens are tried
REDIRECTS = 10
EXPLAINED_BYTES = 64 * 1024
MANIFEST_TRIES = 3


@dataclass(frozen=True, slots=True)
class RemoteManifest:
    """What a name stands for in its registry, now."""

    source: Source
    data: bytes  # as it came: its digest is the one that an installed model has
    manifest: Manifest

    @property
    def digest(self) -> str:
        """64 hex digits."""
        return hashlib.sha256(self.data).hexdigest()

    def stands_for(self, digest: str) -> bool:
        """Whether a model with this ``digest`` (of ``tags``; 64 hex digits) is the same, byte for byte or written anew.

        Servers keep a manifest as it came; older ones wrote it anew, in their own way and order.
        """
        again = msgspec.json.encode(self.manifest)
        same = (self.data, again, again + b"\n")
        return digest.removeprefix("sha256:").lower() in {hashlib.sha256(data).hexdigest() for data in same}

    def has_layers_of(self, manifest: Manifest) -> bool:
        """Whether it is made of the same blobs for the same ends, wherever they are said to come from."""
        return _ends(self.manifest) == _ends(manifest)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What there is to fetch: each blob once, in the order of the manifest, the configuration last."""
        found = {checked_digest(layer.digest): layer for layer in (*self.manifest.layers, self.manifest.config)}
        return tuple(found.values())

    @property
    def has_weights(self) -> bool:
        """Whether it is a GGUF file, and not tensors for another program or a model that runs elsewhere."""
        return bool(self.manifest.of_type(MODEL))

    @property
    def size_bytes(self) -> int:
        """Of all layers, each blob once."""
        return sum(layer.size for layer in self.layers)


class Registry:
    """Asks registries. Redirects are followed, but what opens the registry's door stays with the registry.

    Args:
        web: the network.
        keyring: tokens.
        patience: how long to wait.
    """

    def __init__(self, web: Web, keyring: Keyring, *, patience: Patience) -> None:
        self._web = web
        self._keyring = keyring
        self._patience = patience

    async def manifest(self, source: Source) -> RemoteManifest:
        """What the name stands for: sizes and digests, before a byte of the model is fetched.

        Raises:
            NotInRegistryError: no such model or tag.
            RegistryError: any other reason.
        """
        source.check()
        failed = 0
        while True:
            try:
                async with self._answered(source, source.manifest_url, {"Accept": MANIFEST_TYPE}) as answer:
                    data = await answer.read(limit=LIMIT_BYTES)
                return RemoteManifest(source, data, _decoded(data, source))
            except RegistryError as error:
                failed += 1
                if failed == MANIFEST_TRIES or isinstance(error, RegistryUnreachableError) or not may_pass(error):
                    raise
                wait_s = self._patience.wait_s(failed, error)
            await asyncio.sleep(wait_s)

    async def small(self, source: Source, layer: Layer, *, limit: int) -> bytes:
        """The content of a small layer, such as the licence, without keeping it.

        Raises:
            RegistryError: it cannot be had, is longer than ``limit`` bytes, or not what the manifest announced.
        """
        digest = checked_digest(layer.digest)
        async with self.blob(source, digest) as answer:
            data = await answer.read(limit=limit)
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
            raise mismatch(digest, f"sha256:{hashlib.sha256(data).hexdigest()}")
        return data

    @asynccontextmanager
    async def blob(self, source: Source, digest: str, span: range | None = None) -> AsyncIterator[WebAnswer]:
        """A blob, or the bytes of it that ``span`` names; the answer may be the whole blob all the same.

        Raises:
            RegistryRefusedError: it is not given; 416 where there are no such bytes.
            RegistryError: any other reason.
        """
        headers = {} if span is None else {"Range": f"bytes={span.start}-{span.stop - 1}"}
        async with self._answered(source, source.blob_url(digest), headers) as answer:
            yield answer

    @asynccontextmanager
    async def _answered(self, source: Source, url: str, headers: Mapping[str, str]) -> AsyncIterator[WebAnswer]:
        async with self._unlocked(source, url, headers) as answer:
            if answer.status not in (OK, PARTIAL):
                said = await _explanation(answer)
                if answer.status in LOCKED and origin(answer.url) != origin(url):
                    msg = f"A link that {source.name.host} gave us is not valid, or not any more. Try again."
                    raise RegistryInterruptedError(msg, words=f"{answer.status}")
                raise refusal(answer.status, answer.headers, said, source)
            coding = answer.headers.get("content-encoding", "identity")
            if coding != "identity":
                msg = f"{source.name.host} sent something compressed, which nobody asked for. Try again later."
                raise RegistryAnswerError(msg)
            yield answer

    @asynccontextmanager
    async def _unlocked(self, source: Source, url: str, headers: Mapping[str, str]) -> AsyncIterator[WebAnswer]:
        """The answer to a request with whatever token opens the door."""
        for tried in range(1, KEYS + 1):
            token = self._keyring.token(source)
            async with self._followed(url, headers, token) as answer:
                is_locked = answer.status in LOCKED and origin(answer.url) == origin(url)
                if not is_locked or tried == KEYS or not await self._renewed(source, answer, token):
                    yield answer
                    return

    async def _renewed(self, source: Source, answer: WebAnswer, token: str) -> bool:
        return await self._keyring.renew(source, answer, refused=token, silence_s=self._patience.stall_s)

    @asynccontextmanager
    async def _followed(self, url: str, headers: Mapping[str, str], token: str) -> AsyncIterator[WebAnswer]:
        """The answer at the end of the redirects; the token goes to the first host alone."""
        at, keys = url, {"Authorization": f"Bearer {token}"} if token else {}
        for _ in range(REDIRECTS + 1):
            async with self._web.get(at, headers={**headers, **keys}, silence_s=self._patience.stall_s) as answer:
                if not answer.target:
                    yield answer
                    return
                at, before = answer.target, at
            if origin(at) != origin(url):
                keys = {}  # for good, even if the next one leads back
            _check_step(before, at)
        msg = f"{urlsplit(url).hostname} sends its visitors in a circle. Try again later."
        raise RegistryAnswerError(msg, words=f'Get "{url}": stopped after {REDIRECTS} redirects')


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: who gets a request."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port


def mismatch(wanted: str, got: str) -> DigestMismatchError:
    """The error for a blob that is not what its digest says."""
    msg = (
        "What was downloaded is not what the registry announced. A proxy, a virus scanner or a failing disk may have "
        "changed it; it was removed. Try again."
    )
    return DigestMismatchError(msg, words=f"digest mismatch, file must be downloaded again: want {wanted}, got {got}")


def _ends(manifest: Manifest) -> frozenset[tuple[str, str]]:
    return frozenset((layer.media_type, checked_digest(layer.digest)) for layer in (manifest.config, *manifest.layers))


async def _explanation(answer: WebAnswer) -> bytes:
    """What a refusal says; nothing where that cannot be read."""
    try:
        return await answer.read(limit=EXPLAINED_BYTES)
    except RegistryError:
        return b""


def _check_step(before: str, after: str) -> None:
    """Refuse a redirect that gives up encryption, or that leads out of HTTP."""
    scheme = urlsplit(after).scheme
    if scheme == "https" or scheme == urlsplit(before).scheme == "http":
        return
    msg = f"{urlsplit(before).hostname} sends its visitors on to a place without encryption. Nothing was fetched there."
    raise RegistryAnswerError(msg)


def _decoded(data: bytes, source: Source) -> Manifest:
    """The manifest in ``data``.

    Raises:
        RegistryAnswerError: there is none, or one that we cannot use.
    """
    host = source.name.host
    try:
        keys = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        if "manifests" in keys:
            msg = f'"{source.name.short}" at {host} stands for several models at once. Ask for one of its tags.'
            raise RegistryAnswerError(msg)
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ModelFileError) as error:
        msg = f"What {host} sent for {source.name.short} is no manifest of a model. It may be no registry of models."
        raise RegistryAnswerError(msg) from error
    if any(layer.size < 0 for layer in (*manifest.layers, manifest.config)):
        raise RegistryAnswerError(f'The manifest of "{source.name.short}" at {host} says what cannot be.')
    return manifest

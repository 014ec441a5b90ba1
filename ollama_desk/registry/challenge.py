"""The keys to a registry: a token that it lets us fetch, or the person's own one for Hugging Face."""

import asyncio
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import msgspec

from ollama_desk.core.web import Web, WebAnswer
from ollama_desk.domain.errors import RegistryError
from ollama_desk.registry.reference import HUGGING_FACE
from ollama_desk.registry.source import Source

UNAUTHORIZED = 401
FORBIDDEN = 403
OK = 200
TOKEN_LIMIT_BYTES = 64 * 1024
PARAMETER = re.compile(r'([a-z_]+)="([^"]*)"', re.IGNORECASE)
PRINTABLE = re.compile(r"[!-~]+", re.ASCII)  # what a header may hold


@dataclass(frozen=True, slots=True)
class Challenge:
    """Where a token is to be had, and for what."""

    realm: str
    service: str = ""
    scope: str = ""

    @property
    def url(self) -> str:
        asked = [(name, value) for name, value in (("service", self.service), ("scope", self.scope)) if value]
        if not asked:
            return self.realm
        return f"{self.realm}{'&' if '?' in self.realm else '?'}{urlencode(asked)}"


class TokenReply(msgspec.Struct):
    """Either name is in use."""

    token: str = ""
    access_token: str = ""


def parse_challenge(header: str) -> Challenge | None:
    """What ``WWW-Authenticate`` asks for; None where it is not a bearer token."""
    kind, _, rest = header.strip().partition(" ")
    found = {name.lower(): value for name, value in PARAMETER.findall(rest)}
    if kind.lower() != "bearer" or not found.get("realm"):
        return None
    return Challenge(found["realm"], found.get("service", ""), found.get("scope", ""))


class Keyring:
    """One token for each repository, in memory only.

    Args:
        web: to fetch tokens with.
        hf_token: the person's own; sent to Hugging Face alone, and only once it has refused us without.
        hf_hosts: who Hugging Face is.
    """

    def __init__(self, web: Web, *, hf_token: str = "", hf_hosts: frozenset[str] = HUGGING_FACE) -> None:
        self._web = web
        self._hf_token = hf_token if PRINTABLE.fullmatch(hf_token) else ""
        self._hf_hosts = hf_hosts
        self._tokens: dict[str, str] = {}
        self._renewing = asyncio.Lock()

    def token(self, source: Source) -> str:
        """What to send to the registry of ``source``; ``""`` where nothing has to be."""
        return self._tokens.get(source.repository, "")

    async def renew(self, source: Source, answer: WebAnswer, *, refused: str, silence_s: float) -> bool:
        """Get another token than ``refused``; whether there is one to try.

        Raises:
            RegistryError: who gives them out cannot be reached.
        """
        async with self._renewing:  # four connections are refused at once
            current = self.token(source)
            if current != refused:
                return True
            token = self._own(source) or await self._fetched(source, answer, silence_s)
            if not token or token == refused:
                return False
            self._tokens[source.repository] = token
            return True

    def _own(self, source: Source) -> str:
        return self._hf_token if source.name.host.lower() in self._hf_hosts else ""

    async def _fetched(self, source: Source, answer: WebAnswer, silence_s: float) -> str:
        challenge = parse_challenge(answer.headers.get("www-authenticate", ""))
        if answer.status != UNAUTHORIZED or challenge is None or not _is_as_safe(challenge.realm, source.url):
            return ""
        async with self._web.get(challenge.url, headers={}, silence_s=silence_s) as reply:
            if reply.status != OK:
                return ""
            body = await reply.read(limit=TOKEN_LIMIT_BYTES)
        try:
            told = msgspec.json.decode(body, type=TokenReply)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            msg = f"{source.name.host} sent us for a token to where there was none. Try again later."
            raise RegistryError(msg) from error
        token = told.token or told.access_token
        return token if PRINTABLE.fullmatch(token) else ""


def _is_as_safe(realm: str, registry: str) -> bool:
    """A token travels encrypted unless the registry itself does not."""
    try:
        scheme = urlsplit(realm).scheme.lower()
    except ValueError:
        return False
    return scheme == "https" or scheme == urlsplit(registry).scheme == "http"

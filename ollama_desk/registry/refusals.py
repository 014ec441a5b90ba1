"""What the statuses of a registry mean, in a sentence for a person and in Ollama's words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ollama_desk.domain.errors import NotInRegistryError, RegistryRefusedError
from ollama_desk.registry.reference import HUGGING_FACE
from ollama_desk.registry.source import Source

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY_REQUESTS, TOO_OLD = 401, 403, 404, 429, 412
SERVER_FAILS = 500
QUOTED = 500  # characters of what a registry says


def refusal(status: int, headers: Mapping[str, str], body: bytes, source: Source) -> RegistryRefusedError:
    """The error for an answer that is none of those that were hoped for."""
    text = body.decode("utf-8", "replace").strip()[:QUOTED]
    words = f"{status}: {text}"
    host, name = source.name.host, source.name.short
    match status:
        case 404:
            msg = f'There is no "{name}" at {host}. Check the name and its tag.'
            return NotInRegistryError(msg, words="file does not exist", status=status)
        case 401 | 403:
            words = "unauthorized: access denied" if status == UNAUTHORIZED else words
            return RegistryRefusedError(_locked(source), words=words, status=status)
        case 429:
            msg = f"{host} asks to wait: too many downloads from this network. Try again in a few minutes."
        case 412:
            msg = f'"{name}" asks for a newer version of Ollama: {text or "no reason given"}'
        case _ if status >= SERVER_FAILS:
            msg = f"{host} has trouble of its own (status {status}). Try again in a few minutes."
        case _:
            msg = f'{host} refuses "{name}" (status {status}). {text}'.strip()
    return RegistryRefusedError(msg, words=words, status=status, retry_after_s=retry_after_s(headers))


def retry_after_s(headers: Mapping[str, str], *, now: datetime | None = None) -> float:
    """How long ``Retry-After`` asks to wait, in seconds; 0 where it does not say."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())


def _locked(source: Source) -> str:
    if source.name.host.lower() in HUGGING_FACE:
        return (
            f'Hugging Face does not give "{source.name.short}" to everybody. Accept the conditions on its page, and '
            "put a token of your account into the variable HF_TOKEN; or the name is misspelt."
        )
    return (
        f'{source.name.host} does not give "{source.name.short}" to everybody: it is private, or the name is misspelt.'
    )

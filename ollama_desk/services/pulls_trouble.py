"""What a failed download means: give up and say why, or go on by itself, and when."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from ollama_desk.domain.errors import (
    CertificateError,
    DeskError,
    DiskFullError,
    ModelNotFoundError,
    NotOllamaError,
    OllamaError,
    RegistryError,
    RegistryRefusedError,
    RequestFailedError,
    ServerBusyError,
)
from ollama_desk.registry.patience import may_pass
from ollama_desk.registry.reference import HUGGING_FACE, ModelName

SAID = "The server said: "
WRONG = (
    "Three times what was downloaded was not what the registry announced. A proxy, a virus scanner or a failing disk "
    "may change it. Look into that before trying again."
)
WRONG_ONCE = "What was downloaded was not what the registry announced. It was removed and is fetched again."
GONE = "The server stopped. The download goes on by itself once it answers again."
TOO_MANY_REQUESTS = 429
RATE_WAIT_S = 60.0
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 60.0


class Way(Enum):
    """How it goes on."""

    FAIL = auto()
    SERVER = auto()  # once the server answers
    NETWORK = auto()  # after a while
    SPACE = auto()  # once the disk has room
    MISFIT = auto()  # at once, from the beginning: what came was wrong
    PARTS = auto()  # once the damaged parts are out of the way


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it goes on, and the sentence for a person."""

    way: Way
    reason: str
    wait_s: float = 0.0  # at least


# What servers say, of either make, and of any version that was recorded or read.
CERTIFICATE = re.compile(r"x509|certificate|unknown authority", re.IGNORECASE)
NO_TLS = re.compile(r"does not look like a TLS handshake|HTTP response to HTTPS client", re.IGNORECASE)
LOCKED = re.compile(r"\b40[13]\b|unauthorized|access denied|forbidden|must be logged in", re.IGNORECASE)
RATE = re.compile(r"\b429\b|too many requests|rate limit", re.IGNORECASE)
TOO_NEW = re.compile(r"\b412\b|requires a newer version", re.IGNORECASE)
NO_SPACE = re.compile(r"no space left|not enough space|disk quota exceeded", re.IGNORECASE)
MISFIT = re.compile(r"digest mismatch", re.IGNORECASE)
PARTS = re.compile(r"(EOF|unexpected end of JSON input|invalid character .*|json: .*)\.?", re.IGNORECASE)
NETWORK = re.compile(
    r"dial tcp|no such host|i/o timeout|network is unreachable|no route to host|connection re(fused|set)|broken pipe"
    r"|max retries exceeded|unexpected EOF|handshake timeout|deadline exceeded|timeout|: EOF|\b50[0234]\b|stalled",
    re.IGNORECASE,
)
FROM_REGISTRY = re.compile(r"pull model manifest|max retries exceeded", re.IGNORECASE)


def verdict(error: DeskError, name: ModelName, *, looked_up: RegistryError | None) -> Verdict:
    """What ``error`` means for the download of ``name``.

    Args:
        error: that ended it.
        name: of the model.
        looked_up: why we ourselves could not look the name up; None where we could.
    """
    match error:
        case DiskFullError():
            return Verdict(Way.SPACE, str(error))
        case ServerBusyError():
            return Verdict(Way.NETWORK, str(error))
        case RequestFailedError():
            return _of_server(error, name, looked_up)
        case OllamaError() if not isinstance(error, NotOllamaError):
            return Verdict(Way.SERVER, GONE)
        case _:
            return Verdict(Way.FAIL, str(error))


def wait_s(failed: int, at_least_s: float) -> float:
    """How long to wait after so many failures in a row, so that not everything comes back at once."""
    growing = min(FIRST_WAIT_S * 2.0 ** min(failed - 1, 10), LONGEST_WAIT_S)
    return max(growing, at_least_s) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def _of_registry(error: RegistryError, name: ModelName) -> Verdict:
    """What the registry told us ourselves, which says more than a server's words about it."""
    if isinstance(error, RegistryRefusedError) and error.status == TOO_MANY_REQUESTS:
        return _rate(name, error.retry_after_s)
    return _unreached(name) if may_pass(error) else Verdict(Way.FAIL, str(error))


def _of_server(error: RequestFailedError, name: ModelName, looked_up: RegistryError | None) -> Verdict:
    said = str(error).partition(SAID)[2]
    if isinstance(looked_up, RegistryRefusedError | CertificateError) and FROM_REGISTRY.search(said):
        return _of_registry(looked_up, name)
    if isinstance(error, ModelNotFoundError) or TOO_NEW.search(said):
        return Verdict(Way.FAIL, str(error))
    if PARTS.fullmatch(said):
        return Verdict(Way.PARTS, str(error))
    found = next((meaning(name) for pattern, meaning in MEANINGS if pattern.search(said)), None)
    return found or Verdict(Way.FAIL, str(error))


def _untrusted(name: ModelName) -> Verdict:
    msg = (
        f"The server does not trust the certificate of {name.host}. A company's network or a virus scanner may read "
        "along: ask for its root certificate and name its file in SSL_CERT_FILE."
    )
    return Verdict(Way.FAIL, msg)


def _plain(name: ModelName) -> Verdict:
    msg = (
        f"{name.host} does not speak TLS. If it is a registry of your own that has only plain HTTP, allow that for "
        "this download."
    )
    return Verdict(Way.FAIL, msg)


def _full(_name: ModelName) -> Verdict:
    return Verdict(Way.SPACE, "The disk is full. The download goes on by itself once there is space.")


def _misfit(_name: ModelName) -> Verdict:
    return Verdict(Way.MISFIT, "")


def _rate(name: ModelName, asked_s: float = 0.0) -> Verdict:
    msg = f"{name.host} asks to wait: too many downloads from this network. The download goes on by itself."
    return Verdict(Way.NETWORK, msg, wait_s=max(asked_s, RATE_WAIT_S))


def _unreached(name: ModelName) -> Verdict:
    msg = f"{name.host} cannot be reached. The download goes on by itself once that works again."
    return Verdict(Way.NETWORK, msg)


def _locked(name: ModelName) -> Verdict:
    if name.host.lower() in HUGGING_FACE:
        msg = (
            f'Hugging Face does not give "{name.short}" to everybody. Accept the conditions on its page, and put a '
            "token of your account into the variable HF_TOKEN; or the name is misspelt."
        )
        return Verdict(Way.FAIL, msg)
    msg = f'{name.host} does not give "{name.short}" to everybody: it is private, or the name is misspelt.'
    return Verdict(Way.FAIL, msg)


MEANINGS: tuple[tuple[re.Pattern[str], Callable[[ModelName], Verdict]], ...] = (
    (MISFIT, _misfit),
    (NO_SPACE, _full),
    (CERTIFICATE, _untrusted),
    (NO_TLS, _plain),
    (RATE, _rate),
    (LOCKED, _locked),
    (NETWORK, _unreached),
)

"""What went wrong on the way to a server of the open network: a sentence for a person, and Go's words for a client."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from ollama_desk.domain.errors import (
    CertificateError,
    RegistryError,
    RegistryInterruptedError,
    RegistryTimeoutError,
    RegistryUnreachableError,
)

AGAIN = "What has come so far is kept: try again."


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A request that failed."""

    url: str  # without query and password
    place: str  # host, and the port where it was said
    silence_s: float

    def words(self, reason: str) -> str:
        """As Go's client says it."""
        return f'Get "{self.url}": {reason}'


def ours(error: Exception, asked: NotTaken, *, is_late: bool, is_proxy: bool, has_begun: bool) -> RegistryError:
    """The error of ours for what was raised.

    Args:
        error: with its causes.
        asked: the request.
        is_late: it was connected, and then nothing came.
        is_proxy: the proxy refused.
        has_begun: the head of the answer had come.
    """
    place = asked.place
    if is_late:
        msg = f"{place} sent nothing for {asked.silence_s:.0f} s. {AGAIN}"
        return RegistryTimeoutError(msg, words=asked.words("net/http: timeout awaiting response"))
    if has_begun:
        return RegistryInterruptedError(f"{place} broke off in the middle. {AGAIN}", words="unexpected EOF")
    if is_proxy:
        msg = f"The proxy that the environment names does not let us through to {place}. Check HTTPS_PROXY."
        return RegistryUnreachableError(msg, words=asked.words(f"proxyconnect tcp: {error}"))
    return _unreached(error, asked)


def _unreached(error: Exception, asked: NotTaken) -> RegistryError:
    place = asked.place
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                msg = (
                    f"The certificate of {place} was issued by nobody whom this computer trusts "
                    f"({cause.verify_message}). A company's network or a virus scanner may read along: ask for its "
                    "root certificate and name its file in SSL_CERT_FILE."
                )
                reason = f"tls: failed to verify certificate: x509: {cause.verify_message}"
                return CertificateError(msg, words=asked.words(reason))
            case ssl.SSLError():
                msg = (
                    f"{place} does not speak TLS. If it is a registry of your own that has only plain HTTP, allow that "
                    "for this download."
                )
                return RegistryUnreachableError(
                    msg, words=asked.words("tls: first record does not look like a TLS handshake")
                )
            case socket.gaierror():
                msg = f"The name {place} is not known. This computer may be offline, or the name is misspelt."
                return RegistryUnreachableError(msg, words=asked.words(f"dial tcp: lookup {place}: no such host"))
            case ConnectionRefusedError():
                msg = f"Nothing answers at {place}. Check the name, or try again later."
                return RegistryUnreachableError(
                    msg, words=asked.words(f"dial tcp {place}: connect: connection refused")
                )
            case _:
                continue
    msg = f"{place} cannot be reached: {str(error) or type(error).__name__}. Check the network and try again."
    return RegistryUnreachableError(msg, words=asked.words(f"dial tcp {place}: {str(error) or 'i/o timeout'}"))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything that led to it."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        found = waiting.pop(0)
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        if isinstance(found, BaseExceptionGroup):
            waiting.extend(found.exceptions)
        waiting.extend(cause for cause in (found.__cause__, found.__context__) if cause is not None)

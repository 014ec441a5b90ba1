"""What no Ollama server sends: answers that are refused before they are read."""

from collections.abc import Mapping

from ollama_desk.domain.errors import NotOllamaError


def refuse(headers: Mapping[str, str], address: str, *, is_redirect: bool) -> None:
    """Redirects and compressed answers.

    Raises:
        NotOllamaError: it is one.
    """
    if is_redirect:
        target = headers.get("location", "")[:200]
        msg = (
            f"The server at {address} sends its visitors on to {target}, which an Ollama server does not do. "
            "Nothing was sent there. Check the address."
        )
        raise NotOllamaError(msg)
    coding = headers.get("content-encoding", "identity")
    if coding != "identity":
        msg = (
            f"The server at {address} sent an answer compressed as {coding[:40]}, which nobody asked for. "
            "Check the address: this may be no Ollama server."
        )
        raise NotOllamaError(msg)

"""What a server's refusal means: status and body in, an error of ours with a sentence for a person out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ollama_desk.domain.errors import (
    ContextFullError,
    ModelLoadError,
    ModelNotFoundError,
    NotOllamaError,
    OllamaError,
    RequestFailedError,
    RunnerCrashedError,
    ServerBusyError,
    UnsupportedByModelError,
)
from ollama_desk.ollama.decode import json_object, json_value, mended

DEPTH_LIMIT = 32  # of objects and texts inside each other
READ_LIMIT = 4096  # characters of the server in which a meaning is looked for
WORDS_LIMIT = 600  # characters of the server that a sentence repeats
BODY_LIMIT = 64 * 1024  # bytes of a body that are read for an error


@dataclass(frozen=True, slots=True)
class Rule:
    """How texts of servers are recognised and what a person is told; ``{said}`` stands for the server's words."""

    pattern: re.Pattern[str]
    kind: type[RequestFailedError]
    sentence: str


def _rule(pattern: str, kind: type[RequestFailedError], sentence: str) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), kind, sentence)


# The first that matches. Texts: Ollama 0.24 and 0.33 and the llama.cpp in them, recorded or read in their source.
RULES = (
    _rule(
        r"exceed_context_size_error|exceeds? the (available )?context (size|length|window)"
        r"|prompt is longer than the context",
        ContextFullError,
        "The conversation does not fit the model's context. Shorten it, start a new chat or give the model a larger "
        "context. {said}",
    ),
    _rule(
        r"does not support (thinking|tools|insert|vision|chat|generate|completion|embedding|image|audio)"
        r"|(image|audio) input is not supported|models are not currently supported|only supports one image",
        UnsupportedByModelError,
        "This model cannot do what was asked; choose another model or leave it out. {said}",
    ),
    _rule(
        r"server busy|maximum pending requests|^loading model$",
        ServerBusyError,
        "The server is busy with other requests. Wait a moment and try again. {said}",
    ),
    _rule(
        r"process has terminated: signal: killed",
        ModelLoadError,
        "The model's process was killed while it loaded the model, which is what a system does when its memory runs "
        "out. Close other programs, unload other models or choose a smaller one. {said}",
    ),
    _rule(
        r"signal: killed",
        RunnerCrashedError,
        "The model's process was killed, which is what a system does when its memory runs out. Send the message "
        "again: the model will be loaded anew. If it happens again, choose a smaller model or context. {said}",
    ),
    _rule(
        r"runner has unexpectedly stopped|encountered while running the model|runner process (is )?no longer running",
        RunnerCrashedError,
        "The process that runs the model died. Send the message again: the model will be loaded anew. If it keeps "
        "dying, the model may be too large for this machine. {said}",
    ),
    _rule(
        r"requires more (system )?memory|out[ -]of[ -]memory|insufficient memory|cudamalloc failed",
        ModelLoadError,
        "The model does not fit the memory of this machine. Close other programs, unload other models or choose a "
        "smaller one. {said}",
    ),
    _rule(
        r"exceeds file size|not in gguf format|invalid file magic|file is truncated",
        ModelLoadError,
        "The model's file is damaged or is no GGUF file. Download the model again or choose another file. {said}",
    ),
    _rule(
        r"requires a newer version|may be incompatible with your version",
        ModelLoadError,
        "This model needs a newer server. Update the server, then download the model again. {said}",
    ),
    _rule(
        r"(llama-server|runner) process has terminated|timed out waiting for (llama|the llama|server)"
        r"|(unable|failed) to load model|error loading model|unknown model architecture",
        ModelLoadError,
        "The model could not be loaded. Choose another model, or look into the server's log. {said}",
    ),
    _rule(
        r"pull model manifest: file does not exist|manifest unknown",
        ModelNotFoundError,
        "The registry has no model of this name and tag. Check how it is written. {said}",
    ),
    _rule(
        r"""model ['"]?[^'"]*['"]? not found|try pulling it first""",
        ModelNotFoundError,
        "The server does not have this model. Download it or choose another. {said}",
    ),
    _rule(
        r"digest mismatch",
        RequestFailedError,
        "What arrived is damaged: its checksum is wrong. Try again; if it happens again, a proxy, a virus scanner or "
        "the disk may be at fault. {said}",
    ),
    _rule(
        r"no space left on device|not enough space on the disk",
        RequestFailedError,
        "The disk of the server is full. Free some space and try again. {said}",
    ),
    _rule(
        r"dial tcp|no such host|i/o timeout|tls: |x509: |network is unreachable|max retries exceeded",
        RequestFailedError,
        "The server could not reach the model registry. Check its internet connection and the name of the model. "
        "{said}",
    ),
    _rule(
        r"invalid model name|model is required|(source|destination|name) \".*\" is invalid",
        RequestFailedError,
        "This is not a name that a model can have. Check how it is written. {said}",
    ),
    _rule(
        r"option \".*\" must be of type|invalid think value|think must be|invalid duration|missing unit in duration"
        r"|invalid format",
        RequestFailedError,
        "A parameter of the request has a value that the server does not take. Correct it and try again. {said}",
    ),
)

STATUS_RULES: Mapping[int, tuple[type[RequestFailedError], str]] = {
    401: (RequestFailedError, "The server wants you to sign in to Ollama first. {said}"),
    403: (
        RequestFailedError,
        "The server refused this program. It may only accept other host names or origins, or forbid this. {said}",
    ),
    405: (RequestFailedError, "The server does not know this request; it may be of another version. {said}"),
    503: (ServerBusyError, "The server is busy or not ready. Wait a moment and try again. {said}"),
}


def failure(status: int, body: bytes) -> OllamaError:
    """The error for an answer with a status that is no success."""
    reply = json_object(body[:BODY_LIMIT])
    if reply is not None and reply.get("error"):
        return error_of(reply["error"], status=status)
    text = body[:BODY_LIMIT].decode("utf-8", "replace").strip()
    if reply is not None or text.startswith("<"):
        return NotOllamaError(
            f"What answers there is not an Ollama server: it refused with status {status} in its own words. "
            "Check the address in the settings."
        )
    if text.startswith("404"):  # plain text: the route, not a model
        sentence = "The server does not know this request; it may be too old for it, or no Ollama server."
        return RequestFailedError(f"{sentence} {_said(text)}", status=status)
    return _by_status(text, status)


def error_of(error: Any, *, status: int = 200) -> RequestFailedError:
    """The error for the value of an ``error`` field: a text, a text with JSON in it, or an object.

    Args:
        error: the value.
        status: of HTTP; 200 where it came as a line of a stream.
    """
    kind, words = _unwrapped(error)
    if status == 503:  # noqa: PLR2004 - it always means: later
        return _by_status(words, status)
    for rule in RULES:
        if rule.pattern.search(f"{kind} {words}".strip()):
            return rule.kind(rule.sentence.format(said=_said(words)).strip(), status=status)
    return _by_status(words, status)


def _by_status(words: str, status: int) -> RequestFailedError:
    said = _said(words)
    if status in STATUS_RULES:
        kind, sentence = STATUS_RULES[status]
    elif status >= 500:  # noqa: PLR2004 - HTTP's own classes
        kind, sentence = RequestFailedError, "The server failed at the request; its log may say more. {said}"
    else:
        kind, sentence = RequestFailedError, "The server refused the request. {said}"
    if not said:
        said = f"It gave no reason (status {status})."
    return kind(sentence.format(said=said), status=status)


def _said(words: str) -> str:
    """The server's words as a sentence of their own, bounded and on one line; empty where there are none."""
    words = " ".join(mended(words).split())
    if not words:
        return ""
    if len(words) > WORDS_LIMIT:
        words = f"{words[:WORDS_LIMIT]}…"
    return f"The server said: {words}" + ("" if words.endswith((".", "!", "?", "…")) else ".")


def _unwrapped(error: Any) -> tuple[str, str]:
    """Type and message of an error, out of however many layers of JSON text."""
    kind = prefix = ""
    for _ in range(DEPTH_LIMIT):
        if isinstance(error, dict):
            kind = error["type"] if isinstance(error.get("type"), str) else kind
            error = error.get("error") or error.get("message") or error.get("detail") or ""
        elif isinstance(error, str) and (inner := _inner(error)) is not None:
            before, error = inner
            prefix = f"{prefix} {before}".strip()
        else:
            break
    words = error if isinstance(error, str) else ""
    return kind[:READ_LIMIT], f"{prefix} {words}".strip()[:READ_LIMIT]


def _inner(text: str) -> tuple[str, dict[str, Any]] | None:
    """What stands before an object of JSON that ends ``text``, and the object; None where there is none."""
    start = text.find("{")
    if start < 0 or not text.rstrip().endswith("}"):
        return None
    try:
        found = json_value(text[start:])
    except ValueError:
        return None
    if isinstance(found, dict) and found.keys() & {"error", "message"}:
        return text[:start].rstrip(" :"), found
    return None

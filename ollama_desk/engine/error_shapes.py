"""How a failure is told: each of the interfaces that the engine speaks has its own shape for it."""

import secrets

import msgspec

OPENAI_TYPES = {400: "invalid_request_error", 404: "not_found_error"}
ANTHROPIC_TYPES = {
    **OPENAI_TYPES,
    401: "authentication_error",
    403: "permission_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}
MESSAGES = "/v1/messages"


def error_body(path: str, status: int, text: str) -> object:
    """The body of a refusal by the handler of ``path``."""
    if path == MESSAGES:
        error = {"type": ANTHROPIC_TYPES.get(status, "api_error"), "message": text}
        return {"type": "error", "error": error, "request_id": f"req_{secrets.token_hex(12)}"}
    if path.startswith("/v1/"):
        kind = OPENAI_TYPES.get(status, "api_error")
        return {"error": {"message": text, "type": kind, "param": None, "code": None}}
    return {"error": text}


def error_line(path: str, status: int, text: str) -> bytes:
    """What ends a stream of the handler of ``path`` that has begun: an event where events are awaited."""
    body = msgspec.json.encode(error_body(path, status, text))
    if path == MESSAGES:
        return b"event: error\ndata: %s\n\n" % body
    return b"data: %s\n\n" % body if path.startswith("/v1/") else body + b"\n"

"""Requests out of the schemas of the engine's interfaces, with a wrong value here and there."""

from collections.abc import Mapping
from typing import Any

import msgspec
from hypothesis import strategies as st

from ollama_desk.engine.anthropic_requests import MessagesRequest
from ollama_desk.engine.openai_requests import ChatCompletionRequest, CompletionRequest, Embeddings
from ollama_desk.engine.responses_requests import ResponsesRequest
from ollama_desk.ollama.wire import (
    ChatRequest,
    CopyRequest,
    CreateRequest,
    DeleteRequest,
    EmbeddingsRequest,
    EmbedRequest,
    GenerateRequest,
    PullRequest,
    ShowRequest,
)

Json = st.SearchStrategy[Any]
REQUESTS: Mapping[tuple[str, str], type[msgspec.Struct]] = {
    ("POST", "/api/chat"): ChatRequest,
    ("POST", "/api/generate"): GenerateRequest,
    ("POST", "/api/embed"): EmbedRequest,
    ("POST", "/api/embeddings"): EmbeddingsRequest,
    ("POST", "/api/show"): ShowRequest,
    ("POST", "/api/create"): CreateRequest,
    ("POST", "/api/copy"): CopyRequest,
    ("DELETE", "/api/delete"): DeleteRequest,
    ("POST", "/api/pull"): PullRequest,
    ("POST", "/v1/chat/completions"): ChatCompletionRequest,
    ("POST", "/v1/completions"): CompletionRequest,
    ("POST", "/v1/embeddings"): Embeddings,
    ("POST", "/v1/responses"): ResponsesRequest,
    ("POST", "/v1/messages"): MessagesRequest,
}
ASKED = ("tiny", "thinker", "vectors", "nope", "", "no name!", "a/b/c/d:e")  # the first three are there
MADE = ("made", "team/made:v1", "", "no name!")  # by create and copy; these may be deleted
NEAR = ("127.0.0.1:9/library/nope", "", "no name!", "http://127.0.0.1:9/library/nope")  # no registry but this machine
NUMBERS = st.one_of(st.integers(-(2**65), 2**65), st.integers(-2, 30), st.floats(allow_nan=False, allow_infinity=False))
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(["think", "JSON", "5m", "-1", "data:image/png;base64,aGk="]))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
JUNK: Json = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
OPTION_NAMES = ("num_predict", "temperature", "top_k", "top_p", "stop", "seed", "num_keep", "repeat_penalty", "wild")
OPTIONS = st.dictionaries(st.sampled_from(OPTION_NAMES), SCALARS, max_size=3)
ROLES = st.sampled_from(["user", "assistant", "system", "tool", "developer", "wizard"])
PARTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url", "input_text", "tool_use", "tool_result", "image", "wild"])},
    optional={"text": TEXTS, "image_url": JUNK, "source": JUNK, "id": TEXTS, "name": TEXTS, "input": JUNK},
)
MESSAGES = st.fixed_dictionaries(
    {"role": ROLES},
    optional={
        "content": st.one_of(TEXTS, st.lists(PARTS, max_size=2), JUNK),
        "tool_calls": st.one_of(st.lists(JUNK, max_size=2), JUNK),
        "images": st.lists(TEXTS, max_size=1),
        "thinking": TEXTS,
        "tool_call_id": TEXTS,
        "type": st.sampled_from(["message", "function_call", "function_call_output", "reasoning"]),
        "call_id": TEXTS,
        "name": TEXTS,
        "arguments": TEXTS,
        "output": JUNK,
    },
)
FIELDS: dict[str, Json] = {
    "options": OPTIONS,
    "messages": st.lists(MESSAGES, max_size=3),
    "input": st.one_of(TEXTS, st.lists(TEXTS, max_size=3), st.lists(MESSAGES, max_size=3)),
    "max_tokens": st.integers(-2, 30),
    "from": st.sampled_from(["tiny", *NEAR]),
    "source": st.sampled_from(ASKED),
    "destination": st.sampled_from(MADE),
}
NAMES = {"/api/create": MADE, "/api/delete": MADE, "/api/pull": NEAR}


def bodies(path: str, kind: type[msgspec.Struct]) -> Json:
    """Bodies for ``path``: most fields as the schema has them, some as nobody expects."""
    names = st.sampled_from(NAMES.get(path, ASKED))
    told = msgspec.inspect.type_info(kind)
    assert isinstance(told, msgspec.inspect.StructType)
    fields: dict[str, Json] = {}
    for field in told.fields:
        name = field.encode_name
        if name in ("model", "name"):
            fields[name] = names
        elif name in FIELDS and (name != "messages" or path != "/api/create"):
            fields[name] = FIELDS[name]
        else:
            fields[name] = st.one_of(_like(field.type), _like(field.type), _like(field.type), JUNK)
    always = {name: fields.pop(name) for name in ("model", "messages", "input") if name in fields}
    return st.fixed_dictionaries(always, optional=fields)


SIMPLE: dict[type[msgspec.inspect.Type], Json] = {
    msgspec.inspect.StrType: TEXTS,
    msgspec.inspect.BoolType: st.booleans(),
    msgspec.inspect.IntType: NUMBERS,
    msgspec.inspect.FloatType: NUMBERS,
    msgspec.inspect.NoneType: st.none(),
}


def _like(kind: msgspec.inspect.Type) -> Json:
    """Values of a type."""
    match kind:
        case msgspec.inspect.ListType(item_type=item):
            return st.lists(_like(item), max_size=2)
        case msgspec.inspect.DictType(value_type=value):
            return st.dictionaries(TEXTS, _like(value), max_size=2)
        case msgspec.inspect.UnionType(types=kinds):
            return st.one_of(*(_like(one) for one in kinds))
        case msgspec.inspect.StructType(fields=fields):
            return st.fixed_dictionaries({}, optional={field.encode_name: _like(field.type) for field in fields})
        case _:
            return SIMPLE.get(type(kind), JUNK)


EXCHANGES: st.SearchStrategy[tuple[str, str, Any]] = st.sampled_from(sorted(REQUESTS)).flatmap(
    lambda route: st.tuples(st.just(route[0]), st.just(route[1]), bodies(route[1], REQUESTS[route]))
)

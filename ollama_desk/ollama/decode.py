"""Turns what a server says into values of ours, field by field: one odd field never costs the others."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from ollama_desk.domain.chat import ChatChunk, DoneReason, ToolCall, TurnStats
from ollama_desk.domain.errors import NotOllamaError
from ollama_desk.domain.models import Model, ModelDetails, PullStep, RunningModel

NS = 1_000_000_000
FIRST_YEAR = 1970  # Go writes an unset time as the year 1
LARGEST = 2**63 - 1
DONE_REASONS = {reason.value: reason for reason in DoneReason}

JsonObject = Mapping[str, Any]


def json_value(raw: bytes | str) -> Any:
    """The value of ``raw``; invalid UTF-8 and lone surrogates become U+FFFD.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    try:  # slower and more forgiving
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
        return mended(json.loads(text))
    except (ValueError, RecursionError) as error:
        msg = "no JSON"
        raise ValueError(msg) from error


def json_object(raw: bytes | str) -> JsonObject | None:
    """The object that ``raw`` is, or None where it is none."""
    try:
        value = json_value(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def mended(value: Any) -> Any:
    """``value`` with every lone surrogate replaced by U+FFFD, so that it can be stored and sent."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {mended(key): mended(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mended(item) for item in value]
    return value


# --- fields ----------------------------------------------------------------------------------------------------


def text_of(value: JsonObject, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def number_of(value: JsonObject, key: str) -> int:
    """A count; 0 where it is none, below zero or beyond 63 bits."""
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= LARGEST:
        return 0  # NaN is caught by the comparison
    return int(found)


def object_of(value: JsonObject, key: str) -> JsonObject:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def texts_of(value: JsonObject, key: str) -> frozenset[str]:
    found = value.get(key)
    return frozenset(item for item in found if isinstance(item, str)) if isinstance(found, list) else frozenset()


def time_of(value: JsonObject, key: str) -> datetime | None:
    """An aware time; None where it is none or Go's zero."""
    try:
        moment = datetime.fromisoformat(text_of(value, key))
    except ValueError:
        return None
    if moment.year < FIRST_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(value: JsonObject, key: str) -> float:
    return number_of(value, key) / NS


def _name(entry: JsonObject) -> str:
    return text_of(entry, "name") or text_of(entry, "model")


def _digest(entry: JsonObject) -> str:
    return text_of(entry, "digest").removeprefix("sha256:")


# --- replies ---------------------------------------------------------------------------------------------------


def version_of(reply: JsonObject) -> str:
    """The server's version.

    Raises:
        NotOllamaError: the answer has none.
    """
    version = text_of(reply, "version")
    if not version:
        raise not_ollama("it does not tell a version")
    return version


def models_of(reply: JsonObject) -> tuple[Model, ...]:
    """What is installed, in the server's order.

    Raises:
        NotOllamaError: the answer is no list of models.
    """
    return tuple(_model(entry) for entry in _entries(reply))


def running_of(reply: JsonObject) -> tuple[RunningModel, ...]:
    """What is loaded, in the server's order.

    Raises:
        NotOllamaError: the answer is no list of models.
    """
    return tuple(
        RunningModel(
            name=_name(entry),
            digest=_digest(entry),
            size_bytes=number_of(entry, "size"),
            vram_bytes=number_of(entry, "size_vram"),
            context_length=number_of(entry, "context_length"),
            expires_at=time_of(entry, "expires_at"),
        )
        for entry in _entries(reply)
    )


def _entries(reply: JsonObject) -> list[JsonObject]:
    listed = reply.get("models", ())
    if listed is None:  # Go's empty slice
        return []
    if not isinstance(listed, list):
        raise not_ollama("it does not list its models")
    return [entry for entry in listed if isinstance(entry, dict) and _name(entry)]


def _model(entry: JsonObject) -> Model:
    details = object_of(entry, "details")
    return Model(
        name=_name(entry),
        digest=_digest(entry),
        size_bytes=number_of(entry, "size"),
        parameter_size=text_of(details, "parameter_size"),
        quantization=text_of(details, "quantization_level"),
        family=text_of(details, "family"),
        context_length=number_of(details, "context_length"),
        embedding_length=number_of(details, "embedding_length"),
        capabilities=texts_of(entry, "capabilities"),
        modified_at=time_of(entry, "modified_at"),
        remote_host=text_of(entry, "remote_host"),
    )


def details_of(reply: JsonObject, name: str) -> ModelDetails:
    """What ``show`` says about ``name``; lengths come from the model's own keys where they are only there."""
    details, info = object_of(reply, "details"), object_of(reply, "model_info")
    architecture = text_of(info, "general.architecture")
    return ModelDetails(
        name=name,
        family=text_of(details, "family"),
        parameter_size=text_of(details, "parameter_size"),
        quantization=text_of(details, "quantization_level"),
        context_length=number_of(details, "context_length") or number_of(info, f"{architecture}.context_length"),
        embedding_length=number_of(details, "embedding_length") or number_of(info, f"{architecture}.embedding_length"),
        capabilities=texts_of(reply, "capabilities"),
        template=text_of(reply, "template"),
        system=text_of(reply, "system"),
        licence=_licence(reply),
        parameters=text_of(reply, "parameters"),
        modelfile=text_of(reply, "modelfile"),
        modified_at=time_of(reply, "modified_at"),
        info=info,
    )


def _licence(reply: JsonObject) -> str:
    found = reply.get("license")
    return (
        "\n\n".join(part for part in found if isinstance(part, str))
        if isinstance(found, list)
        else text_of(reply, "license")
    )


def vectors_of(reply: JsonObject) -> tuple[tuple[float, ...], ...]:
    """The embeddings, one for each text.

    Raises:
        NotOllamaError: the answer has none.
    """
    found = reply.get("embeddings")
    try:
        return tuple(msgspec.convert(found, list[tuple[float, ...]]))
    except msgspec.ValidationError as error:
        raise not_ollama("its embeddings are not lists of numbers") from error


# --- lines -----------------------------------------------------------------------------------------------------


def chat_chunk(line: JsonObject) -> ChatChunk:
    """A line of ``/api/chat``."""
    message = object_of(line, "message")
    return _chunk(line, text_of(message, "content"), message)


def generate_chunk(line: JsonObject) -> ChatChunk:
    """A line of ``/api/generate``."""
    return _chunk(line, text_of(line, "response"), line)


def _chunk(line: JsonObject, content: str, message: JsonObject) -> ChatChunk:
    thinking = text_of(message, "thinking")
    tool_calls = _tool_calls(message) if "tool_calls" in message else ()
    if line.get("done") is not True:
        return ChatChunk(content, thinking, tool_calls=tool_calls)
    reason = DONE_REASONS.get(text_of(line, "done_reason"), DoneReason.UNKNOWN)
    return ChatChunk(content, thinking, done=True, done_reason=reason, stats=stats_of(line), tool_calls=tool_calls)


def _tool_calls(message: JsonObject) -> tuple[ToolCall, ...]:
    found = message.get("tool_calls")
    calls = [call for call in found if isinstance(call, dict)] if isinstance(found, list) else []
    return tuple(
        ToolCall(text_of(function, "name"), object_of(function, "arguments"), text_of(call, "id"))
        for call in calls
        if text_of(function := object_of(call, "function"), "name")
    )


def stats_of(line: JsonObject) -> TurnStats:
    """The metrics of a last line, nanoseconds made seconds."""
    return TurnStats(
        prompt_tokens=number_of(line, "prompt_eval_count"),
        answer_tokens=number_of(line, "eval_count"),
        load_s=_seconds(line, "load_duration"),
        prompt_s=_seconds(line, "prompt_eval_duration"),
        answer_s=_seconds(line, "eval_duration"),
        total_s=_seconds(line, "total_duration"),
    )


def pull_step(line: JsonObject) -> PullStep:
    """A line of ``/api/pull`` or ``/api/create``."""
    return PullStep(
        status=text_of(line, "status"),
        digest=text_of(line, "digest").removeprefix("sha256:"),
        total_bytes=number_of(line, "total"),
        completed_bytes=number_of(line, "completed"),
    )


def not_ollama(why: str) -> NotOllamaError:
    """The error, with its sentence, for an answer that Ollama would not give."""
    return NotOllamaError(f"What answers there is not an Ollama server: {why}. Check the address in the settings.")

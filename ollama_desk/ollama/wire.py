"""The JSON of Ollama's API as structs, written once for both ends: the client and the built-in engine.

Fields stand in the order in which a real server writes them. Durations are whole nanoseconds, times RFC 3339
text with up to nine fractional digits. A field that equals its default is left out, as Go's ``omitempty`` does;
what a real server always writes has no default. Source: api/types.go of Ollama 0.33 and recorded exchanges.
"""

from typing import Any

import msgspec

KeepAlive = float | str | None  # seconds, or a Go duration such as "5m"; negative: for ever; 0: unload
Think = bool | str | None  # a level ("low", "medium", "high", "max") where it is text


class Sparse(msgspec.Struct, omit_defaults=True):
    """Base of structs whose unset fields do not travel."""


# --- parts -----------------------------------------------------------------------------------------------------


class ToolFunction(msgspec.Struct):
    """A call that the model asks for. ``arguments`` is an object, never text."""

    index: int = 0
    name: str = ""
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)


class ToolCall(Sparse):
    id: str = ""
    function: ToolFunction = msgspec.field(default_factory=ToolFunction)


class Message(Sparse):
    """A message of a request. ``images`` are raw base64, audio too."""

    role: str = ""
    content: str = ""
    thinking: str = ""
    images: list[str] = msgspec.field(default_factory=list)
    tool_calls: list[ToolCall] = msgspec.field(default_factory=list)
    tool_name: str = ""
    tool_call_id: str = ""


class ReplyMessage(Sparse):
    """A message of a reply: role and content are always written."""

    role: str
    content: str
    thinking: str = ""
    tool_calls: list[ToolCall] = msgspec.field(default_factory=list)


class Details(Sparse):
    parent_model: str
    format: str
    family: str
    families: list[str] | None
    parameter_size: str
    quantization_level: str
    context_length: int = 0
    embedding_length: int = 0


# --- requests --------------------------------------------------------------------------------------------------


class NamedRequest(Sparse):
    """Any request about one model; old clients say ``name`` where new ones say ``model``."""

    model: str = ""
    name: str = ""

    @property
    def wanted(self) -> str:
        """The model that is meant; empty where none was named."""
        return self.model or self.name


class ChatRequest(Sparse):
    model: str = ""
    messages: list[Message] = msgspec.field(default_factory=list)
    stream: bool | None = None  # None: true
    format: Any = None  # "json" or a JSON schema
    keep_alive: KeepAlive = None
    tools: list[dict[str, Any]] = msgspec.field(default_factory=list)
    options: dict[str, Any] | None = None
    think: Think = None
    truncate: bool | None = None  # None: true
    shift: bool | None = None  # None: true
    logprobs: bool = False
    top_logprobs: int = 0


class GenerateRequest(Sparse):
    model: str = ""
    prompt: str = ""
    suffix: str = ""
    system: str = ""
    template: str = ""
    context: list[int] = msgspec.field(default_factory=list)
    stream: bool | None = None  # None: true
    raw: bool = False
    format: Any = None  # "json" or a JSON schema
    keep_alive: KeepAlive = None
    images: list[str] = msgspec.field(default_factory=list)
    options: dict[str, Any] | None = None
    think: Think = None
    truncate: bool | None = None  # None: true
    shift: bool | None = None  # None: true
    logprobs: bool = False
    top_logprobs: int = 0


class EmbedRequest(Sparse):
    model: str = ""
    input: Any = None  # a text or a list of texts
    keep_alive: KeepAlive = None
    truncate: bool | None = None  # None: true
    dimensions: int = 0
    options: dict[str, Any] | None = None


class EmbeddingsRequest(Sparse):
    """The older form of embed, for one text."""

    model: str = ""
    prompt: str = ""
    keep_alive: KeepAlive = None
    options: dict[str, Any] | None = None


class ShowRequest(NamedRequest):
    verbose: bool = False
    system: str = ""
    options: dict[str, Any] | None = None


class CreateRequest(NamedRequest):
    from_: str = msgspec.field(default="", name="from")
    files: dict[str, str] = msgspec.field(default_factory=dict)  # file name → "sha256:<64 hex>"
    adapters: dict[str, str] = msgspec.field(default_factory=dict)
    template: str = ""
    license: str | list[str] | None = None
    system: str = ""
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    messages: list[Message] = msgspec.field(default_factory=list)
    renderer: str = ""
    parser: str = ""
    requires: str = ""
    quantize: str = ""
    stream: bool | None = None  # None: true


class PullRequest(NamedRequest):
    insecure: bool = False
    stream: bool | None = None  # None: true


class DeleteRequest(NamedRequest):
    pass


class CopyRequest(Sparse):
    source: str = ""
    destination: str = ""


# --- replies ---------------------------------------------------------------------------------------------------


class ChatResponse(Sparse, kw_only=True):
    model: str
    created_at: str
    message: ReplyMessage
    done: bool
    done_reason: str = ""
    logprobs: list[Any] = msgspec.field(default_factory=list)
    total_duration: int = 0
    load_duration: int = 0
    prompt_eval_count: int = 0
    prompt_eval_duration: int = 0
    eval_count: int = 0
    eval_duration: int = 0


class GenerateResponse(Sparse, kw_only=True):
    model: str
    created_at: str
    response: str
    thinking: str = ""
    done: bool
    done_reason: str = ""
    context: list[int] = msgspec.field(default_factory=list)
    total_duration: int = 0
    load_duration: int = 0
    prompt_eval_count: int = 0
    prompt_eval_duration: int = 0
    eval_count: int = 0
    eval_duration: int = 0
    logprobs: list[Any] = msgspec.field(default_factory=list)


class ModelEntry(Sparse):
    name: str
    model: str
    modified_at: str
    size: int
    digest: str  # 64 hex digits, no prefix
    details: Details
    capabilities: list[str] = msgspec.field(default_factory=list)


class TagsResponse(msgspec.Struct):
    models: list[ModelEntry]


class ProcessEntry(msgspec.Struct):
    name: str
    model: str
    size: int
    digest: str
    details: Details
    expires_at: str
    size_vram: int
    context_length: int


class PsResponse(msgspec.Struct):
    models: list[ProcessEntry]


class TensorEntry(msgspec.Struct):
    name: str
    type: str
    shape: list[int]


class ShowResponse(Sparse, kw_only=True):
    license: str = ""
    modelfile: str = ""
    parameters: str = ""  # lines of "key   value"
    template: str = ""
    system: str = ""
    renderer: str = ""
    parser: str = ""
    details: Details
    messages: list[Message] = msgspec.field(default_factory=list)
    model_info: dict[str, Any]
    projector_info: dict[str, Any] = msgspec.field(default_factory=dict)
    tensors: list[TensorEntry] = msgspec.field(default_factory=list)
    capabilities: list[str] = msgspec.field(default_factory=list)
    modified_at: str = ""
    requires: str = ""


class EmbedResponse(Sparse):
    model: str
    embeddings: list[list[float]]
    total_duration: int = 0
    load_duration: int = 0
    prompt_eval_count: int = 0


class EmbeddingsResponse(msgspec.Struct):
    embedding: list[float]


class VersionResponse(msgspec.Struct):
    version: str


class CloudStatus(msgspec.Struct):
    disabled: bool
    source: str = "none"


class StatusResponse(msgspec.Struct):
    cloud: CloudStatus


class ProgressLine(Sparse):
    """One line of a pull or create stream. ``completed`` is left out while nothing has come."""

    status: str
    digest: str = ""
    total: int = 0
    completed: int = 0


class ErrorLine(msgspec.Struct):
    """The body of a refusal, or the last line of a stream that failed."""

    error: str

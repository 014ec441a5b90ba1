"""The ``options`` of a request and the parameters of a model: read with Ollama's types, written for llama.cpp."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.loading import LoadOptions

MIN_CTX = 4
MIN_BATCH = 32  # llama.cpp aborts at 1
MOST = 2**31 - 1  # what its whole numbers hold
MOST_LAYERS, MOST_CARDS = 9999, 15
MOST_THREADS = 512  # llama.cpp's own limit
MAX_PREDICT_CONTEXTS = 10  # a longer or endless num_predict is cut there, as in Ollama


@dataclass(frozen=True, slots=True)
class Options:
    """Ollama's options with Ollama's defaults; names are those of the wire."""

    num_ctx: int = 0  # 0: the engine's default
    num_batch: int = 512
    num_gpu: int = -1
    main_gpu: int = -1  # below 0: nobody said
    use_mmap: bool = True
    num_thread: int = 0
    num_keep: int = 4
    seed: int = -1
    num_predict: int = -1
    top_k: int = 40
    repeat_last_n: int = 64
    temperature: float = 0.8
    top_p: float = 0.9
    min_p: float = 0.0
    typical_p: float = 1.0
    repeat_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    stop: tuple[str, ...] = ()

    def updated(self, given: Mapping[str, Any]) -> "Options":
        """With ``given`` over it; unknown names and nulls are passed over.

        Raises:
            RequestFailedError: a value of the wrong type; status 500, as Ollama answers.
        """
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(
            self,
            **{
                name: _typed(name, value, known[name])
                for name, value in given.items()
                if name in known and value is not None
            },
        )

    def load_options(self, *, default_ctx: int, train_ctx: int, embedding: bool = False) -> LoadOptions:
        """What the model is loaded with; a context longer than it was trained for is cut to that."""
        n_ctx = max(self.num_ctx or default_ctx, MIN_CTX)
        n_ctx = min(n_ctx, train_ctx or MOST)
        return LoadOptions(
            n_ctx=n_ctx,
            n_gpu_layers=_between(self.num_gpu, -1, MOST_LAYERS),
            n_threads=_between(self.num_thread, 0, MOST_THREADS),
            n_batch=_between(self.num_batch, MIN_BATCH, max(n_ctx, MIN_BATCH)),
            main_gpu=_between(self.main_gpu, -1, MOST_CARDS),
            use_mmap=self.use_mmap,
            embedding=embedding,
        )

    def sampling(self, n_ctx: int) -> dict[str, Any]:
        """The fields of a request to llama.cpp's server."""
        limit = MAX_PREDICT_CONTEXTS * n_ctx
        return {
            "n_predict": self.num_predict if 0 <= self.num_predict <= limit else limit,
            "temperature": self.temperature,
            "top_k": self.top_k,
            "top_p": self.top_p,
            "min_p": self.min_p,
            "typical_p": self.typical_p,
            "repeat_last_n": self.repeat_last_n if self.repeat_last_n >= 0 else n_ctx,  # below 0: all of it
            "repeat_penalty": self.repeat_penalty,
            "presence_penalty": self.presence_penalty,
            "frequency_penalty": self.frequency_penalty,
            "seed": self.seed,
            "n_keep": self.num_keep,
            "stop": list(self.stop),
        }


def _between(value: int, least: int, most: int) -> int:
    return min(max(value, least), most)


def _typed(name: str, value: Any, default: object) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match default:
        case bool():
            return value if isinstance(value, bool) else _refuse(name, "type boolean")
        case int():
            return int(value) if number else _refuse(name, "type integer")
        case float():
            return float(value) if number else _refuse(name, "type float32")
        case _:
            if not isinstance(value, list | tuple):
                _refuse(name, "type array")
            if not all(isinstance(item, str) for item in value):
                _refuse(name, "an array of strings")
            return tuple(value)


def _refuse(name: str, kind: str) -> None:
    raise RequestFailedError(f'option "{name}" must be of {kind}', status=500)

"""Texts to vectors by a loaded model: cut to what it can take in, many in one go, each of length 1."""

import asyncio
import base64
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.inference import tokens
from ollama_desk.engine.link import RunnerLink
from ollama_desk.engine.loading import LoadOptions
from ollama_desk.registry.gguf import GgufHeader

TOO_LONG = "the input length exceeds the context length"  # Ollama's words, here and below
NO_ROOM = "input after truncation exceeds maximum context length"
NO_NUMBER = "embedding contains NaN or Inf values"
LIMIT_WORDS = ("too large", "context size", "context length", "physical batch size")
BATCH_TEXTS = 64  # so that one client's thousands let others in between
BATCH_BYTES = 1 << 20
POOLING_LAST = 3  # the only kind whose texts llama.cpp may take in piece by piece
OK, BAD_REQUEST = 200, 400

Prompt = str | list[int]


@dataclass(frozen=True, slots=True)
class Embedder:
    """How a model takes texts in.

    Attributes:
        limit: tokens of a text, those that the model puts around it counted.
        raw: llama.cpp shall not scale the vectors: for families whose plain vectors clients know.
    """

    limit: int
    raw: bool = False

    @classmethod
    def of(cls, header: GgufHeader, load: LoadOptions) -> "Embedder":
        """For a model that was loaded with ``load``."""
        whole = header.pooling_type != POOLING_LAST
        return cls(min(load.n_ctx, load.n_batch) if whole else load.n_ctx, raw=_is_raw(header))

    async def fitted(self, link: RunnerLink, text: str, *, truncate: bool) -> Prompt:
        """``text``, or as many of its first tokens as fit.

        Raises:
            RequestFailedError: it is too long, and ``truncate`` is not wanted; status 400.
            RunnerCrashedError: the runner went away.
        """
        if len(text.encode("utf-8", "replace")) + 4 <= self.limit:  # no token is shorter than a byte
            return text
        whole = await tokens(link, text)
        if len(whole) <= self.limit:
            return text
        if not truncate:
            raise RequestFailedError(TOO_LONG, status=BAD_REQUEST)
        before, after = _around(await tokens(link, ""), whole)
        room = self.limit - before - after
        if room <= 0:
            raise RequestFailedError(NO_ROOM, status=BAD_REQUEST)
        return whole[: before + room] + whole[len(whole) - after :]

    async def vectors(self, link: RunnerLink, prompts: list[Prompt]) -> tuple[list[list[float]], int]:
        """The vectors as llama.cpp gives them, and how many tokens went in.

        Raises:
            RequestFailedError: the runner refuses.
            RunnerCrashedError: the runner went away.
        """
        question: dict[str, Any] = {"input": prompts, "encoding_format": "base64"}
        if self.raw:
            question["embd_normalize"] = -1
        answer = await link.ask("/v1/embeddings", question, timeout_s=None)
        if answer.status != OK:
            raise _refusal(answer.status, answer.body)
        return await asyncio.to_thread(_read, answer.body)


def batches(prompts: list[Prompt]) -> Iterator[list[Prompt]]:
    """``prompts`` in order, as many at a time as one request to the runner shall carry."""
    batch: list[Prompt] = []
    held = 0
    for prompt in prompts:
        if batch and (len(batch) >= BATCH_TEXTS or held + len(prompt) > BATCH_BYTES):
            yield batch
            batch, held = [], 0
        batch.append(prompt)
        held += len(prompt)
    if batch:
        yield batch


def unit(vector: list[float]) -> list[float]:
    """``vector`` made as long as 1; one without length stays as it is.

    Raises:
        RequestFailedError: it has values that are no numbers; status 400.
    """
    length = math.sqrt(math.fsum(value * value for value in vector))
    if not math.isfinite(length):
        raise RequestFailedError(NO_NUMBER, status=BAD_REQUEST)
    return [value / length for value in vector] if length else vector


def _is_raw(header: GgufHeader) -> bool:
    scaled = header.metadata.get(f"{header.architecture}.normalize_embeddings")
    match header.architecture:
        case "bert":
            return scaled is False
        case "nomic-bert" | "nomic-bert-moe":
            return scaled is not True
        case _:
            return False


def _around(empty: list[int], whole: list[int]) -> tuple[int, int]:
    """How many tokens the model puts before a text and after it, from those of no text and of a long one."""
    before = 0
    while before < len(empty) and empty[before] == whole[before]:
        before += 1
    return before, len(empty) - before


def _refusal(status: int, body: bytes) -> RequestFailedError:
    """What llama.cpp says, in words instead of JSON."""
    said = body.decode("utf-8", "replace").strip()
    try:
        told = msgspec.json.decode(body)["error"]
        said = str(told if isinstance(told, str) else told["message"]).strip()
    except (msgspec.DecodeError, KeyError, TypeError):  # then as it came
        pass
    if any(words in said.lower() for words in LIMIT_WORDS):
        return RequestFailedError(TOO_LONG, status=BAD_REQUEST)
    return RequestFailedError(said, status=status)


def _read(body: bytes) -> tuple[list[list[float]], int]:
    told: dict[str, Any] = msgspec.json.decode(body)
    vectors = []
    for entry in sorted(told["data"], key=lambda entry: int(entry["index"])):
        numbers = array("f")
        numbers.frombytes(base64.b64decode(entry["embedding"]))
        vectors.append(numbers.tolist())
    return vectors, int(told.get("usage", {}).get("prompt_tokens", 0))

"""Model names as Ollama writes and compares them: ``[host/][namespace/]model[:tag]``."""

import re
from dataclasses import dataclass, field

from ollama_desk.domain.errors import InvalidNameError

DEFAULT_HOST = "registry.ollama.ai"
DEFAULT_NAMESPACE = "library"
DEFAULT_TAG = "latest"
DEFAULT_SCHEME = "https"
HUGGING_FACE = frozenset({"hf.co", "huggingface.co"})
KNOWN_HOSTS = HUGGING_FACE | {DEFAULT_HOST}

# The first character of a part is a letter, a digit or "_"; only a host may hold a port. Source: types/model/name.go.
HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}", re.ASCII)
NAMESPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}", re.ASCII)
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ModelName:
    """A full name. Two names mean the same model if their ``key`` is the same: case does not count."""

    host: str
    namespace: str
    model: str
    tag: str
    scheme: str = field(default=DEFAULT_SCHEME, compare=False)  # how its registry was said to be asked

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """What the path of its manifest is made of."""
        return self.host, self.namespace, self.model, self.tag

    @property
    def key(self) -> str:
        return str(self).lower()

    @property
    def is_from_known_registry(self) -> bool:
        """Whether a person need not be asked about the registry: it is Ollama's own or Hugging Face."""
        return self.host.lower() in KNOWN_HOSTS

    @property
    def short(self) -> str:
        """As it is shown: without the parts that are the default, but with its tag."""
        host, namespace = self.host.lower() != DEFAULT_HOST, self.namespace.lower() != DEFAULT_NAMESPACE
        prefix = f"{self.host}/{self.namespace}/" if host else f"{self.namespace}/" if namespace else ""
        return f"{prefix}{self.model}:{self.tag}"

    def __str__(self) -> str:
        return f"{self.host}/{self.namespace}/{self.model}:{self.tag}"


def parse_name(text: str) -> ModelName:
    """The name that ``text`` means, with what it leaves out filled in.

    Raises:
        InvalidNameError: it is not a model name.
    """
    rest, tag = text, DEFAULT_TAG
    if rest.rfind(":") > rest.rfind("/"):
        rest, _, tag = rest.rpartition(":")
    rest, slash, model = rest.rpartition("/")
    rest, second_slash, namespace = rest.rpartition("/")
    scheme, said, host = rest.rpartition("://")
    if not slash:
        namespace = DEFAULT_NAMESPACE
    if not second_slash:
        host = DEFAULT_HOST
    patterns = (HOST, NAMESPACE, PART, PART)
    name = ModelName(host, namespace, model, tag, scheme.lower() if said else DEFAULT_SCHEME)
    if not all(pattern.fullmatch(part) for pattern, part in zip(patterns, name.parts, strict=True)):
        msg = f'"{text[:100]}" is not a model name. Write it like "llama3.2", "llama3.2:3b" or "someone/model:tag".'
        raise InvalidNameError(msg)
    return name

"""The name of a model in what a person typed or pasted: a bare name, a command line, or the address of a web page."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ollama_desk.ui.text import one_line

LIMIT = 2000  # characters that are looked at
COMMANDS = frozenset({"pull", "run", "show", "create", "push"})
HUGGING_FACE = frozenset({"huggingface.co", "www.huggingface.co", "hf.co", "www.hf.co"})
OLLAMA_SITE = frozenset({"ollama.com", "www.ollama.com", "ollama.ai", "www.ollama.ai"})
PAGES = frozenset({"tags", "blobs"})  # below a model on Ollama's site
QUANTIZATION = re.compile(r"[-._]((?:UD-)?I?Q\d[A-Z0-9_]*|BF16|F16|F32|MXFP4)(?:-\d+-of-\d+)?\.gguf$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TypedName:
    """A name as the services take it, and whether plain HTTP was asked for."""

    name: str
    insecure: bool = False

    @property
    def host(self) -> str:
        """Of the registry; empty where the name does not say one."""
        first, rest, _ = self.name.partition("/")
        return first if rest and ("." in first or ":" in first or first == "localhost") else ""


def typed_name(text: str) -> TypedName:
    """What is meant by ``text``; what is not understood stays as it is, for the service to judge."""
    line = next((line for line in text[:LIMIT].splitlines() if line.strip()), "")
    name, insecure = _argument(one_line(line).strip(" `'\"$>"))
    if "://" in name or name.partition("/")[0].casefold() in HUGGING_FACE | OLLAMA_SITE:
        plain = name.casefold().startswith("http://")
        return TypedName(_of_address(name), insecure or (plain and not _is_site(name)))
    return TypedName(name, insecure)


def full_name(name: str) -> str:
    """The name that a server gives to what ``name`` brings: with its tag, without what goes without saying."""
    short = name.strip().casefold().removeprefix("registry.ollama.ai/").removeprefix("library/")
    return short if ":" in short.rpartition("/")[2] else f"{short}:latest"


def _argument(line: str) -> tuple[str, bool]:
    """The model in a command line of Ollama's, and whether it says ``--insecure``."""
    words = line.split()
    if len(words) < 3 or words[0].removesuffix(".exe") != "ollama" or words[1] not in COMMANDS:  # noqa: PLR2004 - ollama run x
        return line, False
    names = [word for word in words[2:] if not word.startswith("-")]
    return (names[0].strip("`'\"") if names else ""), "--insecure" in words


def _of_address(text: str) -> str:
    """The name that a web address leads to."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:  # a bracket that is not closed
        return text
    path = [part for part in unquote(parts.path).split("/") if part]
    host = parts.netloc.casefold()
    if host in OLLAMA_SITE:
        return _on_site(path)
    if host in HUGGING_FACE:
        return _on_hugging_face(path)
    return "/".join([parts.netloc, *path])


def _is_site(text: str) -> bool:
    """Whether an address is of a page that only leads to a name: how it is written says nothing about the registry."""
    host = text.split("://", 1)[-1].split("/", 1)[0].casefold()
    return host in OLLAMA_SITE | HUGGING_FACE


def _on_site(path: list[str]) -> str:
    """``library/llama3.2:3b``, ``person/model``, either with a page below it."""
    if path[:1] == ["library"]:
        path = path[1:2]
    elif path[2:3] and path[2] in PAGES:
        path = path[:2]
    return "/".join(path)


def _on_hugging_face(path: list[str]) -> str:
    """``user/repo``; the quantization of a file below it becomes the tag."""
    repository, below = "/".join(["hf.co", *path[:2]]), path[2:]
    found = QUANTIZATION.search(below[-1]) if below else None
    return f"{repository}:{found[1]}" if found else repository

"""The catalogue: families of open models that people run, what each is good for, and which of them answer a wish."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ollama_desk.domain.fit import MachineMemory

USUAL_BYTES = 6_000_000_000  # what most machines can hold, with some context, beside everything else
# Beside the weights: the cache of a short conversation, the buffers, the process. A round figure: the exact one hangs
# on the model's shape, which only its file tells, and is told when it is looked up.
BESIDE_PARTS, BESIDE_BYTES = 10, 400_000_000


class Task(StrEnum):
    """What a model is wanted for."""

    CHAT = "chat"
    CODE = "code"
    REASONING = "reasoning"
    VISION = "vision"
    TOOLS = "tools"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class CatalogueSize:
    """One size of a family. Unknown numbers are 0, unknown texts empty; it has at least one name."""

    label: str  # "8B"
    ollama: str = ""  # name in Ollama's library, with its tag
    gguf: str = ""  # name of a GGUF repository, as a server takes it: "hf.co/user/repository"
    parameters: int = 0  # in all, whether or not each is used for every token
    context_length: int = 0  # tokens
    size_bytes: int = 0  # of the usual quantisation; an estimate: only the registry knows
    capabilities: frozenset[str] = frozenset()  # as the servers name them
    licence: str = ""
    layers: int = 0
    cache_width: int = 0  # numbers that the caches of all layers together hold of one token

    @property
    def names(self) -> tuple[str, ...]:
        """What can be looked up, Ollama's own name first."""
        return tuple(name for name in (self.ollama, self.gguf) if name)

    @property
    def memory_bytes(self) -> int:
        """About what it needs to run; 0 where its size is not known."""
        return self.size_bytes + self.size_bytes // BESIDE_PARTS + BESIDE_BYTES if self.size_bytes else 0

    def is_too_large(self, room_bytes: int) -> bool:
        """Whether it needs more than there is; not where either is unknown."""
        return 0 < room_bytes < self.memory_bytes


def room_bytes(machine: MachineMemory) -> int:
    """The memory that a model can have there, on GPUs and beside them; 0 where that is not known."""
    if not machine.ram_total_bytes or any(not gpu.total_bytes for gpu in machine.gpus):
        return 0
    own = 0 if machine.is_unified else sum(gpu.free_bytes for gpu in machine.gpus)
    return machine.ram_free_bytes + own


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A family: the same model in several sizes, small to large."""

    name: str
    publisher: str
    about: Mapping[str, str]  # one line for each language: what it is good for; always in "en"
    tasks: frozenset[Task]
    sizes: tuple[CatalogueSize, ...]
    source: str  # address of the page that the facts are from

    def about_in(self, language: str) -> str:
        """The line in this language, else in English."""
        return self.about.get(language) or self.about["en"]

    def usual(self, room_bytes: int = 0) -> CatalogueSize:
        """The largest size that most machines can hold and, where its memory is known, this one; else the smallest."""
        within = [size for size in self.sizes if size.size_bytes <= USUAL_BYTES and not size.is_too_large(room_bytes)]
        return within[-1] if within else self.sizes[0]


@dataclass(frozen=True, slots=True)
class CatalogueWish:
    """What is looked for; what is left out does not matter."""

    words: str = ""  # each of them has to occur
    task: Task | None = None
    most_bytes: int = 0  # 0: any size
    room_bytes: int = 0  # of memory that it has to run in; 0: in any
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries, in the order in which they are shown."""

    entries: tuple[CatalogueEntry, ...] = ()

    @property
    def licences(self) -> tuple[str, ...]:
        """Each licence once, by name."""
        found = {size.licence for entry in self.entries for size in entry.sizes if size.licence}
        return tuple(sorted(found, key=str.casefold))

    def matching(self, wish: CatalogueWish) -> tuple[CatalogueEntry, ...]:
        """The entries that answer the wish, each with those of its sizes that do."""
        words = wish.words.casefold().split()
        found = []
        for entry in self.entries:
            if wish.task in (None, *entry.tasks):
                sizes = tuple(size for size in entry.sizes if _suits(entry, size, words=words, wish=wish))
                if sizes:
                    found.append(replace(entry, sizes=sizes))
        return tuple(found)


def _suits(entry: CatalogueEntry, size: CatalogueSize, *, words: list[str], wish: CatalogueWish) -> bool:
    if wish.most_bytes and not 0 < size.size_bytes <= wish.most_bytes:
        return False
    if wish.room_bytes and (not size.size_bytes or size.is_too_large(wish.room_bytes)):
        return False
    if wish.licence and size.licence != wish.licence:
        return False
    if wish.task is Task.VISION and "vision" not in size.capabilities:
        return False  # of some families only the larger ones see
    texts = (entry.name, entry.publisher, *entry.about.values(), *entry.tasks, size.label, size.licence, *size.names)
    whole = "\n".join(texts).casefold()
    return all(word in whole for word in words)

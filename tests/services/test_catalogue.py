"""The catalogue that is shipped holds what it promises, and one that does not is refused with a sentence."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.catalogue import Catalogue, CatalogueEntry, CatalogueSize, Task
from ollama_desk.domain.errors import CatalogueError
from ollama_desk.registry.reference import HUGGING_FACE, parse_name
from ollama_desk.services.catalogue import CatalogueService, read_catalogue

KNOWN = {"completion", "thinking", "tools", "vision", "embedding"}
PAGES = {"huggingface.co", "ollama.com", "www.ibm.com"}
WHOLE = """
[[family]]
name = "Owl"
publisher = "Somebody"
about.en = "Good for tests."
tasks = ["chat"]
licence = "MIT"
source = "https://huggingface.co/somebody/owl"
capabilities = ["completion"]
context = 4096
[[family.size]]
label = "1B"
ollama = "owl:1b"
parameters = 1000
size_mb = 700
[[family.size]]
label = "4B"
gguf = "hf.co/somebody/Owl-4B-GGUF"
context = 8192
capabilities = ["completion", "vision"]
licence = "Apache 2.0"
"""


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return read_catalogue(resource("catalogue.toml"))


def sizes(catalogue: Catalogue) -> list[tuple[CatalogueEntry, CatalogueSize]]:
    return [(entry, size) for entry in catalogue.entries for size in entry.sizes]


def test_the_shipped_catalogue_has_the_families_that_people_run(shipped: Catalogue) -> None:
    names = {entry.name for entry in shipped.entries}
    assert len(names) == len(shipped.entries) >= 15
    assert {"Llama 3.2", "Qwen3", "Gemma 3", "gpt-oss", "DeepSeek-R1"} <= names
    assert set().union(*(entry.tasks for entry in shipped.entries)) == set(Task)


def test_every_name_of_the_shipped_catalogue_can_be_looked_up_without_asking(shipped: Catalogue) -> None:
    for _, size in sizes(shipped):
        for name in size.names:
            assert parse_name(name).is_from_known_registry, name
        if size.ollama:
            assert ":" in size.ollama, "with its tag: what stands behind latest changes"
        if size.gguf:
            assert parse_name(size.gguf).host in HUGGING_FACE
            assert "GGUF" in size.gguf


def test_every_estimate_of_the_shipped_catalogue_is_plausible(shipped: Catalogue) -> None:
    for entry, size in sizes(shipped):
        assert size.parameters > 0, entry.name
        assert 0.4 < size.size_bytes / size.parameters < 2.2, (entry.name, size.label)


def test_every_entry_of_the_shipped_catalogue_is_complete(shipped: Catalogue) -> None:
    for entry in shipped.entries:
        source = urlsplit(entry.source)
        assert source.scheme == "https", entry.name
        assert source.netloc in PAGES, entry.name
        assert entry.publisher
        assert entry.tasks
        assert set(entry.about) == {"en", "de"}, entry.name
        assert all(20 < len(line) < 120 for line in entry.about.values()), entry.name
        by_size = [size.size_bytes for size in entry.sizes]
        assert by_size == sorted(by_size), f"{entry.name} goes from small to large"
        for size in entry.sizes:
            assert size.licence
            assert size.capabilities, entry.name
            assert size.capabilities <= KNOWN, entry.name
            assert size.context_length % 512 == 0


def test_tasks_of_the_shipped_catalogue_agree_with_capabilities(shipped: Catalogue) -> None:
    for entry in shipped.entries:
        able = frozenset().union(*(size.capabilities for size in entry.sizes))
        assert (Task.VISION in entry.tasks) is ("vision" in able), entry.name
        assert (Task.TOOLS in entry.tasks) is ("tools" in able), entry.name
        assert (Task.EMBEDDING in entry.tasks) is ("embedding" in able), entry.name


def test_a_size_takes_from_its_family_what_it_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(WHOLE)
    (owl,) = read_catalogue(path).entries
    assert owl.sizes == (
        CatalogueSize("1B", "owl:1b", "", 10**9, 4096, 700 * 10**6, frozenset({"completion"}), "MIT"),
        CatalogueSize(
            "4B",
            "",
            "hf.co/somebody/Owl-4B-GGUF",
            context_length=8192,
            capabilities=frozenset({"completion", "vision"}),
            licence="Apache 2.0",
        ),
    )


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ('tasks = ["chat"]', 'tasks = ["chatting"]', "chatting"),
        ("context = 4096", 'context = "long"', "family"),
        ("context = 4096", "contexts = 4096", "contexts"),
        ('licence = "MIT"', "", "licence"),
        ('about.en = "Good for tests."', 'about.de = "Gut."', "no size or no line"),
        ('ollama = "owl:1b"', "", "without a name"),
        ('ollama = "owl:1b"', 'ollama = "owl 1b"', "not a model name"),
        ('ollama = "owl:1b"', 'ollama = "hf.co/SOMEBODY/Owl-4B-GGUF:latest"', "twice"),
        ("[[family]]", "[[family", ""),
    ],
)
def test_what_is_wrong_in_a_catalogue_is_said(tmp_path: Path, was: str, now: str, says: str) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(WHOLE.replace(was, now, 1))
    with pytest.raises(CatalogueError, match="The catalogue of models cannot be read: ") as caught:
        read_catalogue(path)
    assert says in str(caught.value)


def test_a_catalogue_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError):
        read_catalogue(path)


def test_the_file_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"

    async def scenario() -> None:
        service = CatalogueService(path)
        with pytest.raises(CatalogueError):
            await service.catalogue()
        path.write_text(WHOLE)
        first = await service.catalogue()
        path.unlink()
        assert await service.catalogue() is first

    asyncio.run(scenario())

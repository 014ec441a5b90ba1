"""One tiny model for all tests of the engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engine import THINKING_TEMPLATE, EngineProcess
from tests.support.models import tiny_model


@pytest.fixture(scope="session")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(scope="module")
def engine(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """A running engine with two models: ``tiny``, and ``thinker``, whose template thinks."""
    with EngineProcess(tmp_path_factory.mktemp("engine") / "models") as running:
        running.create("tiny", gguf)
        running.create("thinker", gguf, template=THINKING_TEMPLATE, system="Be brief.", parameters={"num_ctx": 2048})
        yield running


@pytest.fixture
def own_engine(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """An engine that this test alone may hurt, with a folder for its sockets whose name is short enough for them."""
    folder = tmp_path_factory.mktemp("e")
    with EngineProcess(folder / "models", {"TMPDIR": str(folder)}) as running:
        running.create("tiny", gguf)
        yield running

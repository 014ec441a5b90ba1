"""One tiny model for all tests of the engine."""

from pathlib import Path

import pytest

from tests.support.models import tiny_model


@pytest.fixture(scope="session")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model") / "tiny.gguf")

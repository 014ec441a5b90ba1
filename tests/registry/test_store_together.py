"""Several threads change the models folder at once: every model stays whole, and nothing is left over."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.errors import ModelFileError, ModelNotFoundError
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore

NAMES = ["a", "b", "c", "team/d:v1"]
ROUNDS, THREADS = 40, 4


def act(store: ModelStore, choice: random.Random) -> None:
    """Do something that may be overtaken by another thread."""
    name, other = (parse_name(choice.choice(NAMES)) for _ in range(2))
    system = choice.choice(["", "x", "y"])
    match choice.randrange(5):
        case 0:
            digest, _ = store.blobs.add(resource("demo", "demo.gguf").read_bytes())
            list(store.create(name, Recipe(files={"m.gguf": digest}, system=system)))
        case 1:
            list(store.create(name, Recipe(base=other, system=system, licenses=("MIT",))))
        case 2:
            store.copy(other, name)
        case 3:
            store.delete(name)
        case _:
            store.models()
            store.resolve(name)


def act_if_possible(store: ModelStore, choice: random.Random) -> None:
    """Only a model that has gone meanwhile may be missed, or the file of an upload of which no model was made yet."""
    try:
        act(store, choice)
    except ModelNotFoundError:
        pass
    except ModelFileError as error:
        if "no such file" not in str(error):
            raise


@pytest.mark.parametrize("seed", range(3))
def test_threads_that_change_models_at_once_lose_none(tmp_path: Path, seed: int) -> None:
    store = ModelStore(tmp_path / "models")

    def work(number: int) -> None:
        choice = random.Random(f"{seed} {number}")  # noqa: S311 - no secret
        for _ in range(ROUNDS):
            act_if_possible(store, choice)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, number) for number in range(THREADS)]:
            done.result(60)
    folder = tmp_path / "models"
    named = b"".join(path.read_bytes() for path in (folder / "manifests").rglob("*") if path.is_file())
    blobs = [path.name for path in (folder / "blobs").iterdir()]
    weights = max((folder / "blobs").iterdir(), key=lambda path: path.stat().st_size, default=None)
    for model in store.models():
        store.refuse_wrong_sizes(model.name)
        assert store.header(model.model_path).tensors
    manifests = [path for path in (folder / "manifests").rglob("*") if path.is_file()]
    assert len(store.models()) == len(manifests)  # none is damaged
    left = [name for name in blobs if name.replace("-", ":").encode() not in named]
    assert left in ([], [weights.name if weights else ""])  # an upload that no model was made of

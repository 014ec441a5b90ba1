"""Whatever is created, derived, copied and deleted, in any order: no model loses a layer, and none is left over."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ollama_desk.domain.errors import ModelFileError, ModelNotFoundError
from ollama_desk.registry.layers import ModelFiles
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore
from tests.support.gguf_pieces import projector

NAMES = st.sampled_from(["a", "A", "b", "team/c:v1", "localhost:5000/team/d"])
TEXTS = st.sampled_from(["", "x", "y", "{}"])  # "{}" may be the text of a system layer and of a template at once
PARAMETERS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["seed", "top_k"]), st.integers(0, 1), max_size=2
)
LICENSES = st.lists(st.sampled_from(["MIT", "x"]), max_size=2).map(tuple)
MESSAGES = st.sampled_from([(), ({"role": "user", "content": "x"},)])
WEIGHTS = st.sampled_from(["one", "two"])


@dataclass(frozen=True)
class Expected:
    """What a name should mean."""

    weights: str
    system: str
    template: str
    parameters: Mapping[str, int]
    licenses: tuple[str, ...]
    messages: tuple[Mapping[str, str], ...]
    sees: bool
    adapted: bool

    def under(self, own: "Expected") -> "Expected":
        """Of a model that is made from this one and says ``own``."""
        return Expected(
            self.weights,
            own.system or self.system,
            own.template or self.template,
            {**self.parameters, **own.parameters},
            self.licenses + own.licenses,
            own.messages or self.messages,
            self.sees,
            self.adapted or own.adapted,
        )


OWN = st.builds(
    Expected,
    st.just(""),
    TEXTS,
    TEXTS,
    PARAMETERS,
    LICENSES,
    MESSAGES,
    sees=st.just(value=False),
    adapted=st.booleans(),
)


@lru_cache(maxsize=1)
def contents() -> dict[str, bytes]:
    """Small files of each kind; made once."""
    folder = Path(tempfile.mkdtemp())
    try:
        made = {name: _weights(folder / name, name) for name in ("one", "two")}
        made |= {"adapter": _adapter(folder / "adapter"), "projector": projector(folder / "projector").read_bytes()}
        return made
    finally:
        shutil.rmtree(folder)


def _weights(path: Path, name: str) -> bytes:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)
    return _written(writer, path)


def _adapter(path: Path) -> bytes:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    return _written(writer, path)


def _written(writer: gguf.GGUFWriter, path: Path) -> bytes:
    writer.add_tensor("output.weight", np.ones((4, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


class Folder(RuleBasedStateMachine):
    """A models folder and what should be in it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = ModelStore(self.folder)
        self.wanted: dict[str, Expected] = {}  # key of the name → what was asked for

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def blob(self, name: str) -> str:
        return self.store.blobs.add(contents()[name])[0]

    def recipe(self, own: Expected) -> Recipe:
        return Recipe(
            system=own.system,
            template=own.template,
            parameters=own.parameters,
            licenses=own.licenses,
            messages=own.messages,
            adapters={"adapter": self.blob("adapter")} if own.adapted else {},
        )

    @rule(name=NAMES, weights=WEIGHTS, own=OWN, sees=st.booleans())
    def create(self, name: str, weights: str, own: Expected, *, sees: bool) -> None:
        files = {"m.gguf": self.blob(weights)} | ({"p.gguf": self.blob("projector")} if sees else {})
        list(self.store.create(parse_name(name), replace(self.recipe(own), files=files)))
        self.wanted[parse_name(name).key] = replace(own, weights=weights, sees=sees)

    @rule(name=NAMES, base=NAMES, own=OWN)
    def derive(self, name: str, base: str, own: Expected) -> None:
        recipe = replace(self.recipe(own), base=parse_name(base))
        before = self.wanted.get(parse_name(base).key)
        if before is None:
            self.fails(ModelNotFoundError, lambda: list(self.store.create(parse_name(name), recipe)))
            return
        list(self.store.create(parse_name(name), recipe))
        self.wanted[parse_name(name).key] = before.under(own)

    @rule(name=NAMES)
    def create_of_what_is_not_there(self, name: str) -> None:
        recipe = Recipe(files={"m.gguf": f"sha256:{'1' * 64}"}, system="never")
        self.fails(ModelFileError, lambda: list(self.store.create(parse_name(name), recipe)))

    @precondition(lambda self: self.wanted)
    @rule(name=NAMES, data=st.data())
    def create_and_leave_in_the_middle(self, name: str, data: st.DataObject) -> None:
        base = data.draw(st.sampled_from(sorted(self.wanted)))
        lines = self.store.create(parse_name(name), Recipe(base=parse_name(base), system="left"))
        next(lines)  # the manifest is written before the first line is told
        lines.close()
        before = self.wanted[base]
        self.wanted[parse_name(name).key] = replace(before, system="left")

    @rule(source=NAMES, destination=NAMES)
    def copy(self, source: str, destination: str) -> None:
        before = self.wanted.get(parse_name(source).key)
        if before is None:
            self.fails(ModelNotFoundError, lambda: self.store.copy(parse_name(source), parse_name(destination)))
            return
        self.store.copy(parse_name(source), parse_name(destination))
        self.wanted[parse_name(destination).key] = before

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        if self.wanted.pop(parse_name(name).key, None) is None:
            self.fails(ModelNotFoundError, lambda: self.store.delete(parse_name(name)))
            return
        self.store.delete(parse_name(name))

    @rule()
    def open_again(self) -> None:
        self.store = ModelStore(self.folder)

    @staticmethod
    def fails(kind: type[Exception], action: Callable[[], object]) -> None:
        try:
            action()
        except kind:
            return
        raise AssertionError(f"no {kind.__name__}")

    @invariant()
    def every_model_is_whole_and_says_what_it_should(self) -> None:
        models = self.store.models()
        assert {model.name.key: self.told(model) for model in models} == self.wanted
        for model in models:
            self.store.refuse_wrong_sizes(model.name)
            assert self.store.resolve(model.name) == model
            for path in (model.model_path, *model.adapters, *([model.projector] if model.projector else [])):
                assert self.store.header(path).tensors

    def told(self, model: ModelFiles) -> Expected:
        name = self.store.header(model.model_path).text("general.name")
        return Expected(
            name,
            model.system,
            model.template,
            model.parameters,
            model.licenses,
            model.messages,
            model.projector is not None,
            bool(model.adapters),
        )

    @invariant()
    def nothing_is_left_over(self) -> None:
        folder = self.folder / "blobs"
        kept = {path.name for path in folder.iterdir()} if folder.exists() else set()
        manifests = b"".join(path.read_bytes() for path in (self.folder / "manifests").rglob("*") if path.is_file())
        uploaded = {f"sha256-{hashlib.sha256(data).hexdigest()}" for data in contents().values()}
        assert all(name.replace("-", ":").encode() in manifests for name in kept - uploaded)
        for name in kept:
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == name.removeprefix("sha256-")


TestFolder = Folder.TestCase
TestFolder.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)

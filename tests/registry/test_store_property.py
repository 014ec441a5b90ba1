"""Whatever is created, copied and deleted, in any order: no model loses a layer, and no layer is left over."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ollama_desk.core.resources import resource
from ollama_desk.domain.errors import ModelNotFoundError
from ollama_desk.registry.layers import ModelFiles
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore

NAMES = st.sampled_from(["a", "A", "b", "team/c:v1", "localhost:5000/team/d"])
TEXTS = st.sampled_from(["", "x", "y"])


class Folder(RuleBasedStateMachine):
    """A models folder and what should be in it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = ModelStore(self.folder)
        self.systems: dict[str, str] = {}  # key of the name → what was asked for

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(name=NAMES, system=TEXTS, template=TEXTS)
    def create(self, name: str, system: str, template: str) -> None:
        digest, _ = self.store.blobs.add(resource("demo", "demo.gguf").read_bytes())
        list(self.store.create(parse_name(name), Recipe(files={"m": digest}, system=system, template=template)))
        self.systems[parse_name(name).key] = system

    @rule(name=NAMES, base=NAMES, system=TEXTS)
    def derive(self, name: str, base: str, system: str) -> None:
        before = self.systems.get(parse_name(base).key)
        try:
            list(self.store.create(parse_name(name), Recipe(base=parse_name(base), system=system)))
        except ModelNotFoundError:
            assert before is None
        else:
            assert before is not None
            self.systems[parse_name(name).key] = system or before

    @rule(source=NAMES, destination=NAMES)
    def copy(self, source: str, destination: str) -> None:
        system = self.systems.get(parse_name(source).key)
        try:
            self.store.copy(parse_name(source), parse_name(destination))
        except ModelNotFoundError:
            assert system is None
        else:
            assert system is not None
            self.systems[parse_name(destination).key] = system

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        known = parse_name(name).key in self.systems
        try:
            self.store.delete(parse_name(name))
        except ModelNotFoundError:
            assert not known
        self.systems.pop(parse_name(name).key, None)

    @invariant()
    def every_model_is_whole(self) -> None:
        models = self.store.models()
        assert {model.name.key: model.system for model in models} == self.systems
        for model in models:
            self.check(model)

    def check(self, model: ModelFiles) -> None:
        assert model.model_path.is_file()
        assert self.store.resolve(model.name) == model

    @invariant()
    def nothing_is_left_over(self) -> None:
        folder = self.folder / "blobs"
        kept = {path.name for path in folder.iterdir()} if folder.exists() else set()
        manifests = b"".join(path.read_bytes() for path in (self.folder / "manifests").rglob("*") if path.is_file())
        assert all(name.replace("-", ":").encode() in manifests for name in kept)
        for name in kept:
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == name.removeprefix("sha256-")


TestFolder = Folder.TestCase
TestFolder.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)

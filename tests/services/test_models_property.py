"""Whatever is made, copied, renamed, deleted, taken back, verified and cleaned up, in any order: no model loses a file.

The services over a real models folder, with a clock of their own. What should be there is kept beside it, as names with
the digests of their manifests; another program works in the folder too, and some runs of the app are killed.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import aclosing
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import gguf
import httpx
import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ollama_desk.core.bus import EventBus
from ollama_desk.core.http import HttpLink
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.chat import Message, MessageState, Role
from ollama_desk.domain.errors import ModelNotFoundError, NameTakenError
from ollama_desk.domain.events import ServerStateChanged, TurnStarted
from ollama_desk.domain.model_draft import ModelDraft
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.registry.leftovers import find_leftovers, remove_leftovers
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.verifying import verify_blobs
from ollama_desk.services.model_deletions import UNDO_S, ModelDeletions
from ollama_desk.services.model_making import ModelMaking
from ollama_desk.services.models import ModelsService
from tests.support.store_server import StoreServer
from tests.support.virtual_time import VirtualLoop

T = TypeVar("T")
NAMES = st.sampled_from(["a:1", "A:1", "b", "me/c:v1"])
WEIGHTS = st.sampled_from(["one", "two"])
SYSTEMS = st.sampled_from(["x", "y"])
OLD_S = 10_000.0


@lru_cache(maxsize=1)
def contents() -> dict[str, bytes]:
    """Two small files of weights."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: _weights(Path(folder) / name, name) for name in ("one", "two")}


def _weights(path: Path, name: str) -> bytes:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_tensor("output.weight", np.ones((4, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


def key(name: str) -> str:
    return parse_name(name).short.lower()


async def _follow(_name: str, _new_name: str) -> None:
    """Nothing is kept by name here."""


class App(RuleBasedStateMachine):
    """A models folder, the app that works in it, and what should be there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.server = StoreServer(self.folder)
        self.installed: dict[str, str] = {}  # key of the name → digest of the manifest
        self.wished: dict[str, tuple[int, str]] = {}  # key → deletion, and the digest then
        self.deletions_made: list[int] = []
        transport = httpx.MockTransport(self.server.answer)
        self.client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=transport))
        asyncio.run(self.client.tags())  # the first question needs a thread, and threads need real time
        self.loop = VirtualLoop()
        self.start()

    def start(self) -> None:
        """The app comes up, and knows of nothing that it wished before."""
        self.wished.clear()
        self.deletions_made.clear()
        self.run(self._start())

    async def _start(self) -> None:
        self.bus, self.tasks = EventBus(), TaskScope()
        self.models = ModelsService(self.client, bus=self.bus, tasks=self.tasks, demo_file=Path("none"))
        nothing: set[str] = set()
        self.deleting = ModelDeletions(
            self.client, models=self.models, is_pulling=nothing.__contains__, bus=self.bus, tasks=self.tasks
        )
        self.making = ModelMaking(
            self.client,
            models=self.models,
            deletions=self.deleting,
            is_pulling=nothing.__contains__,
            follow=_follow,
            bus=self.bus,
        )
        self.bus.publish(ServerStateChanged(ServerStatus(ServerState.READY)))
        await self.models.refresh()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.end()
        self.run(self.client.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    def end(self) -> None:
        self.run(self.tasks.aclose())

    @initialize()
    def begin_with_some(self) -> None:
        for name, weights in (("a:1", "one"), ("b", "one"), ("me/c:v1", "two")):
            self.make(name, weights, "x")

    # what a person does

    @precondition(lambda self: self.installed)
    @rule(data=st.data(), new=NAMES)
    def copy(self, data: st.DataObject, new: str) -> None:
        source = self.one_of(data)
        if self.may_make(source, new):
            self.run(self.making.copy(source, new))
            self.installed[key(new)] = self.installed[key(source)]
        else:
            self.is_refused(self.making.copy(source, new))

    @precondition(lambda self: self.installed)
    @rule(data=st.data(), new=NAMES)
    def rename(self, data: st.DataObject, new: str) -> None:
        source = self.one_of(data)
        listed = self.models.installed(source)
        if listed is not None and parse_name(new).short == listed.name:
            self.wished.pop(key(source), None)
            self.run(self.making.rename(source, new))
        elif self.may_make(source, new):
            self.run(self.making.rename(source, new))
            self.installed[key(new)] = self.installed.pop(key(source))
        else:
            self.is_refused(self.making.rename(source, new))

    @precondition(lambda self: self.installed)
    @rule(data=st.data(), name=NAMES, system=SYSTEMS)
    def create(self, data: st.DataObject, name: str, system: str) -> None:
        base = self.one_of(data)
        draft = ModelDraft(name, base, system=system)
        if self.may_make(base, name):
            self.run(self.steps(draft))
            made = self.server.store.resolve(parse_name(name))
            assert made.system == system
            self.installed[key(name)] = made.digest
        else:
            self.is_refused(self.steps(draft))

    @precondition(lambda self: self.installed)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        there = st.sampled_from(sorted(self.installed.keys() - self.wished.keys()) or ["a:1"])
        names = data.draw(st.lists(there, min_size=1, max_size=3, unique_by=key))
        names += ["gone:1"] if data.draw(st.integers(0, 9)) == 0 else []
        if all(key(name) in self.installed and key(name) not in self.wished for name in names):
            deletion = self.run(self.wish(names))
            self.deletions_made.append(deletion)
            self.wished |= {key(name): (deletion, self.installed[key(name)]) for name in names}
        else:
            self.is_refused(self.wish(names))

    @precondition(lambda self: self.deletions_made)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        deletion = data.draw(st.sampled_from(self.deletions_made))
        self.run(self.take_back(deletion))
        self.wished = {name: wish for name, wish in self.wished.items() if wish[0] != deletion}

    @rule(name=NAMES)
    def chat(self, name: str) -> None:
        message = Message(1, 1, None, Role.ASSISTANT, "", datetime.now(UTC), model=name, state=MessageState.STREAMING)
        self.run(self.ask(message))
        self.wished.pop(key(name), None)

    # what time brings

    @precondition(lambda self: self.wished)
    @rule()
    def time_passes(self) -> None:
        self.run(asyncio.sleep(UNDO_S + 1))
        self.carry_out()

    @precondition(lambda self: self.wished)
    @rule()
    def leave_and_come_back(self) -> None:
        self.run(self.deleting.aclose())
        self.carry_out()
        self.end()
        self.start()

    @precondition(lambda self: self.wished)
    @rule()
    def be_killed_and_come_back(self) -> None:
        self.end()
        self.start()

    # what others do in the folder

    @rule(data=st.data(), weights=WEIGHTS, system=SYSTEMS)
    def another_program_makes_one(self, data: st.DataObject, weights: str, system: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.wished)) if self.wished else NAMES)
        self.make(name, weights, system)

    @rule(name=NAMES)
    def another_program_removes_one(self, name: str) -> None:
        if self.installed.pop(key(name), None) is not None:
            self.server.store.delete(parse_name(name))
            self.run(self.models.refresh())

    @rule(weights=WEIGHTS)
    def something_is_left_over(self, weights: str) -> None:
        blobs = self.folder / "blobs"
        blobs.mkdir(exist_ok=True)
        for path in (
            self.server.store.blobs.path(self.server.store.blobs.add(contents()[weights])[0]),
            blobs / f"sha256-{'9' * 64}-partial",
        ):
            if not path.exists():
                path.write_bytes(b"some of it")

    # what the upkeep does

    @rule()
    def clean_up(self) -> None:
        now = max((path.stat().st_mtime for path in self.folder.rglob("*")), default=0) + OLD_S
        for path in self.folder.rglob("sha256-*"):
            os.utime(path, (now - OLD_S, now - OLD_S))
        found = find_leftovers(self.folder, now=now)
        remove_leftovers(self.folder, found, rest=lambda _s: None)
        assert not find_leftovers(self.folder, now=now)

    @invariant()
    def verifying_finds_no_damage(self) -> None:
        assert [step for step in verify_blobs(self.folder) if step.verdict and step.verdict.damage] == []

    # what should be

    @invariant()
    def every_model_is_whole_and_there(self) -> None:
        found = {name.lower(): digest for name, digest in self.server.digests().items()}
        assert found == self.installed
        for name in found:
            self.server.store.refuse_wrong_sizes(parse_name(name))

    @invariant()
    def what_is_deleted_is_out_of_sight(self) -> None:
        assert {model.name.lower() for model in self.models.models} == self.installed.keys() - self.wished.keys()
        assert {change.name.lower() for change in self.models.changes} == self.wished.keys()

    # means

    def make(self, name: str, weights: str, system: str) -> None:
        """As another program does."""
        files = {"m.gguf": self.server.store.blobs.add(contents()[weights])[0]}
        list(self.server.store.create(parse_name(name), Recipe(files=files, system=system)))
        self.installed[key(name)] = self.server.store.resolve(parse_name(name)).digest
        self.run(self.models.refresh())

    def one_of(self, data: st.DataObject) -> str:
        """A name, most often of a model that is there."""
        return data.draw(st.one_of(st.sampled_from(sorted(self.installed)), NAMES) if self.installed else NAMES)

    def may_make(self, source: str, new: str) -> bool:
        """Whether the one can become the other; what that does to deletions is done."""
        if key(source) not in self.installed:
            return False
        self.wished.pop(key(source), None)
        if key(new) in self.wished:
            self.carry_out(key(new))
        return key(new) not in self.installed

    def carry_out(self, *only: str) -> None:
        """The server removes what is deleted, unless that is another model by now."""
        for name in only or tuple(self.wished):
            _, digest = self.wished.pop(name)
            if self.installed.get(name) == digest:
                del self.installed[name]

    def is_refused(self, action: Coroutine[Any, Any, Any]) -> None:
        try:
            self.run(action)
        except (ModelNotFoundError, NameTakenError):
            return
        raise AssertionError("it was not refused")

    async def wish(self, names: list[str]) -> int:
        return self.deleting.delete(names).id

    async def take_back(self, deletion: int) -> None:
        self.deleting.undo(deletion)

    async def ask(self, message: Message) -> None:
        self.bus.publish(TurnStarted(1, None, message))

    async def steps(self, draft: ModelDraft) -> None:
        async with aclosing(self.making.create(draft)) as steps:
            async for _ in steps:
                pass


TestApp = App.TestCase
TestApp.settings = settings(max_examples=25, stateful_step_count=35, deadline=None)

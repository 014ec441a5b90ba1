"""Whether installed models are what their registries have, asked for by a person: what is told, and what is not."""

import asyncio
import hashlib
import json
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ollama_desk.domain.demo import DEMO_MODEL_NAME
from ollama_desk.domain.errors import NotInRegistryError, PullRefusedError
from ollama_desk.domain.events import UpdatesChanged
from ollama_desk.domain.models import Model
from ollama_desk.domain.updates import CheckState, Update, UpdateCheck
from ollama_desk.registry.manifests import Manifest, ManifestFolder
from ollama_desk.registry.patience import Patience
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.remote import RemoteManifest
from ollama_desk.registry.source import Source
from tests.support.engine import free_port
from tests.support.registry_server import Refusal, RegistryServer
from tests.support.updating import UpdatesDesk, play

OLD = "0" * 64
SLOW = 30.0


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def checked(desk: UpdatesDesk) -> UpdateCheck:
    await desk.updates.check()
    return desk.updates.status


def test_a_model_whose_name_stands_for_another_one_now_is_an_update() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        registry.add(b"weights")
        registry.add(b"newer weights", tag="new")
        same = Model(registry.name(), sha(registry.manifest()))
        behind = Model(registry.name(tag="new"), OLD)
        desk.install(same, behind)
        check = await checked(desk)
        assert check.updates == (Update(behind.name, OLD, sha(registry.manifest(tag="new"))),)
        assert (check.state, check.asked, check.total) == (CheckState.ENDED, 2, 2)
        assert (check.current_count, check.failed_count, check.reason) == (1, 0, "")
        assert check.checked_at is not None
        assert check.names == {behind.name}

    with RegistryServer() as registry:
        play(scenario)


def test_nobody_is_asked_before_the_person_wants_it() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        registry.add(b"weights")
        desk.install(Model(registry.name(), OLD))
        assert desk.updates.status == UpdateCheck()
        assert not registry.seen

    with RegistryServer() as registry:
        play(scenario)


def test_what_is_in_no_registry_is_not_spoken_of() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        desk.install(Model(registry.name("mine"), OLD))
        check = await checked(desk)
        assert (check.updates, check.current_count, check.failed_count, check.reason) == ((), 0, 0, "")
        registry.faults.manifest = Refusal(401)
        check = await checked(desk)
        assert (check.updates, check.current_count, check.failed_count, check.reason) == ((), 0, 0, "")

    with RegistryServer() as registry:
        play(scenario)


def test_models_that_run_elsewhere_and_the_demonstration_are_not_asked_about() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        far = Model(registry.name(), OLD, remote_host="https://example.org")
        desk.install(far, Model(DEMO_MODEL_NAME, OLD), Model("not a name!", OLD))
        assert (await checked(desk)).total == 0
        assert not registry.seen

    with RegistryServer() as registry:
        play(scenario)


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_manifest_that_a_server_wrote_anew_is_no_update(end: bytes) -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        registry.add(b"weights")
        told = json.loads(registry.manifest())
        registry.add_manifest(json.dumps({**dict(reversed(told.items())), "annotation": "x"}, indent=2).encode())
        again = msgspec.json.encode(msgspec.json.decode(registry.manifest(), type=Manifest)) + end
        desk.install(Model(registry.name(), sha(again)))
        check = await checked(desk)
        assert (check.updates, check.current_count) == ((), 1)

    with RegistryServer() as registry:
        play(scenario)


def test_other_bytes_with_the_same_layers_are_no_update_where_the_folder_is_known(tmp_path: Path) -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        registry.add(b"weights")
        installed = json.dumps(json.loads(registry.manifest()), indent=7).encode()
        ManifestFolder(tmp_path / "manifests").write_as_it_is(parse_name(registry.name()), installed)
        desk.install(Model(registry.name(), sha(installed)))
        check = await checked(desk)
        assert (check.updates, check.current_count) == ((), 1)

    with RegistryServer() as registry:
        play(scenario, folder=tmp_path)


def test_what_was_made_here_under_a_name_of_a_registry_is_left_alone(tmp_path: Path) -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        registry.add(b"weights")
        registry.add(b"weights", tag="child")
        manifests = ManifestFolder(tmp_path / "manifests")
        made = msgspec.json.decode(registry.manifest(), type=Manifest)
        manifests.write(parse_name(registry.name()), made)
        child = json.loads(registry.manifest())
        child["layers"][0]["from"] = "tiny:latest"
        manifests.write_as_it_is(parse_name(registry.name(tag="child")), json.dumps(child).encode())
        desk.install(*(Model(str(each.name), each.digest) for each in manifests.all()))
        assert (await checked(desk)).total == 0
        assert not registry.seen

    with RegistryServer() as registry:
        play(scenario, folder=tmp_path)


def test_a_registry_that_does_not_answer_is_asked_once_and_what_others_say_stays() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        registry.add(b"weights")
        gone = f"127.0.0.1:{free_port()}/library/gone"
        desk.install(*(Model(f"{gone}:{tag}", OLD) for tag in range(12)), Model(registry.name(), OLD))
        check = await checked(desk)
        assert check.names == {registry.name()}
        assert (check.state, check.asked, check.failed_count) == (CheckState.ENDED, 13, 12)
        assert "127.0.0.1" in check.reason

    with RegistryServer() as registry:
        play(scenario)


def test_a_name_that_cannot_be_looked_up_does_not_hold_up_the_others() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        registry.add_manifest(b"<html>", tag="odd")
        registry.add(b"weights")
        desk.install(Model(registry.name(tag="odd"), OLD), Model(registry.name(), OLD))
        check = await checked(desk)
        assert check.names == {registry.name()}
        assert check.failed_count == 1
        assert "no manifest" in check.reason

    with RegistryServer() as registry:
        play(scenario)


def test_a_check_that_is_stopped_keeps_what_it_found() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        registry.add(b"weights", tag="first")
        desk.install(
            Model(registry.name(tag="first"), OLD),
            Model(f"127.0.0.1:{silent.getsockname()[1]}/library/slow:latest", OLD),
        )
        desk.updates.start()
        await desk.seen.wait_for(UpdatesChanged, lambda event: event.check.asked == 1, SLOW)
        desk.updates.start()  # one is under way
        desk.updates.cancel()
        stopped = await desk.seen.wait_for(UpdatesChanged, lambda event: event.check.state is CheckState.STOPPED, SLOW)
        assert stopped.check.names == {registry.name(tag="first")}
        assert len(registry.seen) == 1

    with RegistryServer() as registry, socket.create_server(("127.0.0.1", 0)) as silent:
        play(scenario, patience=Patience(stall_s=60.0))


def test_what_is_known_of_a_model_is_forgotten_once_it_is_another() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        registry.add(b"weights")
        registry.add(b"others", tag="two")
        one, two = Model(registry.name(), OLD), Model(registry.name(tag="two"), OLD)
        desk.install(one, two)
        assert (await checked(desk)).names == {one.name, two.name}
        desk.install(known=False)  # the server restarts
        assert desk.updates.status.names == {one.name, two.name}
        desk.install(Model(one.name, sha(registry.manifest())), two)
        assert desk.updates.status.names == {two.name}
        assert desk.updates.status.current_count == 1  # the update came
        desk.install(Model(one.name, "1" * 64), two)
        assert desk.updates.status.current_count == 0  # something else did
        desk.install()
        assert not desk.updates.status.updates

    with RegistryServer() as registry:
        play(scenario)


def test_a_check_of_one_model_leaves_the_others_as_they_were() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        registry.add(b"weights")
        registry.add(b"others", tag="two")
        one, two = Model(registry.name(), OLD), Model(registry.name(tag="two"), OLD)
        desk.install(one, two)
        await desk.updates.check({one.name})
        assert desk.updates.status.names == {one.name}
        await desk.updates.check({two.name})
        assert desk.updates.status.names == {one.name, two.name}
        assert len(registry.seen) == 2

    with RegistryServer() as registry:
        play(scenario)


def test_an_update_is_a_download_like_the_first_one() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        desk.install(Model(registry.name(), OLD))
        await desk.updates.update([registry.name(), "other:1b", "not a name!"])
        assert [(job.name, job.insecure) for job in desk.queue.jobs[1:]] == [
            (registry.name(), True),
            ("other:1b", False),
            ("not a name!", False),
        ]
        desk.queue.refuse = PullRefusedError("It is in the list.")
        await desk.updates.update([registry.name()])

    with RegistryServer() as registry:
        play(scenario)


def test_at_most_four_are_asked_at_once() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        desk.install(*(Model(f"owl:{tag}", OLD) for tag in range(12)))
        check = await checked(desk)
        assert (check.asked, check.failed_count, check.current_count) == (12, 0, 0)
        assert counting.most == 4
        steps = [event.check.asked for event in desk.seen.of(UpdatesChanged)]
        assert sorted(steps) == steps

    counting = Counting()
    play(scenario, manifests=counting)


def test_a_model_that_came_anew_while_its_registry_was_asked_is_not_judged_by_its_old_digest() -> None:
    async def scenario(desk: UpdatesDesk) -> None:
        desk.install(Model("owl:1b", OLD))
        counting.meanwhile = lambda: desk.install(Model("owl:1b", "1" * 64))
        counting.answer = b'{"config": {"mediaType": "c", "digest": "sha256:%s"}, "layers": []}' % (b"2" * 64)
        assert (await checked(desk)).updates == ()
        assert (await checked(desk)).names == {"owl:1b"}

    counting = Counting()
    play(scenario, manifests=counting)


class Counting:
    """A registry that takes its time; how many asked it at once."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.most = self._now = 0
        self.answer = b""
        self.meanwhile = meanwhile

    async def manifest(self, source: Source) -> RemoteManifest:
        self._now += 1
        self.most = max(self.most, self._now)
        for _ in range(10):
            await asyncio.sleep(0)
        self._now -= 1
        self.meanwhile()
        if not self.answer:
            raise NotInRegistryError("There is none.", status=404)
        return RemoteManifest(source, self.answer, msgspec.json.decode(self.answer, type=Manifest))

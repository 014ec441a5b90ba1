"""Who holds the port: other people's servers, strangers, impostors, and addresses that are not ours to serve."""

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil

from ollama_desk.domain.server import ServerAddress, ServerState
from ollama_desk.sidecar import ports
from ollama_desk.sidecar.probe import Answer, ProbeAnswer, probe
from ollama_desk.sidecar.supervisor import Supervisor
from tests.support.deadline import wait_for
from tests.support.sidecar import FAKE, QUICK, free_address, run, supervised

STARTING, READY, STOPPED, BACKOFF = ServerState.STARTING, ServerState.READY, ServerState.STOPPED, ServerState.BACKOFF
DEGRADED, EXTERNAL, CONFLICT, FAILED = (
    ServerState.DEGRADED,
    ServerState.EXTERNAL,
    ServerState.CONFLICT,
    ServerState.FAILED,
)


def pid_of(supervisor: Supervisor) -> Callable[[], Awaitable[int | None]]:
    async def ask() -> int | None:
        return supervisor.status.pid

    return ask


@contextmanager
def holding(address: ServerAddress, fake: str = "") -> Iterator[psutil.Popen]:
    """Somebody else's server on the port."""
    other = psutil.Popen([sys.executable, str(FAKE)], env={**os.environ, "FAKE": fake, "OLLAMA_HOST": str(address)})
    try:
        yield other
    finally:
        other.kill()
        other.wait()


def test_po01_a_foreign_ollama_is_used_and_never_signalled_and_replaced_when_it_goes(tmp_path: Path) -> None:
    async def scenario() -> None:
        address = free_address()
        with holding(address) as other:
            async with supervised(tmp_path, address=address) as (supervisor, watch):
                await wait_for(partial(answers, address), bool)
                supervisor.start()
                external = await watch.until(EXTERNAL)
                assert external.pid is None
                assert not external.is_ours
                supervisor.stop()
                await watch.until(STOPPED, since=2)
                assert other.poll() is None
                supervisor.start()
                await watch.until(EXTERNAL, since=3)
                other.kill()
                await watch.until(READY)

    run(scenario())


async def answers(address: ServerAddress) -> bool:
    try:
        _, writer = await asyncio.open_connection(address.host, address.port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def test_po02_a_silent_socket_on_the_port_is_a_conflict_until_it_goes(tmp_path: Path) -> None:
    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as holder:
            async with supervised(tmp_path, address=ServerAddress(port=holder.getsockname()[1])) as (supervisor, watch):
                supervisor.start()
                conflict = await watch.until(CONFLICT)
                assert "Another program holds" in conflict.reason
                assert "use another port" in conflict.reason
                holder.close()
                await watch.until(READY)

    run(scenario())


def test_po02_a_web_server_on_the_port_is_a_conflict(tmp_path: Path) -> None:
    async def scenario() -> None:
        address = free_address()
        with holding(address, "html"):
            async with supervised(tmp_path, address=address) as (supervisor, watch):
                await wait_for(partial(answers, address), bool)
                supervisor.start()
                await watch.until(CONFLICT)

    run(scenario())


def test_po02_the_server_goes_on_at_the_port_that_was_offered_and_answers_there(tmp_path: Path) -> None:
    async def scenario() -> None:
        address = free_address()
        with holding(address, "html") as stranger:
            async with supervised(tmp_path, address=address) as (supervisor, watch):
                await wait_for(partial(answers, address), bool)
                supervisor.start()
                offered = (await watch.until(CONFLICT)).free_address
                assert offered is not None
                assert offered.port != address.port
                supervisor.move_to(offered)
                ready = await watch.until(READY)
                assert ready.address == supervisor.status.address == offered
                assert (await probe(offered)).answer is Answer.OLLAMA
                assert stranger.poll() is None

    run(scenario())


def test_po01_a_foreign_ollama_can_be_left_for_a_server_of_ours_elsewhere(tmp_path: Path) -> None:
    async def scenario() -> None:
        address = free_address()
        with holding(address) as other:
            async with supervised(tmp_path, address=address) as (supervisor, watch):
                await wait_for(partial(answers, address), bool)
                supervisor.start()
                offered = (await watch.until(EXTERNAL)).free_address
                assert offered is not None
                supervisor.move_to(offered)
                assert (await watch.until(READY)).is_ours
                assert other.poll() is None

    run(scenario())


def test_a_running_server_moves_and_leaves_its_old_port(tmp_path: Path) -> None:
    async def scenario() -> None:
        old, new = free_address(), free_address()
        async with supervised(tmp_path, address=old) as (supervisor, watch):
            supervisor.start()
            first = await watch.until(READY)
            supervisor.move_to(replace(new, host="localhost"))
            second = await watch.until(READY, since=watch.seen.index(first) + 1)
            assert (second.address, second.pid == first.pid) == (new, False)
            assert (await probe(old)).answer is Answer.NOBODY

    run(scenario())


def test_the_free_address_is_the_next_port_that_nobody_has() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        taken = ServerAddress(port=one.getsockname()[1])
        found = ports.free_address(taken)
        assert found is not None
        with socket.create_server((found.host, found.port)):
            assert ports.free_address(taken) not in (None, taken, found)


def test_where_no_port_above_is_left_the_system_gives_one() -> None:
    found = ports.free_address(ServerAddress(port=65_535))
    assert found is not None
    assert found.port


def test_a_host_that_is_not_ours_has_no_free_address() -> None:
    assert ports.free_address(ServerAddress("192.0.2.1")) is None


def test_po06_a_local_address_is_taken_by_its_number() -> None:
    assert ports.literal(ServerAddress("localhost", 4711)) == ServerAddress(port=4711)
    assert ports.literal(ServerAddress("::1", 4711)) == ServerAddress("::1", 4711)


def test_po04_a_server_that_finds_its_port_taken_has_not_crashed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "port-taken") as (supervisor, watch):
            supervisor.start()
            conflict = await watch.until(CONFLICT)
            await watch.until(CONFLICT, since=watch.seen.index(conflict) + 1)
            assert not {BACKOFF, FAILED} & set(watch.states())

    run(scenario())


def test_po05_an_impostor_on_our_port_is_never_taken_for_our_server(tmp_path: Path) -> None:
    asked: list[Answer] = []

    async def ask(address: ServerAddress) -> ProbeAnswer:
        answer = await probe(address)
        asked.append(answer.answer)
        return answer

    async def answers_after_degraded() -> int:
        return len(asked[asked.index(Answer.OLLAMA) :]) if Answer.OLLAMA in asked else 0

    async def scenario() -> None:
        address = free_address()
        timings = replace(QUICK, start_limit_s=1.0, hang_limit_s=0.3)
        async with supervised(tmp_path, "deaf", address=address, timings=timings, ask=ask) as (supervisor, watch):
            supervisor.start()
            await wait_for(pid_of(supervisor), bool)
            with holding(address):
                degraded = await watch.until(DEGRADED)
                assert "in place of the one that was started" in degraded.reason
                assert degraded.free_address is not None
                asked.clear()
                await wait_for(answers_after_degraded, lambda count: count > 5)
                assert supervisor.status == degraded
        assert READY not in watch.states()

    run(scenario())


def test_po06_another_program_on_the_ipv6_loopback_does_no_harm(tmp_path: Path) -> None:
    async def scenario() -> None:
        address = free_address()
        with socket.socket(socket.AF_INET6) as other:
            other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            other.bind(("::1", address.port))
            other.listen()
            async with supervised(tmp_path, address=replace(address, host="localhost")) as (supervisor, watch):
                supervisor.start()
                ready = await watch.until(READY, CONFLICT)
                assert (ready.state, ready.address.host) == (READY, "127.0.0.1")

    run(scenario())


def test_po14_two_data_folders_have_two_servers(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path / "a") as (one, first), supervised(tmp_path / "b") as (other, second):
            one.start()
            other.start()
            await first.until(READY)
            kept = await second.until(READY)
            one.stop()
            await first.until(STOPPED, since=2)
            assert other.status == kept

    run(scenario())


def test_po16_a_server_elsewhere_is_watched_and_never_started_here(tmp_path: Path) -> None:
    async def scenario() -> None:
        remote = ServerAddress("127.0.0.2", free_address().port)
        async with supervised(tmp_path, address=remote) as (supervisor, watch):
            supervisor.start()
            await watch.until(DEGRADED)
            with holding(remote):
                await watch.until(EXTERNAL)
        assert STARTING not in watch.states()

    run(scenario())

"""Of two starts one owns the folder and the other rings; nothing but the one request is answered."""

import asyncio
import contextlib
import os
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ollama_desk.core.files import private_folder
from ollama_desk.core.instance import ANSWER, REQUEST, Bell, Ring, own_or_ring, ring
from ollama_desk.core.lock import FolderLock
from ollama_desk.domain.errors import AlreadyRunningError

STARTER = Path(__file__).resolve().parents[1] / "support" / "starter.py"
ROUNDS = 100


@contextlib.contextmanager
def starter(seed: int) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"PYTHONPATH": str(STARTER.parents[2]), "PYTHONWARNINGS": "error"}
    with subprocess.Popen(
        [sys.executable, str(STARTER), str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env=environment,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


def test_po12_of_two_starts_within_10_ms_one_owns_the_folder_and_the_other_rings(tmp_path: Path) -> None:
    with starter(1) as one, starter(2) as two:
        for number in range(ROUNDS):
            folder = tmp_path / str(number % 2)  # used again, with what the last owner left
            for start in (one, two):
                assert start.stdin is not None
                start.stdin.write(f"{folder}\n")
            said = []
            for start in (one, two):
                assert start.stdout is not None
                said.append(start.stdout.readline().strip())
            assert sorted(said) == ["owner 1", "rang"], number


@asynccontextmanager
async def hung_up(folder: Path, *, user_id: int | None = None) -> AsyncIterator[list[str]]:
    """A bell that answers, and what it was told."""
    private_folder(folder)
    bell = Bell(folder, user_id=user_id)
    bell.hang()
    rings: list[str] = []
    await bell.answer(lambda: rings.append("rung"))
    yield rings
    bell.take_down()


async def rung(folder: Path, timeout_s: float = 3.0) -> Ring:
    return await asyncio.to_thread(ring, folder, timeout_s=timeout_s)


@pytest.mark.parametrize("depth", [0, 30])
def test_a_ring_is_answered_also_where_the_path_is_too_long_for_a_socket(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["a-folder"] * depth)

    async def scenario() -> None:
        async with hung_up(folder) as rings:
            assert stat.S_IMODE((folder / "bell").stat().st_mode) == 0o600
            assert [await rung(folder) for _ in range(3)] == [Ring.ANSWERED] * 3
            assert rings == ["rung"] * 3
        assert not (folder / "bell").exists()
        assert await rung(folder) is Ring.ABSENT

    asyncio.run(scenario())


def test_who_rings_before_the_loop_runs_is_answered_when_it_does(tmp_path: Path) -> None:
    async def scenario() -> None:
        bell = Bell(tmp_path)
        bell.hang()
        waiting = asyncio.create_task(rung(tmp_path))
        assert await rung(tmp_path, 0.05) is Ring.SILENT
        await bell.answer(list[str]().clear)
        assert await waiting is Ring.ANSWERED
        bell.take_down()

    asyncio.run(scenario())


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", REQUEST + b"more", b"\x00" * 100_000, b""])
def test_anything_else_is_hung_up_on(tmp_path: Path, said: bytes) -> None:
    def call() -> bytes:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(5)
            caller.connect(str(tmp_path / "bell"))
            with contextlib.suppress(OSError):
                caller.sendall(said)
                caller.shutdown(socket.SHUT_WR)
                return caller.recv(100)
        return b""

    async def scenario() -> None:
        async with hung_up(tmp_path) as rings:
            assert await asyncio.to_thread(call) == b""
            assert rings == []
            assert await rung(tmp_path) is Ring.ANSWERED

    asyncio.run(scenario())


def test_the_request_may_come_in_pieces(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with hung_up(tmp_path) as rings:
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "bell"))
            for byte in REQUEST:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0)
            async with asyncio.timeout(5):
                assert await reader.read() == ANSWER
            writer.close()
            await writer.wait_closed()
            assert rings == ["rung"]

    asyncio.run(scenario())


def test_another_user_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with hung_up(tmp_path, user_id=os.getuid() + 1) as rings:
            assert await rung(tmp_path) is Ring.ABSENT
            assert rings == []

    asyncio.run(scenario())
    assert "Another user" in caplog.text
    caplog.clear()


def test_a_first_instance_that_hangs_is_said_to(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        bell = Bell(tmp_path)
        bell.hang()
        with pytest.raises(AlreadyRunningError, match="does not answer"):
            own_or_ring(tmp_path, answer_s=0.05)
        bell.take_down()


def test_a_first_instance_without_a_bell_is_said_to_run(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(AlreadyRunningError, match="Use the window that is open"):
        own_or_ring(tmp_path, absent_s=0.05)


def test_an_instance_that_is_leaving_is_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        with FolderLock(tmp_path):
            start = asyncio.create_task(asyncio.to_thread(own_or_ring, tmp_path))
            await asyncio.sleep(0.05)
        lock = await start
        assert lock is not None
        lock.release()

    asyncio.run(scenario())


def test_a_bell_left_by_a_killed_owner_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "bell"))
    assert ring(tmp_path) is Ring.ABSENT

    async def scenario() -> None:
        async with hung_up(tmp_path):
            assert await rung(tmp_path) is Ring.ANSWERED

    asyncio.run(scenario())


def test_a_folder_that_holds_no_sockets_costs_only_the_bell(tmp_path: Path) -> None:
    (tmp_path / "bell").mkdir()
    bell = Bell(tmp_path)
    bell.hang()
    asyncio.run(bell.answer(list[str]().clear))
    bell.take_down()
    assert ring(tmp_path) is Ring.ABSENT

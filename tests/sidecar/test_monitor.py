"""CPU and memory of a tree, and who listens, whatever happens to the processes meanwhile."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from ollama_desk.domain.server import ServerAddress
from ollama_desk.sidecar.monitor import CHILDREN_EVERY, Monitor, listens
from tests.support.processes import wait_until

TREE = (
    "import subprocess, sys; "
    "children = [subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']) for _ in range(2)]; "
    "print(*(child.pid for child in children), flush=True); "
    "import time; time.sleep(600)"
)


@pytest.fixture
def tree() -> Iterator[tuple[psutil.Process, list[psutil.Process]]]:
    """A process and its two children."""
    with subprocess.Popen([sys.executable, "-c", TREE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        root = psutil.Process(process.pid)
        children = [psutil.Process(int(text)) for text in process.stdout.readline().split()]
        try:
            yield root, children
        finally:
            process.kill()
            for child in children:
                if child.is_running():
                    child.kill()


def test_the_first_sample_is_dropped_and_the_next_counts_the_tree(
    tree: tuple[psutil.Process, list[psutil.Process]],
) -> None:
    root, children = tree
    monitor = Monitor(root.pid)
    assert monitor.sample() is None
    sample = monitor.sample()
    assert sample is not None
    assert sample.process_count == 3
    assert sample.rss_bytes >= sum(process.memory_info().rss for process in (root, *children)) // 2
    assert sample.cpu_percent >= 0
    assert sample.at.tzinfo is not None


def test_sc22_sc24_what_dies_between_two_samples_is_left_out(
    tree: tuple[psutil.Process, list[psutil.Process]],
) -> None:
    root, children = tree
    monitor = Monitor(root.pid)
    monitor.sample()
    children[0].kill()  # nobody reaps it: a zombie
    assert wait_until(lambda: children[0].status() == psutil.STATUS_ZOMBIE)
    sample = monitor.sample()
    assert sample is not None
    assert sample.process_count == 2
    root.kill()
    assert wait_until(lambda: root.status() == psutil.STATUS_ZOMBIE)
    children[1].kill()
    assert wait_until(lambda: not children[1].is_running() or children[1].status() == psutil.STATUS_ZOMBIE)
    assert [monitor.sample() for _ in range(2 * CHILDREN_EVERY)] == [None] * 2 * CHILDREN_EVERY


def test_a_tree_that_was_never_there_gives_nothing() -> None:
    monitor = Monitor(2**22 + 1)
    assert monitor.sample() is None
    assert monitor.sample() is None


def test_who_listens_is_known_by_pid_and_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as here, socket.create_server(("127.0.0.2", 0)) as elsewhere:
        port, other_port = here.getsockname()[1], elsewhere.getsockname()[1]
        assert listens(os.getpid(), ServerAddress(port=port))
        assert not listens(os.getpid(), ServerAddress(port=other_port))
        assert not listens(2**22 + 1, ServerAddress(port=port))
    assert not listens(os.getpid(), ServerAddress(port=port))

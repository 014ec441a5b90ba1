"""CPU and memory of the server's whole tree, once a second."""

import contextlib
from datetime import UTC, datetime

import psutil

from ollama_desk.domain.server import WILDCARDS, ResourceSample, ServerAddress

CHILDREN_EVERY = 5  # samples
IDLE_S = 0.05  # of the processor between two looks: what a runner uses that does nothing


class Monitor:
    """Keeps the process objects, so that a sample costs one read for each. Not to be used from two threads at once."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._processes: dict[int, psutil.Process] = {}
        self._samples = 0

    def sample(self) -> ResourceSample | None:
        """One measurement; None where the tree is gone or this is the first, whose CPU share means nothing."""
        if self._samples % CHILDREN_EVERY == 0:
            self._look_for_children()
        self._samples += 1
        cpu, rss, count = 0.0, 0, 0
        for pid, process in tuple(self._processes.items()):
            try:
                with process.oneshot():
                    if process.status() == psutil.STATUS_ZOMBIE:
                        continue
                    cpu += process.cpu_percent()
                    rss += process.memory_info().rss
                    count += 1
            except (psutil.Error, OSError):
                del self._processes[pid]
        if self._samples == 1 or not count:
            return None
        return ResourceSample(datetime.now(UTC), cpu, rss, count)

    def _look_for_children(self) -> None:
        with contextlib.suppress(psutil.Error, OSError):
            root = self._processes.get(self._pid) or psutil.Process(self._pid)
            for process in (root, *root.children(recursive=True)):
                if self._processes.get(process.pid) != process:  # new, or another one with an old pid
                    self._processes[process.pid] = process


class RunnerWork:
    """Whether the processes below the server compute. Not to be used from two threads at once."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._cpu_s: dict[int, float] = {}

    def goes_on(self) -> bool:
        """Whether one of them has used the processor since the last call, or is new."""
        before, self._cpu_s = self._cpu_s, {}
        with contextlib.suppress(psutil.Error, OSError):
            for process in psutil.Process(self.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error, OSError):
                    times = process.cpu_times()
                    self._cpu_s[process.pid] = times.user + times.system
        return any(used_s >= before.get(pid, -IDLE_S) + IDLE_S for pid, used_s in self._cpu_s.items())


def listens(pid: int, address: ServerAddress) -> bool:
    """Whether the process, or one below it, is who listens at the address. True where the system does not tell.

    The host counts as well: another program may hold the same port of another loopback address.
    """
    places = {(host, address.port) for host in (address.host, *WILDCARDS)}
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and tuple(connection.laddr) in places:
                    return True
    except psutil.AccessDenied:
        return True
    except (psutil.Error, OSError):
        return False
    return False

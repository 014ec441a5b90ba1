"""The small process between the app and the server: when the app goes, however it goes, the server's tree goes too.

It reads one command from its standard input (``stop GRACE``) and takes its end for the end of the app; it writes one
JSON line for each thing that happens: ``started``, ``failed``, ``exited``. Standard library only, one thread.

Tried on Linux. Elsewhere in the Unix family there is neither a death signal nor a subreaper: the process group and
the app's sweep by marker have to do (not tried). Windows needs a Job Object instead (not written yet).
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
POLL_S = 0.05
LOOK_EVERY_S = 1.0  # a missed wake-up costs no more than this
LINUX = sys.platform == "linux"


def main(argv: list[str]) -> int:
    """``LOG_FILE GRACE COMMAND…``: run COMMAND, watch the app, end everything below us; always 0 once it has."""
    log_file, grace, *command = argv
    return Guardian(Path(log_file), float(grace), command).run()


class Guardian:
    """One server, from its start until none of its descendants is left."""

    def __init__(self, log_file: Path, grace_s: float, command: list[str]) -> None:
        self._log_file = log_file
        self._grace_s = grace_s
        self._command = command
        self._stopping = False
        self._wake_read, self._wake_write = os.pipe()

    def run(self) -> int:
        with contextlib.suppress(OSError):  # we lead a session already
            os.setsid()
        control = _prctl()
        control(PR_SET_CHILD_SUBREAPER, 1)
        self._listen_to_signals()
        try:
            server = self._spawn(control)
        except OSError as error:
            _tell(event="failed", reason=error.strerror or str(error))
            return 0
        _tell(event="started", pid=server.pid, ticks=start_ticks(server.pid))
        self._watch(server)
        if server.poll() is None:
            self._end(server)
        end_descendants()
        _tell(event="exited", code=server.returncode, asked=self._stopping)
        return 0

    def _listen_to_signals(self) -> None:
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _spawn(self, control: Callable[[int, int], None]) -> "subprocess.Popen[bytes]":
        guardian = os.getpid()

        def die_with_guardian() -> None:
            control(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != guardian:  # it was killed before the line above
                os._exit(1)

        descriptor = os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                process_group=0,
                preexec_fn=die_with_guardian,  # noqa: PLW1509 - this process has one thread
            )
        finally:
            os.close(descriptor)

    def _watch(self, server: "subprocess.Popen[bytes]") -> None:
        """Wait until the server ends, we are told to stop, or the app is gone."""
        standard_input = sys.stdin.fileno()
        while server.poll() is None and not self._stopping:
            if standard_input in self._wait(LOOK_EVERY_S, standard_input):
                self._obey(os.read(standard_input, 512))

    def _obey(self, command: bytes) -> None:
        """``stop GRACE``, or nothing, which is the end of the app."""
        self._stopping = True
        with contextlib.suppress(ValueError, IndexError):
            self._grace_s = float(command.split()[1])

    def _end(self, server: "subprocess.Popen[bytes]") -> None:
        """TERM (and CONT, if it was stopped), grace, KILL for the server and its group."""
        with contextlib.suppress(OSError):
            os.kill(server.pid, signal.SIGTERM)
            os.killpg(server.pid, signal.SIGCONT)
        deadline = time.monotonic() + self._grace_s
        while server.poll() is None and (left := deadline - time.monotonic()) > 0:
            self._wait(min(left, LOOK_EVERY_S))
        if server.poll() is None or not LINUX:
            with contextlib.suppress(OSError):
                os.killpg(server.pid, signal.SIGKILL)
        server.wait()

    def _wait(self, seconds: float, *descriptors: int) -> list[int]:
        """Sleep until a signal comes or one of ``descriptors`` can be read; those that can."""
        ready, _, _ = select.select([*descriptors, self._wake_read], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 512)
        return ready

    def _on_signal(self, *_: object) -> None:
        self._stopping = True


def end_descendants() -> None:
    """KILL whatever the server left behind until nothing is below us: it all became our children."""
    while True:
        for pid in children(os.getpid()):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return
        time.sleep(POLL_S)


def children(pid: int) -> list[int]:
    """The children of a process; empty where there is no ``/proc``."""
    try:
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return children_by_looking(pid)


def children_by_looking(pid: int) -> list[int]:
    """The same where the kernel keeps no list of them (``CONFIG_PROC_CHILDREN``)."""
    every = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [each for each in every if _stat_field(each, 4) == pid]


def start_ticks(pid: int) -> int:
    """When a process began, in clock ticks since the machine started (field 22 of ``stat``); 0: not to be had."""
    return _stat_field(pid, 22)


def _stat_field(pid: int, number: int) -> int:
    try:  # the name, field 2, may hold spaces and brackets
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[number - 3])
    except (OSError, IndexError, ValueError):
        return 0


def _prctl() -> Callable[[int, int], None]:
    """``prctl`` with one argument, loaded before any fork; nothing where the system has none."""
    if not LINUX:
        return lambda *_: None
    call = ctypes.CDLL(None).prctl
    return lambda option, value: call(option, value, 0, 0, 0)


def _tell(**facts: object) -> None:
    with contextlib.suppress(OSError):  # the app may be gone
        os.write(sys.stdout.fileno(), json.dumps(facts).encode() + b"\n")

"""The small process between the app and the server: when the app goes, however it goes, the server's tree goes too.

It reads commands from its standard input (``stop GRACE``) and takes its end for the end of the app; it writes one
JSON line for each thing that happens: ``started`` and ``exited``. Standard library only, one thread.
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
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
POLL_S = 0.05
DEFAULT_GRACE_S = 5.0


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
        os.setsid()
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._on_signal)
        os.set_blocking(self._wake_write, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            server = self._spawn()
        except OSError as error:
            _tell(event="failed", reason=error.strerror or str(error))
            return 0
        _tell(event="started", pid=server.pid, ticks=start_ticks(server.pid))
        grace = self._watch(server)
        if server.poll() is None:
            end_tree(server, grace)
        end_descendants()
        _tell(event="exited", code=server.returncode, asked=self._stopping)
        return 0

    def _spawn(self) -> "subprocess.Popen[bytes]":
        descriptor = os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                process_group=0,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - this process has one thread
            )
        finally:
            os.close(descriptor)

    def _watch(self, server: "subprocess.Popen[bytes]") -> float:
        """Wait until the server ends, we are told to stop, or the app is gone; the grace in seconds."""
        standard_input = sys.stdin.fileno()
        while server.poll() is None:
            ready, _, _ = select.select([standard_input, self._wake_read], [], [], 1.0)
            if self._wake_read in ready:
                os.read(self._wake_read, 512)
            if self._stopping:
                return self._grace_s
            if standard_input in ready:
                words = os.read(standard_input, 512).decode("ascii", "replace").split()
                self._stopping = True
                return float(words[1]) if words[:1] == ["stop"] and len(words) > 1 else self._grace_s
        return self._grace_s

    def _on_signal(self, *_: object) -> None:
        self._stopping = True


def end_tree(server: "subprocess.Popen[bytes]", grace_s: float) -> None:
    """TERM (and CONT, if it was stopped), grace, KILL for the server and its group."""
    _signal_group(server.pid, signal.SIGTERM, alone=True)
    _signal_group(server.pid, signal.SIGCONT)
    deadline = time.monotonic() + grace_s
    while server.poll() is None and time.monotonic() < deadline:
        time.sleep(POLL_S)
    _signal_group(server.pid, signal.SIGKILL)
    server.wait()


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
    try:
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def start_ticks(pid: int) -> int:
    """When a process began, in clock ticks since the machine started (field 22 of ``stat``); 0: not to be had."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0


def _signal_group(pid: int, number: int, *, alone: bool = False) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number) if alone else os.killpg(pid, number)


def _die_with_parent() -> None:
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _tell(**facts: object) -> None:
    with contextlib.suppress(OSError):  # the app may be gone
        os.write(sys.stdout.fileno(), json.dumps(facts).encode() + b"\n")

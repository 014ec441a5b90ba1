"""A server of somebody else, which nobody may touch: ``decoy.py LOG PORT``, with a child as its runner.

It serves (``paced_ollama``) and writes each signal that it or its child gets to LOG, with the pid of the sender. What
cannot be caught, KILL and STOP, shows from outside. It ends by KILL only.
"""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

from tests.support.paced_ollama import serve


def record(log: Path, who: str) -> None:
    """Note every signal, without end."""
    while True:
        found = signal.sigwaitinfo(signal.valid_signals())
        with log.open("a") as file:
            file.write(f"{who} got {signal.Signals(found.si_signo).name} from {found.si_pid}\n")


def main(argv: list[str]) -> int:
    log, port = Path(argv[0]), int(argv[1])
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # the threads and the child inherit it
    child = os.fork()
    if child == 0:
        record(log, "runner")
    threading.Thread(target=record, args=(log, "server"), daemon=True).start()
    sys.stdout.write(f"{child}\n")
    sys.stdout.flush()
    asyncio.run(serve(port))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

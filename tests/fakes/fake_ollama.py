"""A program that serves like Ollama, or misbehaves as FAKE says: standard library only.

``FAKE`` holds words: ``exit=N`` end at once · ``port-taken`` say so and end · ``deaf`` never listen ·
``silent`` accept and never answer · ``html`` answer a page · ``garbage`` answer bytes · ``stubborn`` ignore SIGTERM ·
``runner`` keep a child that ignores SIGTERM · ``detached-runner`` the same in a session of its own, orphaned ·
``flood=N`` write N lines · ``nasty-log`` write what no reader likes · ``crash-after=S`` · ``environment=FILE`` write
there what it was given · ``version-file=FILE`` tell the version that stands there · ``slow=S`` answer after so many
seconds · ``late=S`` listen after so many seconds · ``busy-runner`` keep a child that computes · ``long-lines=N`` write
N lines of 1 MB · ``flood-on=N`` write N lines once it listens, and go on if that fails.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

IGNORES_TERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
DETACHED = f"import os; os.fork() and os._exit(0); os.setsid(); {IGNORES_TERM}"
WORDS = dict(word.partition("=")[::2] for word in os.environ.get("FAKE", "").split())
VERSION = "0.0.0"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if "silent" in WORDS:
            time.sleep(600)
        if "garbage" in WORDS:
            self.wfile.write(b"\x00\xff garbage\r\n\r\n\x80")
            return
        time.sleep(float(WORDS.get("slow", "0")))
        body = b"<html>It works</html>" if "html" in WORDS else json.dumps({"version": version()}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if "html" in WORDS else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def version() -> str:
    return Path(WORDS["version-file"]).read_text() if "version-file" in WORDS else VERSION


def main() -> int:
    if "environment" in WORDS:
        Path(WORDS["environment"]).write_text(json.dumps(dict(os.environ)))
    if "port-taken" in WORDS:
        sys.stderr.write("Error: listen tcp 127.0.0.1:11434: bind: address already in use\n")
        return 1
    if "exit" in WORDS:
        sys.stderr.write("fake: the last words\n")
        return int(WORDS["exit"])
    take_signals()
    start_runners()
    write_log()
    if "crash-after" in WORDS:
        threading.Timer(float(WORDS["crash-after"]), os._exit, (3,)).start()
    if "deaf" in WORDS:
        time.sleep(600)
    time.sleep(float(WORDS.get("late", "0")))
    serve()
    return 0


def take_signals() -> None:
    if "stubborn" in WORDS:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def start_runners() -> None:
    if "runner" in WORDS:
        subprocess.Popen([sys.executable, "-c", IGNORES_TERM])
    if "busy-runner" in WORDS:
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
    if "detached-runner" in WORDS:
        subprocess.run([sys.executable, "-c", DETACHED], check=True)


def write_log() -> None:
    for number in range(int(WORDS.get("flood", "0"))):
        sys.stderr.write(f"line {number} {'x' * 1000}\n")
    for number in range(int(WORDS.get("long-lines", "0"))):
        sys.stderr.write(f"{number} {'y' * 1_000_000}\n")
    if "nasty-log" in WORDS:
        os.write(2, b"\x1b[31mred\x1b[0m\x00\xff\xfe " + b"y" * 80_000 + b"\nthe end\n")


def serve() -> None:
    host, _, port = os.environ["OLLAMA_HOST"].rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), Handler)
    threading.Thread(target=flood, args=(int(WORDS.get("flood-on", "0")),), daemon=True).start()
    server.serve_forever()


def flood(lines: int) -> None:
    for number in range(lines):
        with contextlib.suppress(OSError):
            os.write(2, f"line {number} {'x' * 1000}\n".encode())
    for _ in range(600 if lines else 0):  # the disk may have been full
        with contextlib.suppress(OSError):
            os.write(2, b"the flood is over\n")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())

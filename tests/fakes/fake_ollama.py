"""A program that serves like Ollama, or misbehaves as FAKE says: standard library only.

``FAKE`` holds words: ``exit=N`` end at once · ``port-taken`` say so and end · ``silent`` accept and never answer ·
``html`` answer a page · ``stubborn`` ignore SIGTERM · ``runner`` keep a child that ignores SIGTERM ·
``detached-runner`` the same in a session of its own, orphaned · ``flood=N`` write N lines · ``crash-after=S``.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

IGNORES_TERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
WORDS = dict(word.partition("=")[::2] for word in os.environ.get("FAKE", "").split())


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if "silent" in WORDS:
            time.sleep(600)
        body = b"<html>It works</html>" if "html" in WORDS else b'{"version":"0.0.0"}'
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if "html" in WORDS else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def main() -> int:
    if "port-taken" in WORDS:
        sys.stderr.write("Error: listen tcp 127.0.0.1:11434: bind: address already in use\n")
        return 1
    if "exit" in WORDS:
        sys.stderr.write("fake: the last words\n")
        return int(WORDS["exit"])
    if "stubborn" in WORDS:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if "runner" in WORDS:
        subprocess.Popen([sys.executable, "-c", IGNORES_TERM])
    if "detached-runner" in WORDS:
        subprocess.run(
            [sys.executable, "-c", f"import os; os.fork() and os._exit(0); os.setsid(); {IGNORES_TERM}"], check=True
        )
    for number in range(int(WORDS.get("flood", "0"))):
        sys.stderr.write(f"line {number} {'x' * 200}\n")
    if "crash-after" in WORDS:
        threading.Timer(float(WORDS["crash-after"]), os._exit, (3,)).start()
    host, _, port = os.environ["OLLAMA_HOST"].rpartition(":")
    ThreadingHTTPServer((host, int(port)), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())

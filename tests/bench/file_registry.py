"""A registry of one model that costs next to nothing: the kernel sends its file.

``file_registry.py FILE DIGEST`` prints its port.
"""

import json
import os
import re
import socket
import sys
import threading
from pathlib import Path

MODEL = "application/vnd.ollama.image.model"
CONFIG = "application/vnd.docker.container.image.v1+json"
EMPTY = b"{}"
EMPTY_DIGEST = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
RANGE = re.compile(rb"[Rr]ange: bytes=(\d+)-(\d+)")
PIECE = 8 << 20


def manifest(path: Path, digest: str) -> bytes:
    rows = [
        {"mediaType": CONFIG, "digest": EMPTY_DIGEST, "size": len(EMPTY)},
        {"mediaType": MODEL, "digest": digest, "size": path.stat().st_size},
    ]
    return json.dumps({"schemaVersion": 2, "config": rows[0], "layers": rows[1:]}).encode()


def answer(connection: socket.socket, path: Path, digest: str) -> None:
    """Every request of one connection, until the client has enough."""
    seen = b""
    try:
        with connection, path.open("rb") as file:
            while True:
                while b"\r\n\r\n" not in seen:
                    data = connection.recv(1 << 16)
                    if not data:
                        return
                    seen += data
                request, _, seen = seen.partition(b"\r\n\r\n")
                target = request.split(b" ", 2)[1].decode()
                if "/manifests/" in target:
                    whole(connection, manifest(path, digest))
                elif EMPTY_DIGEST in target:
                    whole(connection, EMPTY)
                else:
                    blob(connection, file.fileno(), path.stat().st_size, RANGE.search(request))
    except OSError:  # the client has gone
        return


def whole(connection: socket.socket, body: bytes) -> None:
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def blob(connection: socket.socket, file: int, size: int, asked: re.Match[bytes] | None) -> None:
    start, stop = (int(asked[1]), int(asked[2]) + 1) if asked else (0, size)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n"
    if asked:
        told = f"Content-Range: bytes {start}-{stop - 1}/{size}"
        head = f"HTTP/1.1 206 Partial Content\r\n{told}\r\nContent-Length: {stop - start}\r\n\r\n"
    connection.sendall(head.encode())
    while start < stop:
        start += os.sendfile(connection.fileno(), file, start, min(PIECE, stop - start))


def main(path: Path, digest: str) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=answer, args=(connection, path, digest), daemon=True).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

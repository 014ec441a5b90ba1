"""The server's page and dock in the real program: a stranger on the port, a model in memory, a GPU that lies idle."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app import ROOT, App
from tests.support.processes import marked_processes

pytestmark = pytest.mark.e2e

DRIVER = ROOT / "tests" / "e2e" / "server_driver.py"
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"


@pytest.fixture
def stranger() -> Iterator[int]:
    """The port of a program that is no Ollama."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.recv(65_536)
                client.sendall(HELLO)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_po02_gp01_a_taken_port_and_an_idle_gpu_end_in_a_click_each(tmp_path: Path, stranger: int) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "nvidia-smi").write_text("#!/bin/sh\necho 'NVIDIA GeForce RTX 4070, 12282, 550.54.14'\n")
    (programs / "nvidia-smi").chmod(0o755)
    environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    with App(tmp_path / "data", "trouble_and_work", port=stranger, driver=DRIVER, environment=environment) as app:
        assert "is not Ollama" in app.wait_for("TROUBLE")
        assert str(stranger) not in app.wait_for("ADDRESS")
        assert "NVIDIA GeForce RTX 4070 with 12 GB" in app.wait_for("ADVICE")
        assert " · CPU · " in app.wait_for("LOADED")
        assert app.wait_for("LINES") == "true"
        assert app.wait() == 0, app.errors()
        assert app.errors() == ""
        assert marked_processes(app.owner()) == []
    with App(tmp_path / "data", "second_day", driver=DRIVER, environment=environment) as again:
        assert again.wait_for("REMEMBERED") == '["advice.gpu"] false'
        assert again.wait() == 0, again.errors()

"""What the whole program is shown on, and the desktop around it."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.support.tray_host import session_bus

XVFB_DISPLAY_FD = 1


@pytest.fixture
def xvfb() -> Iterator[str]:
    """An X display of our own."""
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(XVFB_DISPLAY_FD), "-screen", "0", "1280x860x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        yield f":{server.stdout.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)
        if server.stdout is not None:
            server.stdout.close()


@pytest.fixture
def bus() -> Iterator[str]:
    """The address of a session bus of our own."""
    with session_bus() as address:
        yield address

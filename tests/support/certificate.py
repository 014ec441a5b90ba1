"""A certificate for this machine that nobody has signed, for tests of encrypted connections."""

import shutil
import subprocess
from pathlib import Path

import pytest

WISHES = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
NAMES = ("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")


def self_signed(folder: Path) -> Path:
    """One file in ``folder`` with the certificate and its key; skips the test where there is no openssl."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl makes the certificate")
    path, key = folder / "both.pem", folder / "key.pem"
    subprocess.run(
        [program, "req", *WISHES, *NAMES, "-keyout", str(key), "-out", str(path)], check=True, capture_output=True
    )
    with path.open("ab") as file:
        file.write(key.read_bytes())
    return path

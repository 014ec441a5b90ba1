"""A certificate for this machine that nobody has signed, for tests of encrypted connections."""

import shutil
import subprocess
from pathlib import Path

import pytest

WISHES = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")


def self_signed(folder: Path, *hosts: str) -> Path:
    """One file in ``folder`` with the certificate and its key; skips the test where there is no openssl.

    Args:
        folder: an empty one.
        hosts: whom it is for besides this machine.
    """
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl makes the certificate")
    names = ",".join(["subjectAltName=DNS:localhost", "IP:127.0.0.1", *(f"DNS:{host}" for host in hosts)])
    path, key = folder / "both.pem", folder / "key.pem"
    subprocess.run(
        [program, "req", *WISHES, "-addext", names, "-keyout", str(key), "-out", str(path)],
        check=True,
        capture_output=True,
    )
    with path.open("ab") as file:
        file.write(key.read_bytes())
    return path

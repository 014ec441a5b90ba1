"""The command line says what it can do, without Qt."""

import subprocess
import sys

import pytest

from ollama_desk import __version__, cli


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ollama_desk", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment},
    )


def test_the_version_is_told() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"ollama-desk {__version__}\n")


def test_the_version_needs_neither_qt_nor_httpx() -> None:
    program = (
        "import sys; from ollama_desk import cli\n"
        "try: cli.main(['--version'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'PySide6', 'httpx', 'qasync'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_help_names_every_command() -> None:
    text = cli.parser().format_help()
    for word in ("self-test", "engine", "--data-dir", "--host", "--version"):
        assert word in text


@pytest.mark.skipif(sys.platform != "linux", reason="displays are found out this way on Linux only")
def test_ui10_without_a_display_it_says_what_works() -> None:
    done = run()
    assert done.returncode == 3
    assert done.stderr.startswith("There is no display")
    assert "self-test" in done.stderr


def test_an_unknown_command_is_refused_with_a_sentence() -> None:
    done = run("fly")
    assert done.returncode == 2
    assert "fly" in done.stderr

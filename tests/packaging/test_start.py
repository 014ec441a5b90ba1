"""``packaging/start`` and ``packaging/test`` on made-up machines: a PATH of scripts that note how they are called."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("cat", "cksum", "cp", "dirname", "env", "find", "grep", "head", "mkdir", "readlink", "sh", "uname")

NOTE = '#!/bin/sh\necho "${0##*/} $*" >>"$MACHINE/calls"\n'
PYTHON = f"""{NOTE}
case "$*" in
    "-m venv --clear "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" && cp "$MACHINE/ollama-desk" "$4/bin/" ;;
    "-m pytest"*) echo "pytest in $PWD on $QT_QPA_PLATFORM" ;;
    "--version") echo "Python 3.12.1" ;;
esac
"""
OLD_PYTHON = """#!/bin/sh
case "$*" in
    *platform*) echo " (found: 3.9.2)" ;;
    *) exit 1 ;;
esac
"""
WITHOUT_VENV = PYTHON.replace("esac", '    *ensurepip*) test -e "$MACHINE/python3-venv" ;;\nesac')
LIBRARIES = ("libgl1", "libegl1", "libxcb-cursor0", "libgomp1")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the scripts install system packages on Linux only")


class Machine:
    """A checkout in a folder with a space in its name, and a PATH with a few tools and made-up programs."""

    def __init__(self, folder: Path, *, user: int = 0) -> None:
        self.checkout = folder / "a checkout"
        self._folder = folder
        self._programs = folder / "programs"
        self._programs.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, tool
            (self._programs / tool).symlink_to(found)
        (self.checkout / "packaging").mkdir(parents=True)
        for name in ("start", "test", "setup.sh", "requirements-test.lock"):
            shutil.copy(ROOT / "packaging" / name, self.checkout / "packaging")
        for name in ("requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, self.checkout)
        self._write(folder / "ollama-desk", '#!/bin/sh\necho "window: $*"\n')
        self.add("id", f"#!/bin/sh\necho {user}\n")
        self.add("python3", PYTHON)

    def add(self, name: str, script: str = NOTE) -> None:
        self._write(self._programs / name, script)

    def add_debian(self, *packages: str) -> None:
        """Debian's own tools, and ``packages`` installed."""
        lines = "".join(f"ii {package}\\n" for package in packages)
        self.add("dpkg-query", f"#!/bin/sh\nprintf '{lines}'\n")
        self.add("apt-get")

    def run(
        self,
        script: str = "start",
        *arguments: str,
        program: Path | None = None,
        stdin: int = subprocess.DEVNULL,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(program or self.checkout / "packaging" / script), *arguments],
            cwd=self._folder,
            env={"PATH": str(self._programs), "HOME": str(self._folder), "MACHINE": str(self._folder), **environment},
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self) -> list[str]:
        """How programs were called since the last time."""
        note = self._folder / "calls"
        lines = note.read_text().splitlines() if note.exists() else []
        note.unlink(missing_ok=True)
        return lines

    @staticmethod
    def _write(path: Path, script: str) -> None:
        path.write_text(script)
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def someones(tmp_path: Path) -> Machine:
    """A Debian machine of somebody who is not root, with nothing that the window needs."""
    machine = Machine(tmp_path, user=1000)
    machine.add_debian()
    return machine


def test_the_first_start_sets_up_and_opens_the_window(machine: Machine) -> None:
    done = machine.run("start", "--data-dir", "some where", DISPLAY=":0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("window: --data-dir some where\n")
    installs = [call for call in machine.calls() if " -m pip install " in call]
    assert "--require-hashes" in installs[0]
    assert installs[0].endswith(f"-r {machine.checkout}/requirements.lock")
    assert "--no-index" in installs[1]
    assert installs[1].endswith(f"-e {machine.checkout}")


def test_a_second_start_only_opens_the_window(machine: Machine) -> None:
    machine.run(DISPLAY=":0")
    machine.calls()
    done = machine.run(DISPLAY=":0")
    assert (done.stdout, machine.calls()) == ("window: \n", [])


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_what_changed_is_installed_at_the_next_start(machine: Machine, changed: str) -> None:
    machine.run(DISPLAY=":0")
    machine.calls()
    with (machine.checkout / changed).open("a") as file:
        file.write("# changed\n")
    machine.run(DISPLAY=":0")
    calls = machine.calls()
    assert any(" -m pip install " in call for call in calls)
    assert not any(" -m venv " in call for call in calls)


def test_a_set_up_that_failed_is_done_again(machine: Machine) -> None:
    machine.add("python3", PYTHON.replace("esac", '    *--require-hashes*) test -e "$MACHINE/network" ;;\nesac'))
    done = machine.run(DISPLAY=":0")
    assert done.returncode == 1
    assert "The first time this needs a network." in done.stderr
    (machine.checkout.parent / "network").touch()
    assert machine.run(DISPLAY=":0").stdout.endswith("window: \n")


def test_it_is_found_through_a_link(machine: Machine, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(machine.checkout / "packaging" / "start")
    assert machine.run(program=link, DISPLAY=":0").stdout.endswith("window: \n")


def test_ui10_without_a_display_it_says_what_works(machine: Machine) -> None:
    done = machine.run()
    assert done.returncode == 3
    assert done.stderr.startswith("There is no display")
    assert "packaging/start self-test" in done.stderr
    assert "packaging/start engine serve" in done.stderr


@pytest.mark.parametrize(
    "arguments", [("self-test",), ("engine", "serve"), ("--version",), ("--data-dir", "d", "--help")]
)
def test_what_needs_no_display_runs_without_one(machine: Machine, arguments: tuple[str, ...]) -> None:
    done = machine.run("start", *arguments)
    assert done.returncode == 0
    assert done.stdout.endswith(f"window: {' '.join(arguments)}\n")


def test_an_old_python_is_named(machine: Machine) -> None:
    machine.add("python3", OLD_PYTHON)
    done = machine.run(DISPLAY=":0")
    assert done.returncode == 1
    assert done.stderr.startswith("Ollama Desk needs Python 3.11 or newer and there is none (found: 3.9.2).")


def test_a_newer_python_beside_an_old_one_is_used(machine: Machine) -> None:
    machine.add("python3", OLD_PYTHON)
    machine.add("python3.13", PYTHON)
    assert machine.run(DISPLAY=":0").returncode == 0
    assert f"python3.13 -m venv --clear {machine.checkout}/.venv" in machine.calls()


def test_root_gets_what_is_missing_without_a_question(machine: Machine) -> None:
    machine.add_debian("libgl1", "libglib2.0-0t64")
    done = machine.run(DISPLAY=":0")
    assert done.returncode == 0
    update, install = (call for call in machine.calls() if call.startswith("apt-get"))
    assert update == "apt-get update -q"
    assert "libegl1" in done.stdout
    assert {"libegl1", "libxcb-cursor0", "libgomp1"} < set(install.split())
    assert not {"libgl1", "libglib2.0-0"} & set(install.split())


def test_a_python_without_venv_gets_the_package_for_it(machine: Machine) -> None:
    machine.add_debian(*LIBRARIES)
    machine.add("python3", WITHOUT_VENV)
    machine.run(DISPLAY=":0")
    assert any(call.startswith("apt-get install") and "python3-venv" in call.split() for call in machine.calls())


def test_without_a_terminal_nobody_is_asked(someones: Machine) -> None:
    someones.add("sudo")
    done = someones.run(DISPLAY=":0")
    assert done.returncode == 1
    assert "run this again with --yes" in done.stderr
    assert "libgl1" in done.stdout
    assert not any(call.startswith(("sudo", "apt-get")) for call in someones.calls())


@pytest.mark.parametrize(("answer", "installs"), [("y", True), ("n", False), ("", False)])
def test_somebody_at_a_terminal_is_asked(someones: Machine, answer: str, installs: bool) -> None:  # noqa: FBT001
    someones.add("sudo")
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, f"{answer}\n".encode())
        done = someones.run(DISPLAY=":0", stdin=terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert "Install them now with sudo apt-get? [y/N]" in done.stdout
    assert any(call.startswith("sudo apt-get") for call in someones.calls()) == installs
    assert (done.returncode == 0) == installs
    assert ("Nothing was installed." in done.stderr) != installs


def test_yes_skips_the_question(someones: Machine) -> None:
    someones.add("sudo")
    done = someones.run("start", "--yes", "self-test")
    assert done.stdout.endswith("window: self-test\n")
    update, install = (call for call in someones.calls() if call.startswith("sudo"))
    assert update == "sudo apt-get update -q"
    assert "apt-get install -q -y" in install


def test_without_sudo_it_says_what_root_has_to_do(someones: Machine) -> None:
    done = someones.run("start", "--yes")
    assert done.returncode == 1
    assert "As root, run: apt-get install libgl1 " in done.stderr


def test_a_failing_apt_ends_with_a_sentence(machine: Machine) -> None:
    machine.add_debian()
    machine.add("apt-get", "#!/bin/sh\nexit 100\n")
    done = machine.run(DISPLAY=":0")
    assert done.returncode == 1
    assert done.stderr.startswith("apt-get could not install them")


def test_another_distribution_is_told_what_is_needed(machine: Machine) -> None:
    done = machine.run(DISPLAY=":0")
    assert done.returncode == 0
    assert done.stdout.startswith("This is not Debian or Ubuntu")


def test_the_tests_run_in_the_checkout_without_a_display(machine: Machine) -> None:
    machine.add_debian(*LIBRARIES)
    done = machine.run("test", "tests/core", "-k", "bus")
    assert done.returncode == 0
    assert done.stdout.endswith(f"pytest in {machine.checkout} on offscreen\n")
    calls = machine.calls()
    assert calls[-1] == "python -m pytest tests/core -k bus"
    assert any("xvfb" in call for call in calls if call.startswith("apt-get install"))
    assert any(call.endswith("packaging/requirements-test.lock") for call in calls)

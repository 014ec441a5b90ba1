"""The wheel has everything that the program needs: it is built, installed into a fresh environment, and run there."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from ollama_desk import __version__

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path, timeout_s: float = 60) -> str:
    """What ``command`` prints, in an environment that knows nothing of the checkout."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=keep,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, as a build may leave files behind."""
    source = tmp_path_factory.mktemp("source")
    for name in ("ollama_desk", "resources"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", source / "dist", cwd=source)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment that has the wheel and, read from ours, what it depends on."""
    environment = tmp_path_factory.mktemp("fresh") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=wheel.parent)
    paths = {"base": str(environment), "platbase": str(environment)}
    libraries = Path(sysconfig.get_path("purelib", vars=paths))
    (libraries / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    programs = Path(sysconfig.get_path("scripts", vars=paths))
    pip = (sys.executable, "-m", "pip", "--python", programs / "python", "--disable-pip-version-check")
    # --ignore-installed: pip sees our own editable install through the .pth and must leave it alone.
    run(*pip, "install", "-q", "--no-index", "--no-deps", "--ignore-installed", wheel, cwd=wheel.parent)
    return programs


def test_the_wheel_has_the_package_and_its_resources_and_nothing_else(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    code = {path.relative_to(ROOT) for path in (ROOT / "ollama_desk").rglob("*") if "__pycache__" not in path.parts}
    resources = {path.relative_to(ROOT) for path in (ROOT / "resources").rglob("*")}
    expected = {path.as_posix() for path in code if (ROOT / path).is_file()}
    expected |= {
        f"ollama_desk/{path.as_posix()}"
        for path in resources
        if (ROOT / path).is_file() and path.parts[1] != "screenshots"
    }
    assert inside == expected


def test_the_installed_program_tells_its_version(programs: Path, tmp_path: Path) -> None:
    assert run(programs / "ollama-desk", "--version", cwd=tmp_path) == f"ollama-desk {__version__}\n"


def test_resources_are_found_in_a_wheel_and_in_a_checkout(programs: Path, tmp_path: Path) -> None:
    resources = [path for path in (ROOT / "resources").rglob("*") if path.is_file() and "screenshots" not in path.parts]
    assert resources
    for path in resources:
        parts = path.relative_to(ROOT / "resources").parts
        program = f"from ollama_desk.core.resources import resource; print(resource(*{parts!r}))"
        installed = Path(run(programs / "python", "-c", program, cwd=tmp_path).strip())
        assert installed.is_relative_to(programs.parent)
        assert installed.read_bytes() == path.read_bytes()
        assert Path(run(sys.executable, "-c", program, cwd=ROOT).strip()) == path


@pytest.mark.e2e
def test_the_installed_program_passes_its_self_test(programs: Path, tmp_path: Path) -> None:
    report = run(programs / "ollama-desk", "self-test", cwd=tmp_path, timeout_s=110)
    assert report.endswith("The self-test passed.\n")

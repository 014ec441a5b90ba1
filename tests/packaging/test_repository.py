"""The repository as a whole: no trace of one machine in its files, one version, lock files that are true."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Written in pieces, so that this file does not hold what it looks for.
OF_ONE_MACHINE = tuple(
    "".join(pieces)
    for pieces in (
        ("/wo", "rk/"),
        ("/ro", "ot/."),
        ("pypi", ".org"),
        ("python", "hosted"),
        ("npm", "js."),
        ("crates", ".io"),
        ("deb.debian", ".org"),
        ("proxy.go", "lang"),
        ("repo.maven", ".apache"),
    )
)
MODULE_OF = {"PySide6-Essentials": "PySide6", "markdown-it-py": "markdown_it", "Pygments": "pygments"}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(lock: str) -> dict[str, str]:
    """Name and version of every package of a lock file."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", (ROOT / lock).read_text(), re.MULTILINE))


def names(requirements: list[Any]) -> set[str]:
    """The names in a list of requirements as lock files write them."""
    written = [item for item in requirements if isinstance(item, str)]
    return {re.split(r"[<>=\[ ;]", item, maxsplit=1)[0].lower().replace("_", "-") for item in written}


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="this is not a git checkout")
def test_no_file_names_a_folder_or_a_registry_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, timeout=60, check=True).stdout
    files = [ROOT / os.fsdecode(name) for name in listed.split(b"\0") if name]
    assert files
    found = [
        f"{path.relative_to(ROOT)}: {trace}"
        for path in files
        if path.is_file()
        for trace in OF_ONE_MACHINE
        if trace.encode() in path.read_bytes()
    ]
    assert not found


def test_the_version_is_written_once() -> None:
    described = project()
    assert "version" not in described["project"]
    assert described["project"]["dynamic"] == ["version"]
    assert described["tool"]["hatch"]["version"]["path"] == "ollama_desk/__init__.py"


@pytest.mark.parametrize("lock", ["requirements.lock", "packaging/requirements-test.lock"])
def test_every_locked_package_has_its_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    packages = [entry for entry in entries if entry.strip()]
    assert packages
    assert all("--hash=sha256:" in entry for entry in packages)
    assert "://" not in text


def test_the_lock_files_have_everything_that_is_asked_for() -> None:
    described = project()
    groups = described["dependency-groups"]
    program = names(described["project"]["dependencies"]) | names(groups["build"])
    assert program <= set(pins("requirements.lock"))
    assert program | names(groups["dev"]) <= set(pins("packaging/requirements-test.lock"))


def test_the_tests_run_with_the_versions_that_the_program_has() -> None:
    assert pins("requirements.lock").items() <= pins("packaging/requirements-test.lock").items()


def test_every_dependency_is_imported_by_the_package() -> None:
    imported: set[str] = set()
    for path in (ROOT / "ollama_desk").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Import():
                    imported |= {alias.name.split(".")[0] for alias in node.names}
                case ast.ImportFrom(module=str(module), level=0):
                    imported.add(module.split(".")[0])
    wanted = [re.split(r"[<>=]", item, maxsplit=1)[0] for item in project()["project"]["dependencies"]]
    unused = [name for name in wanted if MODULE_OF.get(name, name) not in imported]
    foreign = imported - set(sys.stdlib_module_names) - {"ollama_desk"} - {MODULE_OF.get(name, name) for name in wanted}
    assert (unused, foreign - {"shiboken6"}) == ([], set())  # PySide6 stands on it

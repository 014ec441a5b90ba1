"""The import contracts hold, and each of them fails when it is broken: planted violations in a copy of the package."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "pyproject.toml"
FACES_WITH_QT = {"__main__", "cli", "desktop", "ui", "bridge"}  # the first two load desktop late
ADAPTERS = {"ollama", "openai", "registry", "sidecar", "hardware", "docker", "storage"}

# Contract, and what is planted where.
VIOLATIONS: list[tuple[str, dict[str, str]]] = [
    ("layers", {"core/planted.py": "import ollama_desk.services.desk"}),
    ("layers", {"domain/planted.py": "import ollama_desk.core.files"}),
    ("layers", {"services/planted.py": "import ollama_desk.bridge.slots"}),
    ("layers", {"storage/planted.py": "import ollama_desk.registry"}),
    ("layers", {"bridge/planted.py": "import ollama_desk.engine.runner"}),
    ("layers", {"ui/planted.py": "import ollama_desk.desktop"}),
    (
        "layers",
        {
            "core/planted.py": "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from ollama_desk.services.desk import Desk"
        },
    ),
    ("layers", {"utils/__init__.py": ""}),
    ("layers", {"helpers.py": ""}),
    ("no-qt", {"services/planted.py": "from PySide6.QtCore import QObject"}),
    ("no-qt", {"core/planted.py": "import shiboken6"}),
    ("no-qt", {"headless.py": "import ollama_desk.bridge.signals"}),
    ("no-qt", {"engine/planted.py": "def late():\n    import ollama_desk.bridge.loop"}),
    ("adapters-yield", {"storage/planted.py": "from ollama_desk.core.bus import EventBus"}),
    ("adapters-yield", {"ollama/planted.py": "from ollama_desk.domain import events"}),
    ("engine-alone", {"engine/planted.py": "import ollama_desk.services.desk"}),
    ("engine-alone", {"engine/planted.py": "from ollama_desk.ollama import client"}),
    ("engine-alone", {"engine/planted.py": "import ollama_desk.sidecar"}),
    ("engine-entered-by-cli", {"desktop.py": "import ollama_desk.engine.runner"}),
    ("engine-entered-by-cli", {"ui/planted.py": "from ollama_desk import engine"}),
    ("door-qasync", {"bridge/planted.py": "import qasync"}),
    ("door-httpx", {"ollama/planted.py": "import httpx"}),
    ("door-httpx", {"engine/planted.py": "def late():\n    from httpx import AsyncClient"}),
    ("door-sqlite", {"services/planted.py": "import sqlite3"}),
    ("door-llama", {"engine/planted.py": "import xllamacpp"}),
    ("door-psutil", {"core/planted.py": "import psutil"}),
    ("door-asgi", {"services/planted.py": "import uvicorn"}),
    ("no-cycles", {"core/left.py": "import ollama_desk.core.right", "core/right.py": "import ollama_desk.core.left"}),
    (
        "no-cycles",
        {
            "ui/chat/left.py": "def late():\n    import ollama_desk.ui.models.right",
            "ui/models/right.py": "def late():\n    import ollama_desk.ui.chat.left",
        },
    ),
]


def contracts() -> dict[str, dict[str, Any]]:
    table = tomllib.loads(CONFIG.read_text())["tool"]["importlinter"]["contracts"]
    return {contract["id"]: contract for contract in table}


def top_level_modules() -> set[str]:
    return {path.stem for path in (ROOT / "ollama_desk").iterdir()} - {"__init__", "__pycache__"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package; its imports are read there, not here."""
    shutil.copytree(ROOT / "ollama_desk", tmp_path / "ollama_desk", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def lint(folder: Path, *contract_ids: str) -> subprocess.CompletedProcess[str]:
    chosen = [argument for contract in contract_ids for argument in ("--contract", contract)]
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    return subprocess.run(
        [*command, "--config", str(CONFIG), "--no-cache", "--no-logo", *chosen],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def plant(folder: Path, where: str, text: str) -> None:
    path = folder / "ollama_desk" / where
    path.parent.mkdir(exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}\n{text}\n")


def test_the_package_keeps_every_contract(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout
    assert f"Contracts: {len(contracts())} kept, 0 broken." in done.stdout


@pytest.mark.parametrize(("contract", "violation"), VIOLATIONS)
def test_a_planted_violation_breaks_its_contract(copy: Path, contract: str, violation: dict[str, str]) -> None:
    for where, text in violation.items():
        plant(copy, where, text)
    done = lint(copy, contract)
    assert "Contracts: 0 kept, 1 broken." in done.stdout, done.stdout
    assert done.returncode == 1


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract for contract, _ in VIOLATIONS} == set(contracts())


def test_everything_that_is_not_a_face_with_qt_is_kept_from_qt() -> None:
    kept_from_qt = {name.removeprefix("ollama_desk.") for name in contracts()["no-qt"]["source_modules"]}
    assert kept_from_qt == top_level_modules() - FACES_WITH_QT


def test_every_adapter_is_kept_from_publishing() -> None:
    quiet = {name.removeprefix("ollama_desk.") for name in contracts()["adapters-yield"]["source_modules"]}
    assert quiet == top_level_modules() & ADAPTERS

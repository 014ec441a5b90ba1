"""Where the files of ``resources/`` are: in a wheel inside the package, in a checkout beside it."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def resource(*parts: str) -> Path:
    """The path of a packaged file.

    Raises:
        FileNotFoundError: there is no such resource; the installation is incomplete.
    """
    for root in (PACKAGE / "resources", PACKAGE.parent / "resources"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    msg = f"The resource {'/'.join(parts)} is missing; install Ollama Desk again."
    raise FileNotFoundError(msg)

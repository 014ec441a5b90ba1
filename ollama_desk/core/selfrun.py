"""How to run this program again: as the engine, a runner, the guardian."""

import sys


def self_argv(*subcommand: str) -> list[str]:
    """The command line that runs this program with ``subcommand``: from a bundle, a wheel or an editable checkout.

    ``-P`` keeps the working directory, which may be anybody's, out of the child's module search path.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, *subcommand]
    return [sys.executable, "-P", "-m", "ollama_desk", *subcommand]

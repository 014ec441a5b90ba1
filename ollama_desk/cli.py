"""The command line: arguments become frozen options, options pick a face."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ollama_desk import __version__


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    command: str  # "window", "self-test"
    data_dir: Path | None
    host: str


def parser() -> argparse.ArgumentParser:
    """The whole command line, with its help."""
    top = argparse.ArgumentParser(
        prog="ollama-desk",
        description="Run language models on your own machine. Without a command, the window opens.",
    )
    top.add_argument("--version", action="version", version=f"ollama-desk {__version__}")
    top.add_argument("--data-dir", type=Path, metavar="DIR", help="keep settings, chats, logs and models in DIR")
    top.add_argument("--host", default="", metavar="ADDRESS", help="address of the server, as OLLAMA_HOST is written")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    engine = commands.add_parser("engine", help="the built-in engine, an Ollama-compatible server")
    actions = engine.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("serve", help="serve until it is told to stop; honours OLLAMA_HOST, OLLAMA_MODELS and others")
    commands.add_parser("self-test", help="prove on this machine, without a display, that a model answers")
    return top


def main(argv: Sequence[str]) -> int:
    """Run the program; its exit code. Each face is loaded late, so that ``--version`` needs no Qt."""
    arguments = parser().parse_args(argv)
    options = Options(arguments.command or "window", arguments.data_dir, arguments.host)
    match options.command:
        case "engine":
            return _serve_engine(options)
        case "self-test":
            from ollama_desk.headless import self_test  # noqa: PLC0415

            return self_test(options.data_dir)
        case _:
            return _open_window(options)


def _serve_engine(options: Options) -> int:
    from ollama_desk.core.folders import folders  # noqa: PLC0415
    from ollama_desk.engine.serve import main as serve  # noqa: PLC0415

    os.environ.setdefault("OLLAMA_MODELS", str(folders(options.data_dir, os.environ).models))
    if options.host:
        os.environ["OLLAMA_HOST"] = options.host
    return serve([])


def _open_window(options: Options) -> int:
    if sys.platform.startswith("linux") and not _has_display():
        sys.stderr.write(
            "There is no display to open a window on. "
            "Without one, 'ollama-desk self-test' and 'ollama-desk engine serve' work.\n"
        )
        return 3
    from ollama_desk.bridge.sources import spare_sources  # noqa: PLC0415

    spare_sources()
    from ollama_desk.desktop import main as desktop  # noqa: PLC0415

    return desktop(data_dir=options.data_dir, host=options.host)


def _has_display() -> bool:
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))

"""The program's own log: a private, bounded file, and warnings on stderr. No line of it holds a prompt or an answer."""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ollama_desk.core.files import private_folder
from ollama_desk.core.log_file import LogFile
from ollama_desk.domain.errors import StorageError

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
NAME = "ollama-desk.log"
QUIET = ("httpx", "httpcore", "asyncio", "qasync", "markdown_it")  # their INFO lines hold addresses and more


class FileHandler(logging.StreamHandler[LogFile]):
    """Writes to our log file."""

    def close(self) -> None:
        self.stream.close()
        super().close()


def start_logging(folder: Path) -> None:
    """Send our log lines to ``folder/ollama-desk.log`` (0600) and warnings to stderr.

    Never raises: where the folder cannot be written, lines are dropped, and ``report_trouble`` tells.
    """
    with suppress(StorageError):
        private_folder(folder)
    console = logging.StreamHandler()
    console.setLevel(logging.WARNING)
    file = FileHandler(LogFile(folder / NAME))
    logging.basicConfig(level=logging.INFO, format=FORMAT, handlers=[file, console], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def report_trouble(report: Callable[[str], object] | None) -> None:
    """Have ``report`` called, in any thread, with a sentence when the log cannot be written; None ends that."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, FileHandler):
            handler.stream.report_to(report)

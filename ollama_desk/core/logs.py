"""The program's own log: a private, bounded file, and warnings on stderr. No line of it holds a prompt or an answer."""

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from ollama_desk.core.files import private_folder

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
MAX_BYTES = 2_000_000
BACKUPS = 3
QUIET = ("httpx", "httpcore", "asyncio", "qasync", "markdown_it")  # their INFO lines hold addresses and more


def start_logging(folder: Path) -> None:
    """Send our log lines to ``folder/ollama-desk.log`` (0600) and warnings to stderr.

    Raises:
        StorageError: the folder cannot be made.
    """
    private_folder(folder)
    path = folder / "ollama-desk.log"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    file = RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8")
    console = logging.StreamHandler()
    console.setLevel(logging.WARNING)
    logging.basicConfig(level=logging.INFO, format=FORMAT, handlers=[file, console], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)

"""An Ollama that is a service of this machine: whether it is stopped, where its models are, and how it is started."""

import asyncio
import os
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.ask import ask
from ollama_desk.domain.errors import SidecarError
from ollama_desk.domain.server import ServerAddress

UNIT = "ollama.service"
UNIT_FOLDERS = (
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
)
PROPERTIES = ("LoadState", "ActiveState", "User", "Environment")
RUNNING = ("active", "activating", "reloading")
LIMIT_S = 2.0
START_LIMIT_S = 120.0  # a person looks for the password
NOT_STARTED_HOME = "/usr/share/ollama"  # of the user that Ollama's installer makes
DISMISSED, NOT_ALLOWED = 126, 127  # exit codes of pkexec


@dataclass(frozen=True, slots=True)
class StoppedService:
    """The service as it would start."""

    models_folder: Path
    address: ServerAddress
    can_be_started: bool


class SystemService:
    """Asks systemd about the one unit; without such a unit nothing is run.

    Args:
        environment: the app's own; its PATH is searched for systemd's and polkit's programs.
        root: where ``/etc`` and ``/usr`` are.
        home_of: the home folder of a user; empty for one that is not known.
        is_root: whether no password is needed.
        limit_s: for systemd's answer.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        root: Path = Path("/"),
        home_of: Callable[[str], str] | None = None,
        is_root: bool | None = None,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._environment = {name: text for name, text in environment.items() if name in ("PATH", "HOME")}
        self._root = root
        self._home_of = home_of or _home_of
        self._is_root = _is_root() if is_root is None else is_root
        self._limit_s = limit_s

    async def stopped(self) -> StoppedService | None:
        """The service where it is installed and does not run; None otherwise, or where systemd does not tell in 2 s."""
        return await asyncio.to_thread(self._stopped, await self._told())

    async def running(self) -> Path | None:
        """The models folder of the service where it runs; None as above."""
        told = await self._told()
        if told.get("ActiveState") not in RUNNING:
            return None
        return await asyncio.to_thread(self._folder, told)

    async def start(self) -> None:
        """Start the service; the system asks the person for a password.

        Raises:
            SidecarError: it was not started; the sentence says why and how to do it by hand.
        """
        argv = [self._program("systemctl"), "start", UNIT]
        if not self._is_root:
            argv.insert(0, self._program("pkexec"))
        by_hand = f"Run “sudo systemctl start {UNIT.removesuffix('.service')}” in a terminal."
        try:
            asked = await ask(argv, environment=self._environment, limit_s=START_LIMIT_S)
        except OSError as error:
            raise SidecarError(f"The system's Ollama cannot be started from here. {by_hand}") from error
        if asked.code in (DISMISSED, NOT_ALLOWED):
            raise SidecarError(f"The system's Ollama was not started: it was not allowed. {by_hand}")
        if asked.code != 0:
            raise SidecarError(f"The system's Ollama did not start. {by_hand}")

    async def _told(self) -> dict[str, str]:
        """What systemd says about the unit; nothing where there is none."""
        program = self._program("systemctl")
        if not program or not await asyncio.to_thread(self._is_installed):
            return {}
        question = [program, "show", UNIT, *(f"--property={name}" for name in PROPERTIES)]
        try:
            asked = await ask(question, environment=self._environment | {"LC_ALL": "C"}, limit_s=self._limit_s)
        except OSError:
            return {}
        return properties(asked.text) if asked.code == 0 else {}

    def _program(self, name: str) -> str:
        return shutil.which(name, path=self._environment.get("PATH")) or ""

    def _is_installed(self) -> bool:
        return any((self._root / folder / UNIT).is_file() for folder in UNIT_FOLDERS)

    def _stopped(self, told: Mapping[str, str]) -> StoppedService | None:
        if told.get("LoadState") != "loaded" or told.get("ActiveState") not in ("inactive", "failed"):
            return None
        address = ServerAddress.parse(assignments(told.get("Environment", "")).get("OLLAMA_HOST", ""))
        return StoppedService(self._folder(told), address, self._is_root or bool(self._program("pkexec")))

    def _folder(self, told: Mapping[str, str]) -> Path:
        variables = assignments(told.get("Environment", ""))
        home = variables.get("HOME") or self._home_of(told.get("User", "")) or NOT_STARTED_HOME
        folder = variables.get("OLLAMA_MODELS") or f"{home}/.ollama/models"
        return self._root / folder.lstrip("/")


def properties(text: str) -> dict[str, str]:
    """``NAME=value`` lines of ``systemctl show``."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def assignments(text: str) -> dict[str, str]:
    """The variables of a unit, as ``systemctl show`` quotes them; none where that cannot be understood."""
    try:
        words = shlex.split(text)
    except ValueError:
        return {}
    return dict(word.split("=", 1) for word in words if "=" in word)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _home_of(user: str) -> str:
    """The home folder of a user of this machine; empty where there is no such user."""
    try:
        import pwd  # noqa: PLC0415 - not on Windows
    except ImportError:
        return ""
    try:
        return pwd.getpwnam(user).pw_dir if user else ""
    except KeyError:
        return ""

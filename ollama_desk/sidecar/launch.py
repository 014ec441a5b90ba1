"""Which program to start as the server, and with which environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.selfrun import self_argv
from ollama_desk.domain.server import ServerAddress, ServerKind

MARKER = "OLLAMA_DESK_OWNER"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ALLOWED = frozenset(
    {
        *("HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
        *("SYSTEMROOT", "WINDIR", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "COMSPEC", "PATHEXT", "PROGRAMDATA"),
        *("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "JETSON_JETPACK", "GPU_DEVICE_ORDINAL", "LD_LIBRARY_PATH_ORIG"),
    }
)
ALLOWED_PREFIXES = ("LC_", "XDG_", "CUDA_", "HIP_", "ROCR_", "HSA_", "GGML_", "OLLAMA_")
OURS = frozenset({"OLLAMA_HOST", "OLLAMA_ORIGINS", "OLLAMA_MODELS", "OLLAMA_NOPRUNE"})  # never taken over as they are
SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """A program that serves Ollama's API when it is run with ``argv``."""

    kind: ServerKind
    argv: tuple[str, ...]


def find_program(*, setting: str, environment: Mapping[str, str], built_in_only: bool = False) -> ServerProgram:
    """The chosen ``ollama``, else one on PATH or in the usual places, else the built-in engine."""
    if setting:
        return ServerProgram(ServerKind.OLLAMA, (str(Path(setting).expanduser()), "serve"))
    if not built_in_only:
        for path in candidates(environment, sys.platform):
            if path.is_file() and os.access(path, os.X_OK):
                return ServerProgram(ServerKind.OLLAMA, (str(path), "serve"))
    return ServerProgram(ServerKind.BUILT_IN, tuple(self_argv("engine", "serve")))


def candidates(environment: Mapping[str, str], platform: str) -> list[Path]:
    """Where an ``ollama`` may be, PATH first."""
    name = "ollama.exe" if platform == "win32" else "ollama"
    folders = [Path(text) for text in environment.get("PATH", "").split(os.pathsep) if text]
    home = Path(environment.get("HOME", "~")).expanduser()
    if platform == "win32":
        folders.append(Path(environment.get("LOCALAPPDATA", "")) / "Programs" / "Ollama")
    elif platform == "darwin":
        folders += [Path("/usr/local/bin"), Path("/opt/homebrew/bin")]
        folders += [
            Path("/Applications/Ollama.app/Contents/Resources"),
            home / "Applications/Ollama.app/Contents/Resources",
        ]
    else:
        folders += [
            Path("/usr/local/bin"),
            Path("/usr/bin"),
            home / ".local/bin",
            Path("/snap/bin"),
            Path("/opt/ollama/bin"),
        ]
    return [folder / name for folder in folders]


def server_environment(
    environment: Mapping[str, str],
    *,
    address: ServerAddress,
    owner: str,
    models_folder: Path | None,
    extra: Mapping[str, str],
) -> dict[str, str]:
    """What the server sees: an allow-list of ``environment``, then ``extra``, then what we decide."""
    child = {name: value for name, value in environment.items() if _is_allowed(name)}
    original = child.pop("LD_LIBRARY_PATH_ORIG", None)
    if original:
        child["LD_LIBRARY_PATH"] = original
    child.update(extra)
    child["OLLAMA_HOST"] = str(address)
    child["OLLAMA_NOPRUNE"] = "1"
    if models_folder is not None:
        child["OLLAMA_MODELS"] = str(models_folder)
    for name in ("NO_PROXY", "no_proxy"):
        known = [part for part in child.get(name, "").split(",") if part]
        child[name] = ",".join([*known, *(host for host in LOOPBACK if host not in known)])
    child[MARKER] = owner
    return child


def _is_allowed(name: str) -> bool:
    if name in OURS or any(word in name.upper() for word in SECRETS):
        return False
    return name in ALLOWED or name.startswith(ALLOWED_PREFIXES)

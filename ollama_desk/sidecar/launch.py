"""Which program to start as the server, and with which environment."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

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
        *("LLAMA_ARG_FIT", "LLAMA_ARG_FIT_TARGET"),
    }
)
ALLOWED_PREFIXES = ("LC_", "XDG_", "CUDA_", "HIP_", "ROCR_", "HSA_", "GGML_")
# Of Ollama's own what tunes it. Not where it listens and whom it trusts (OLLAMA_HOST, OLLAMA_ORIGINS), which is for
# settings to say, nor what writes prompts to disk (OLLAMA_DEBUG_LOG_REQUESTS).
OLLAMA_KNOWN = frozenset(
    f"OLLAMA_{name}"
    for name in (
        *("CONTEXT_LENGTH", "DEBUG", "FLASH_ATTENTION", "GO_TEMPLATE", "GPU_OVERHEAD", "IGPU_ENABLE", "KEEP_ALIVE"),
        *("KV_CACHE_TYPE", "LLM_LIBRARY", "LOAD_TIMEOUT", "MAX_LOADED_MODELS", "MAX_QUEUE", "MAX_TRANSFER_STREAMS"),
        *("MODELS", "NOPRUNE", "NO_CLOUD", "NUM_PARALLEL", "REMOTES", "SCHED_SPREAD", "VULKAN"),
    )
)
SLOTS_VARIABLE, BUILT_IN_SLOTS = "OLLAMA_NUM_PARALLEL", "2"
SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")
HF_TOKEN = "HF_TOKEN"  # noqa: S105 - its name, not its value


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """A program that serves Ollama's API when it is run with ``argv``."""

    kind: ServerKind
    argv: tuple[str, ...]


def find_program(*, setting: str, environment: Mapping[str, str], built_in_only: bool = False) -> ServerProgram:
    """The chosen ``ollama``, else one on PATH or in the usual places, else the built-in engine.

    A chosen one is not looked for: that it is missing shall be said, not hidden by taking another.
    """
    if setting:
        return ServerProgram(ServerKind.OLLAMA, (str(chosen_path(setting, environment)), "serve"))
    if not built_in_only:
        for path in candidates(environment, sys.platform):
            if path.is_file() and os.access(path, os.X_OK):
                return ServerProgram(ServerKind.OLLAMA, (str(path), "serve"))
    return ServerProgram(ServerKind.BUILT_IN, tuple(self_argv("engine", "serve")))


def chosen_path(text: str, environment: Mapping[str, str]) -> Path:
    """The absolute path that a person meant: quotes, ``~`` and ``$VAR`` are understood, links are kept.

    A name alone is looked for on PATH; what else is relative starts at the home folder, not where we were started.
    """
    home = environment.get("HOME") or environment.get("USERPROFILE") or os.path.expanduser("~")  # noqa: PTH111 - never raises
    text = Template(text.strip().strip("\"'")).safe_substitute(environment)
    if text == "~" or text.startswith(("~/", "~\\")):
        text = home + text[1:]
    if os.path.basename(text) == text and (found := shutil.which(text, path=environment.get("PATH"))):  # noqa: PTH119 - of text
        text = found
    return Path(os.path.abspath(os.path.join(home, text)))  # noqa: PTH100, PTH118 - resolve() would follow links


def candidates(environment: Mapping[str, str], platform: str) -> list[Path]:
    """Where an ``ollama`` may be, PATH first."""
    name = "ollama.exe" if platform == "win32" else "ollama"
    folders = [text for text in environment.get("PATH", "").split(os.pathsep) if Path(text).is_absolute()]
    home = environment.get("HOME", "")
    match platform:
        case "win32":
            local = environment.get("LOCALAPPDATA", "")
            folders += [f"{local}/Programs/Ollama"] if local else []
        case "darwin":
            app = "Applications/Ollama.app/Contents/Resources"
            folders += ["/usr/local/bin", "/opt/homebrew/bin", f"/{app}", f"{home}/{app}"]
        case _:
            folders += ["/usr/local/bin", "/usr/bin", f"{home}/.local/bin", "/snap/bin", "/opt/ollama/bin"]
    return [Path(folder) / name for folder in folders]


def keys_for(kind: ServerKind, environment: Mapping[str, str]) -> dict[str, str]:
    """What of the person's keys a server of this kind is given: the one for Hugging Face, and only our own engine.

    The engine sends it to nobody but Hugging Face; what another program does with it is not ours to know.
    """
    token = environment.get(HF_TOKEN, "").strip()
    return {HF_TOKEN: token} if kind is ServerKind.BUILT_IN and token else {}


def slots_for(kind: ServerKind, environment: Mapping[str, str]) -> dict[str, str]:
    """How many chats at once a server of this kind shall answer with one model, where nobody said.

    Ollama's default is one after the other, but somebody with two chats open expects both to go on. A slot costs the
    cache of one more context (4096 tokens of an 8B model: 0.5 GB beside 4.7 GB); where that is not there the built-in
    engine makes do with one slot. A real Ollama has its own judgement.
    """
    given = environment.get(SLOTS_VARIABLE, "").strip()
    return {SLOTS_VARIABLE: BUILT_IN_SLOTS} if kind is ServerKind.BUILT_IN and not given else {}


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
    if models_folder is not None:
        child["OLLAMA_MODELS"] = str(models_folder)
    child["NO_PROXY"] = child["no_proxy"] = _without_proxy(child)
    child[MARKER] = owner
    return child


def _without_proxy(child: Mapping[str, str]) -> str:
    """Every host of both spellings, since each program reads another one first, and loopback."""
    named = f"{child.get('NO_PROXY', '')},{child.get('no_proxy', '')}".split(",")
    return ",".join(dict.fromkeys([*(host.strip() for host in named if host.strip()), *LOOPBACK]))


def _is_allowed(name: str) -> bool:
    if any(word in name.upper() for word in SECRETS):
        return False
    return name in ALLOWED or name in OLLAMA_KNOWN or name.startswith(ALLOWED_PREFIXES)

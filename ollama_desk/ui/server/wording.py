"""What the window says about a server's state, and which buttons make sense in it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.ui.icons import Tone
from ollama_desk.ui.language import said
from ollama_desk.ui.text import one_line, span_text


@dataclass(frozen=True, slots=True)
class Wording:
    """One word in one colour; for each button that does not work now, the sentence that says why."""

    word: str
    tone: Tone
    offers_start: bool  # otherwise the button offers to stop
    toggle_refusal: str = ""
    restart_refusal: str = ""


def wording(status: ServerStatus) -> Wording:  # noqa: C901, PLR0911 - a line for each state
    """The words for a state."""
    foreign = _tr("This server was not started by Ollama Desk, so it is not stopped from here.")
    stopped = _tr("The server is not running.")
    match status.state:
        case ServerState.STOPPED:
            return Wording(_tr("Stopped"), "strong", offers_start=True, restart_refusal=stopped)
        case ServerState.STARTING:
            return Wording(_tr("Starting"), "warning", offers_start=False)
        case ServerState.READY:
            return Wording(_tr("Running"), "ok", offers_start=False)
        case ServerState.DEGRADED:
            return Wording(_tr("Not answering"), "warning", offers_start=False)
        case ServerState.STOPPING:
            stopping = _tr("The server is stopping.")
            return Wording(
                _tr("Stopping"), "warning", offers_start=False, toggle_refusal=stopping, restart_refusal=stopping
            )
        case ServerState.BACKOFF:
            return Wording(_tr("Starting again"), "warning", offers_start=False)
        case ServerState.FAILED:
            return Wording(_tr("Failed"), "danger", offers_start=True, restart_refusal=stopped)
        case ServerState.EXTERNAL:
            return Wording(_tr("Running"), "ok", offers_start=False, toggle_refusal=foreign, restart_refusal=foreign)
        case ServerState.CONFLICT:
            return Wording(_tr("Port in use"), "danger", offers_start=True, restart_refusal=stopped)


def whose(status: ServerStatus) -> str:
    """Whose server it is; empty where there is none."""
    if status.state is ServerState.CONFLICT:
        return _tr("another program")
    name = program_name(status.kind)
    if status.state is ServerState.EXTERNAL:
        return _tr("%1, not started by Ollama Desk").replace("%1", name or _tr("a server"))
    return name


def reason_text(status: ServerStatus) -> str:
    """Why it is in its state, in one sentence; empty where that says no more than the state's word."""
    sentence = one_line(said(status.reason))
    return "" if sentence.rstrip(".…") == wording(status).word else sentence


def other_port_label(status: ServerStatus) -> str:
    """What offers a free port where others hold ours; empty where there is none to offer."""
    free = status.free_address
    return "" if free is None else _tr("Use port %1").replace("%1", str(free.port))


def program_name(kind: ServerKind) -> str:
    """Which program it is; empty where that is not known."""
    match kind:
        case ServerKind.OLLAMA:
            return _tr("Ollama")
        case ServerKind.BUILT_IN:
            return _tr("built-in engine")
        case ServerKind.UNKNOWN:
            return ""


def details(status: ServerStatus, now: datetime) -> str:
    """Whose it is, where, its process, version and age: what is known, on one line."""
    parts = [whose(status)]
    if status.state in (ServerState.FAILED, ServerState.CONFLICT, ServerState.BACKOFF, ServerState.DEGRADED):
        parts.append(reason_text(status))
    if status.pid is not None:
        parts.append(_tr("pid %1").replace("%1", str(status.pid)))
    if status.state.answers:
        parts.append(one_line(status.version, 40))
    if status.started_at is not None and status.state.answers:
        parts.append(_tr("up %1").replace("%1", span_text((now - status.started_at).total_seconds())))
    return " · ".join(part for part in parts if part)


class Remedy(Enum):
    """What helps where the server is in trouble."""

    OTHER_PORT = "other port"
    BUILT_IN = "built-in engine"


def remedies(status: ServerStatus, *, built_in_chosen: bool) -> tuple[Remedy, ...]:
    """What helps in this state, beside starting and stopping."""
    match status.state:
        case ServerState.CONFLICT | ServerState.EXTERNAL:
            return (Remedy.OTHER_PORT,) if status.free_address is not None else ()
        case ServerState.FAILED:
            return () if built_in_chosen or status.kind is not ServerKind.OLLAMA else (Remedy.BUILT_IN,)
        case _:
            return ()


def remedy_label(remedy: Remedy, status: ServerStatus) -> str:
    """The label of its button."""
    match remedy:
        case Remedy.OTHER_PORT if status.state is ServerState.EXTERNAL:
            port = "" if status.free_address is None else str(status.free_address.port)
            return _tr("Start another server at port %1").replace("%1", port)
        case Remedy.OTHER_PORT:
            return other_port_label(status)
        case Remedy.BUILT_IN:
            return _tr("Use the built-in engine")


def facts(status: ServerStatus, now: datetime) -> list[tuple[str, str]]:
    """What is known, each with its caption."""
    known = [(_tr("Program"), whose(status)), (_tr("Address"), str(status.address))]
    if status.pid is not None:
        known.append((_tr("Process"), str(status.pid)))
    if status.state.answers:
        known.append((_tr("Version"), one_line(status.version, 40)))
    if status.started_at is not None and status.state.answers:
        known.append((_tr("Running for"), span_text((now - status.started_at).total_seconds())))
    return [(caption, value) for caption, value in known if value]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Server", text)

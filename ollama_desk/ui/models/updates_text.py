"""What is said about a check for updates."""

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.updates import CheckState, UpdateCheck
from ollama_desk.ui.language import said
from ollama_desk.ui.text import exact_time, one_line

NAMED = 4  # models; of the others only the number is said
NAME_LIMIT = 60


def button_tip(check: UpdateCheck) -> str:
    """What the button does, and when it was pressed last."""
    words = _tr("Check for updates") + "\n" + _tr("Asks the registries that the models came from for their names.")
    if check.checked_at is None:
        return words
    return words + "\n" + _tr("Last check: %1").replace("%1", exact_time(check.checked_at))


def work_text(check: UpdateCheck) -> str:
    """How far it is."""
    if not check.total:
        return _tr("Checking for updates…")
    words = _tr("Checking for updates: %1 of %2…").replace("%1", str(check.asked)).replace("%2", str(check.total))
    found = len(check.updates)
    return f"{words} {_counted('%n updates so far.', found)}" if found else words


def result_text(check: UpdateCheck, *, coming: Collection[str] = ()) -> str:
    """What was found, and what could not be.

    Args:
        check: when it has ended.
        coming: those of its updates that are being downloaded.
    """
    sentences = [_tr("The check was stopped.") if check.state is CheckState.STOPPED else ""]
    waiting = sorted(check.names - set(coming))
    if waiting:
        sentences.append(_counted("%n updates: ", len(waiting)) + _listed(waiting))
    if coming:
        sentences.append(_counted("%n updates are being downloaded.", len(coming)))
    if not check.updates:
        sentences.append(_nothing_text(check))
    if check.failed_count:
        sentences.append(_counted("%n models could not be asked about.", check.failed_count))
        sentences.append(said(check.reason))
    return " ".join(filter(None, sentences))


def _nothing_text(check: UpdateCheck) -> str:
    if check.current_count:
        return _counted("%n models that came from a registry are up to date.", check.current_count)
    if check.failed_count or check.state is CheckState.STOPPED:
        return ""
    return _tr("None of the models came from a registry: there is nothing to update.")


def _listed(names: list[str]) -> str:
    shown = ", ".join(one_line(name, NAME_LIMIT) for name in names[:NAMED])
    more = len(names) - NAMED
    return f"{shown} {_counted('and %n more.', more)}" if more > 0 else f"{shown}."


def _counted(words: str, number: int) -> str:
    return QCoreApplication.translate("Updates", words, "", number)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Updates", text)

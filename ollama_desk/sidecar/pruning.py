"""Whether a server may remove what no model needs: one variable, ``OLLAMA_NOPRUNE``, that means two things.

Without it a real Ollama removes the layers that an update has replaced, at once; and at each start whatever no model
has and what is older than an hour, parts of paused downloads among it. With it, it does neither, and each update leaves
the old layers behind for ever. So it is set only while there is something to lose: a start with unfinished downloads in
the folder sets it, a start without does not, and that one also removes what updates under the other left.

The built-in engine never removes parts, so it needs no such care. In a folder in which another server works nothing is
removed by either. What the person has set in the environment goes before all of this.
"""

from collections.abc import Mapping
from pathlib import Path

from ollama_desk.core.folders import MODELS_VARIABLE, unquoted
from ollama_desk.domain.server import ServerKind

VARIABLE = "OLLAMA_NOPRUNE"


def pruning(kind: ServerKind, *, told: str, has_partials: bool, is_shared: bool) -> dict[str, str]:
    """What to add to the environment of a server that is about to start.

    Args:
        kind: which program.
        told: the variable as the person has set it.
        has_partials: whether there are unfinished downloads in its models folder.
        is_shared: whether another server works in that folder.
    """
    if told.strip():
        return {VARIABLE: told}
    keeps = is_shared or (kind is not ServerKind.BUILT_IN and has_partials)
    return {VARIABLE: "1"} if keeps else {}


def folder_of(environment: Mapping[str, str]) -> Path:
    """The models folder of a server with this environment."""
    told = unquoted(environment.get(MODELS_VARIABLE, ""))
    home = environment.get("HOME") or environment.get("USERPROFILE") or "/"
    return Path(told) if told else Path(home) / ".ollama" / "models"


def has_partials(models_folder: Path) -> bool:
    """Whether downloads are unfinished there; also where nobody can tell. Blocks."""
    try:
        return any("-partial" in path.name for path in (models_folder / "blobs").iterdir())
    except FileNotFoundError:
        return False
    except OSError:
        return True

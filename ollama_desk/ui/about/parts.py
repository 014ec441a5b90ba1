"""The parts that the program is made of, with their licences, as the installed packages themselves tell it."""

import platform
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

PROGRAM = "ollama-desk"
NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
EXTRA = re.compile(r";.*\bextra\s*==")
LICENCE_FILE = re.compile(r"(^|/)(LICEN[CS]E|COPYING|COPYRIGHT|NOTICE)[^/]*$", re.IGNORECASE)
LICENCE_CLASSIFIER = "License :: OSI Approved :: "
SHORT = 80  # characters; a longer "License" field is the text itself


@dataclass(frozen=True, slots=True)
class Part:
    """One package: its licence in a word or two, and the files that hold its text."""

    name: str
    version: str
    licence: str
    texts: tuple[Path, ...] = ()

    def text(self) -> str:
        """All its licence texts; empty where it brings none. Reads files."""
        return "\n\n".join(_read(path).strip() for path in self.texts)


def parts() -> tuple[Part, ...]:
    """The program, Python, and every package that the program needs and that is there; reads files."""
    needed = sorted(_needed(PROGRAM), key=lambda each: (each.name != PROGRAM, each.name.lower()))
    stdlib = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    python = Part("Python", platform.python_version(), "PSF-2.0", (stdlib,) if stdlib.exists() else ())
    return (*map(_part, needed[:1]), python, *map(_part, needed[1:]))


def version_of(package: str) -> str:
    """The version of an installed package; empty where it is not there."""
    try:
        return distribution(package).version
    except PackageNotFoundError:
        return ""


def _needed(first: str) -> Iterator[Distribution]:
    """A package and all that it needs, each once."""
    seen: set[str] = set()
    waiting = [first]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # for another system, or in a bundle without its description
        yield found
        names = (NAME.match(wanted) for wanted in found.requires or () if not EXTRA.search(wanted))
        waiting += [name[0] for name in names if name is not None]


def _part(found: Distribution) -> Part:
    files = [Path(str(file.locate())) for file in found.files or () if LICENCE_FILE.search(file.as_posix())]
    return Part(found.name, found.version, _licence(found.metadata), tuple(files))  # type: ignore[arg-type]


def _licence(metadata: Message) -> str:
    """As an expression where the package has one, else in its own words, else by its classifiers."""
    for field in ("License-Expression", "License"):
        text = str(metadata.get(field, "")).strip()
        if 0 < len(text) <= SHORT and "\n" not in text and text != "UNKNOWN":
            return text
    classifiers = [str(each) for each in metadata.get_all("Classifier", [])]
    known = [each.removeprefix(LICENCE_CLASSIFIER) for each in classifiers if each.startswith(LICENCE_CLASSIFIER)]
    return ", ".join(known)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

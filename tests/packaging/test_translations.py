"""The files of the languages: complete, without dead texts, and nothing lost on the way; and what collects them."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "packaging" / "translations.py"
WINDOW = '''"""A part of the window."""
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel, QWidget

WORDS = {True: "On", False: "Off"}


class Panel(QWidget):
    def build(self, count: int, *, wide: bool) -> None:
        self.tr("%1 of %2")
        self.tr("%n models", "", count)
        self.tr("Wide" if wide else "Narrow")
        for words in ("Left", "Right"):
            self.tr(words)
        _tr(WORDS[wide])
        QCoreApplication.translate("Elsewhere", "Far")


def _other(widget: QLabel) -> str:
    return widget.tr("Its")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Panel words", text)
'''
CORE = '''"""A part of the core."""
import logging

log = logging.getLogger(__name__)


def start(name: str, code: int) -> str:
    """Not a text."""
    log.warning("Nobody reads this line.")
    if code:
        msg = f"{name} ended with {code}. " + ("Start it again." if code > 1 else "Wait a while.")
        raise OSError(msg)
    return f"it runs as {name!r}"
'''


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def made_up(folder: Path) -> Path:
    for name, text in (("ui/panel.py", WINDOW), ("core/work.py", CORE)):
        path = folder / "ollama_desk" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return folder


def language(folder: Path, code: str) -> dict[str, dict[str, dict[str, object]]]:
    content: dict[str, dict[str, dict[str, object]]] = json.loads(
        (folder / "resources" / "translations" / f"{code}.json").read_text(encoding="utf-8")
    )
    return content


def test_nothing_in_the_program_is_left_untranslated_lost_or_dead() -> None:
    checked = run("--check")
    assert not checked.stdout + checked.stderr, "run packaging/translations.py and translate what is null"
    assert checked.returncode == 0


def test_the_texts_of_the_window_are_found_with_their_contexts(tmp_path: Path) -> None:
    assert run("--root", made_up(tmp_path)).returncode == 0
    texts = {context: set(entries) for context, entries in language(tmp_path, "de")["texts"].items()}
    assert texts == {
        "Panel": {"%1 of %2", "%n models", "Wide", "Narrow", "Left", "Right"},
        "Panel words": {"On", "Off"},
        "Elsewhere": {"Far"},
        "QLabel": {"Its"},
    }
    assert language(tmp_path, "en")["texts"] == {"Panel": {"%n models": None}}


def test_the_sentences_of_the_core_are_found_without_those_of_the_log(tmp_path: Path) -> None:
    run("--root", made_up(tmp_path))
    found = set(language(tmp_path, "de")["sentences"])
    assert "Permission denied" in found, "what the system says stands in sentences of ours"
    assert {each for each in found if each[0] == "%" or each[-1] == "." or "runs" in each} == {
        "%1 ended with %2.",
        "Start it again.",
        "Wait a while.",
        "it runs as %1",
    }


def test_what_is_translated_stays_and_what_is_dead_goes(tmp_path: Path) -> None:
    run("--root", made_up(tmp_path))
    path = tmp_path / "resources" / "translations" / "de.json"
    content = language(tmp_path, "de")
    content["texts"]["Panel"] |= {"Wide": "Breit", "Gone": "Weg"}
    path.write_text(json.dumps(content))
    assert "Panel: 'Gone' is used nowhere" in run("--root", tmp_path, "--check").stdout
    run("--root", tmp_path)
    entries = language(tmp_path, "de")["texts"]["Panel"]
    assert entries["Wide"] == "Breit"
    assert "Gone" not in entries


def test_what_got_lost_on_the_way_is_said(tmp_path: Path) -> None:
    run("--root", made_up(tmp_path))
    path = tmp_path / "resources" / "translations" / "de.json"
    content = language(tmp_path, "de")
    content["texts"]["Panel"] |= {
        "%1 of %2": "%1 von %3",
        "%n models": "%n Modelle",
        "Left": "&Links",
        "Wide": "Breit.",
    }
    path.write_text(json.dumps(content))
    faults = run("--root", tmp_path, "--check").stdout
    assert "'%1 of %2': ['%1', '%2'] became ['%1', '%3']" in faults
    assert "'%n models': one form for 1" in faults
    assert "'Left': [] became ['&']" in faults
    assert "'Wide': ends otherwise" in faults
    assert "'Narrow': is not translated" in faults


def test_a_text_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    made_up(tmp_path)
    panel = tmp_path / "ollama_desk" / "ui" / "panel.py"
    panel.write_text(WINDOW.replace('self.tr("%1 of %2")', 'self.tr(f"{count} models")'))
    done = run("--root", tmp_path)
    assert "ui/panel.py:10: what is translated here cannot be read" in done.stdout
    assert done.returncode == 1

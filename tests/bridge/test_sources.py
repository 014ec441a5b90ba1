"""No source is read for PySide6's features."""

import subprocess
import sys

LOOK = """
import linecache, sys
{spare}
import ollama_desk.ui.main_window
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([])
assert QLabel("text").text() == "text"
print(sum("ollama_desk" in name for name in linecache.cache))
"""
SPARE = "from ollama_desk.bridge.sources import spare_sources; spare_sources()"


def sources_read(spare: str) -> int:
    told = subprocess.run([sys.executable, "-c", LOOK.format(spare=spare)], capture_output=True, text=True, check=True)
    return int(told.stdout)


def test_the_window_comes_up_without_a_source_being_read() -> None:
    assert sources_read(SPARE) <= 1  # this module itself came before
    assert sources_read("") > 20

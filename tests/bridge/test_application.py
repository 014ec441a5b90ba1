"""The desktop's wish that the program ends closes no window: it is a signal."""

import subprocess
import sys

PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from ollama_desk.bridge.application import Application

app = Application()
window = QWidget()
window.show()
heard = []
app.save_requested.connect(lambda: heard.append("save"))
app.end_requested.connect(lambda: heard.append("end"))

def ask():
    app.quit()  # from a dock, a menu of the desktop, the end of a session under X11
    QTimer.singleShot(0, end)

def end():
    app._on_save_state(None)  # Qt makes no session manager for tests
    app._on_commit_data(None)
    assert window.isVisible()
    print(" ".join(heard), flush=True)
    app.exit(7)

QTimer.singleShot(0, ask)
sys.exit(app.exec())
"""


def test_quitting_and_the_end_of_a_session_are_wishes() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout.split() == ["end", "save", "save", "end"]

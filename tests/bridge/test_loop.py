"""Qt and asyncio share one loop, and leave it in order."""

import subprocess
import sys

PROGRAM = """
import asyncio, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from ollama_desk.bridge import loop

async def main():
    ticked = asyncio.Event()
    QTimer.singleShot(1, ticked.set)
    await ticked.wait()
    window = QWidget()
    window.show()
    window.close()
    await asyncio.sleep(0.01)
    value = await asyncio.to_thread(lambda: 6 * 7)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
    await process.wait()
    return value

sys.exit(loop.run(QApplication([]), main))
"""


def test_timers_threads_and_children_work_and_a_closed_window_does_not_end_the_loop() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (42, "")

"""Why the program does not start, for who started it from a menu and sees no terminal."""

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

UNSEEN = ("offscreen", "minimal")  # platforms on which nobody would close the window
READ_MS = 120_000  # then it closes by itself, so that no process stays where nobody is


def show_last_words(app: QApplication, sentence: str, *, read_ms: int = READ_MS) -> None:
    """Show a sentence in a window of its own until it is closed; in Qt's own loop, for there is no other yet."""
    if QGuiApplication.platformName() in UNSEEN:
        return
    box = last_words(sentence)
    box.finished.connect(lambda: app.exit(0))
    QTimer.singleShot(read_ms, box, box.close)
    box.open()
    app.exec()


def last_words(sentence: str) -> QMessageBox:
    """The window: the sentence as it is, and a button."""
    title = QCoreApplication.translate("LastWords", "Ollama Desk did not start")
    box = QMessageBox(QMessageBox.Icon.Warning, title, sentence, QMessageBox.StandardButton.Close)
    box.setTextFormat(Qt.TextFormat.PlainText)
    return box

"""A link is opened when its place was seen and agreed to, and by nothing else."""

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.ui.chat.links import LinkOpener
from ollama_desk.ui.confirm import Confirm
from ollama_desk.ui.theme import Theme


def question(window: QWidget) -> Confirm:
    (asked,) = window.findChildren(Confirm)
    return asked


def test_rn05_the_first_link_to_a_place_asks_with_its_real_name(theme: Theme, qtbot: QtBot) -> None:
    window, opened = QWidget(), list[str]()
    qtbot.addWidget(window)
    window.show()
    links = LinkOpener(window, theme=theme, browse=lambda url: opened.append(url.toString()))
    links.open(QUrl("https://good.example@evil.example/path"))
    assert opened == []
    asked = question(window)
    assert next(label.text() for label in asked.findChildren(QLabel)) == "Open evil.example?"
    asked.no.click()
    qtbot.waitUntil(lambda: window.findChildren(Confirm) == [])
    assert opened == []
    links.open(QUrl("https://evil.example/path"))
    question(window).yes.click()
    qtbot.waitUntil(lambda: len(opened) == 1)
    qtbot.waitUntil(lambda: window.findChildren(Confirm) == [])
    links.open(QUrl("https://evil.example/other"))
    assert opened[-1] == "https://evil.example/other"
    links.open(QUrl("https://other.example/"))
    assert len(opened) == 2
    question(window).no.click()


def test_a_mail_address_is_a_place_of_its_own(theme: Theme, qtbot: QtBot) -> None:
    window, opened = QWidget(), list[str]()
    qtbot.addWidget(window)
    window.show()
    LinkOpener(window, theme=theme, browse=lambda url: opened.append(url.toString())).open(
        QUrl("mailto:someone@example.org")
    )
    question(window).yes.click()
    qtbot.waitUntil(lambda: opened == ["mailto:someone@example.org"])

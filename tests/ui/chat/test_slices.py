"""Long work gives the loop its turn."""

from collections.abc import Iterator
from time import perf_counter

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from ollama_desk.ui.chat.slices import SLICE_S, Slices

STEP_S = SLICE_S / 4


def steps(count: int, done: list[str], name: str = "") -> Iterator[None]:
    for number in range(count):
        began = perf_counter()
        while perf_counter() - began < STEP_S:
            pass
        done.append(f"{name}{number}")
        yield


def test_short_work_is_done_at_once(qtbot: QtBot) -> None:
    slices, done = Slices(), list[str]()
    slices.add(steps(1, done))
    assert done == ["0"]


def test_long_work_leaves_the_rest_to_later_turns(qtbot: QtBot) -> None:
    slices, done = Slices(), list[str]()
    slices.add(steps(40, done))
    assert 0 < len(done) < 10
    qtbot.waitUntil(lambda: slices.are_done)
    assert len(done) == 40


def test_all_who_share_a_turn_share_its_time(qtbot: QtBot) -> None:
    slices, done = Slices(), list[str]()
    for name in "abcdefgh":
        slices.add(steps(10, done, name))
    assert len(done) < 10
    qtbot.waitUntil(lambda: slices.are_done)
    assert len(done) == 80


def test_the_newest_is_done_first(qtbot: QtBot) -> None:
    slices, done = Slices(), list[str]()
    slices.add(steps(2, done, "old "), now=False)
    slices.add(steps(2, done, "new "), now=False)
    assert done == []
    qtbot.waitUntil(lambda: slices.are_done)
    assert done == ["new 0", "new 1", "old 0", "old 1"]


def test_what_is_dropped_is_never_done(qtbot: QtBot) -> None:
    slices, done = Slices(), list[str]()
    job = steps(40, done)
    slices.add(job)
    count = len(done)
    slices.drop(job)
    assert slices.are_done
    slices.add(steps(1, done, "other "), now=False)
    qtbot.waitUntil(lambda: slices.are_done)
    assert done[count:] == ["other 0"]


def test_a_step_may_add_work(qtbot: QtBot) -> None:
    slices, done = Slices(), list[str]()

    def adding() -> Iterator[None]:
        slices.add(steps(2, done, "inner "))
        yield
        done.append("outer")

    slices.add(adding())
    qtbot.waitUntil(lambda: slices.are_done)
    assert sorted(done) == ["inner 0", "inner 1", "outer"]


def test_ui06_a_job_ends_with_whom_it_works_for(qtbot: QtBot) -> None:
    slices, done, owner = Slices(), list[str](), QObject()
    slices.add(steps(9, done), owner=owner, now=False)
    delete(owner)
    qtbot.waitUntil(lambda: slices.are_done)
    assert done == []

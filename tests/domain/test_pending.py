"""What is installed and loaded with changes that are under way."""

from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.pending import ChangeKind, Lists, PendingChange, with_changes

A, B = Model("a:1", digest="1", size_bytes=5), Model("b:1", digest="2")
LOADED = RunningModel("a:1", size_bytes=9)
LISTS: Lists = ((A, B), (LOADED,))


def names(lists: Lists) -> tuple[list[str], list[str]]:
    return [model.name for model in lists[0]], [each.name for each in lists[1]]


def test_without_changes_nothing_is_another() -> None:
    assert with_changes(LISTS, ()) == LISTS


def test_what_is_deleted_is_in_neither_list() -> None:
    assert names(with_changes(LISTS, [PendingChange(ChangeKind.DELETE, "a:1")])) == (["b:1"], [])


def test_what_is_unloaded_stays_installed() -> None:
    assert names(with_changes(LISTS, [PendingChange(ChangeKind.UNLOAD, "a:1")])) == (["a:1", "b:1"], [])


def test_what_is_loaded_says_that_it_is_on_its_way_unless_it_is_there() -> None:
    loading = with_changes(LISTS, [PendingChange(ChangeKind.LOAD, "b:1"), PendingChange(ChangeKind.LOAD, "a:1")])
    assert loading[1] == (LOADED, RunningModel("b:1", is_loading=True))


def test_a_copy_is_shown_with_what_is_known_of_its_original() -> None:
    copied = with_changes(LISTS, [PendingChange(ChangeKind.COPY, "a:1", "c:1")])
    assert copied[0][0] == Model("c:1", digest="1", size_bytes=5)
    assert with_changes(copied, [PendingChange(ChangeKind.COPY, "a:1", "c:1")]) == copied


def test_what_is_renamed_is_so_before_and_between_the_two_steps_of_the_server_and_is_not_loaded() -> None:
    change = PendingChange(ChangeKind.RENAME, "a:1", "c:1")
    assert names(with_changes(LISTS, [change])) == (["c:1", "b:1"], [])
    between: Lists = ((Model("c:1"), A, B), (LOADED,))
    assert names(with_changes(between, [change])) == (["c:1", "b:1"], [])
    assert change.shown_name == "c:1"


def test_what_is_created_is_shown_when_it_is_there() -> None:
    assert with_changes(LISTS, [PendingChange(ChangeKind.CREATE, "a:1", "c:1")]) == LISTS


def test_changes_of_what_is_not_there_change_nothing() -> None:
    gone = [PendingChange(kind, "gone:1", "new:1") for kind in (ChangeKind.DELETE, ChangeKind.COPY, ChangeKind.RENAME)]
    assert with_changes(LISTS, gone) == LISTS

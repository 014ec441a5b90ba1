"""What is chosen is shown before what is not, in the room that there is."""

from ollama_desk.ui.column_choice import ColumnChoice
from ollama_desk.ui.table_model import Cell, Column


def column(key: str, rank: int) -> Column[str]:
    return Column(key, Cell, key, rank=rank, key=key)


COLUMNS = (column("name", 0), column("size", 1), column("age", 3), column("use", 2))
WIDTHS = (0, 40, 40, 100)


def shown(choice: ColumnChoice, room: int) -> list[str]:
    return [COLUMNS[at].key for at in sorted(choice.fitting(COLUMNS, WIDTHS, room))]


def test_without_a_choice_the_rank_decides_and_nothing_follows_what_does_not_fit() -> None:
    assert shown(ColumnChoice(), 200) == ["name", "size", "age", "use"]
    assert shown(ColumnChoice(), 100) == ["name", "size"]
    assert shown(ColumnChoice(), 0) == ["name"]


def test_what_a_person_wants_has_the_room_first() -> None:
    assert shown(ColumnChoice().with_wanted("use"), 140) == ["name", "size", "use"]
    assert shown(ColumnChoice().with_wanted("use").with_wanted("age"), 100) == ["name", "size", "age"]


def test_what_a_person_does_not_want_leaves_its_room_to_the_others() -> None:
    choice = ColumnChoice().with_unwanted("use")
    assert shown(choice, 100) == ["name", "size", "age"]
    assert shown(choice.with_wanted("use"), 200) == ["name", "size", "age", "use"]


def test_a_choice_is_kept_as_text_and_nonsense_is_no_choice() -> None:
    choice = ColumnChoice().with_wanted("age").with_wanted("use").with_unwanted("size")
    assert str(choice) == "+use +age -size"
    assert ColumnChoice.parse(str(choice)) == choice
    assert ColumnChoice.parse("size \x00 ??") == ColumnChoice()


def test_a_column_that_is_never_hidden_is_shown_without_room() -> None:
    columns = (*COLUMNS[:2], column("state", 0))
    assert ColumnChoice().fitting(columns, (0, 40, 40), 10) == {0, 2}

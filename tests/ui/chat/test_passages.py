"""A message becomes as few widgets as it can without any of them being long."""

from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.ui.chat.passages import Passage, passages


def shown(text: str) -> list[Passage]:
    return [each for each in passages(text) if each is not None]


def test_short_paragraphs_stand_together() -> None:
    assert [each.text for each in shown("One.\n\nTwo.\n\nThree.")] == ["One.\n\nTwo.\n\nThree."]


def test_a_heading_begins_a_passage() -> None:
    assert [each.text for each in shown("One.\n\n## Two\n\nThree.")] == ["One.\n\n", "## Two\n\nThree."]


def test_code_is_a_passage_however_long_it_is() -> None:
    code = "x = 1\n" * 50_000
    found = shown(f"a\n\n```py\n{code}```\n\nb")
    assert [each.language for each in found] == [None, "py", None]
    assert found[1].text == code


def test_many_tiny_paragraphs_are_several_passages() -> None:
    assert 20 < len(shown("a\n\n" * 1_000)) < 100


def test_a_definition_comes_with_those_who_name_it() -> None:
    found = shown("# A\n\n[x][Far  away]\n\n# B\n\n[y]\n\n# C\n\n[far away]: https://example.org")
    assert [("example.org" in each.text) for each in found] == [True, False, True]


def test_the_first_definition_of_a_name_holds() -> None:
    found = shown("# A\n\n[x]\n\n# B\n\n[x]: https://one.example\n\n[x]: https://two.example")
    assert "one.example" in found[0].text
    assert "two.example" not in found[0].text


@given(st.text(alphabet=st.sampled_from("ab \n`~#|-*>1.[]:漢"), max_size=600))
def test_passages_follow_each_other_to_the_end(text: str) -> None:
    ends = [each.end for each in shown(text)]
    assert ends == sorted(ends)
    assert all(end <= len(text) for end in ends)

"""The error tree is drawn where a reader looks for it."""

import inspect

from ollama_desk.domain import errors


def test_every_error_stands_in_the_tree_of_the_docstring() -> None:
    drawn = errors.__doc__ or ""
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        assert issubclass(kind, errors.DeskError)
        assert f" {name}" in drawn, name

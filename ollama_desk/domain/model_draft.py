"""A model that a person has worded, before it is made."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelDraft:
    """A model to be made of an installed one; what is None stays as it is there."""

    name: str
    base: str  # the installed model that it is made of
    system: str | None = None
    template: str | None = None
    parameters: Mapping[str, object] | None = None  # those that differ from the base's

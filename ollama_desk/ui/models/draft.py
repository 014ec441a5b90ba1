"""What was typed for a new model, and what of it differs from the model that it is made of. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ollama_desk.domain.model_draft import ModelDraft
from ollama_desk.domain.models import ModelDetails
from ollama_desk.domain.parameter_rules import RULES, Kind, UnusableValueError, Value, read_value, write_values
from ollama_desk.domain.parameters import written_values


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form as they stand."""

    name: str
    system: str = ""
    template: str = ""
    parameters: tuple[tuple[str, str], ...] = ()  # names and what was written for each, in their order


@dataclass(frozen=True, slots=True)
class Judged:
    """What the fields mean. Where anything is wrong there is no use in the rest."""

    system: str | None = None
    template: str | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)
    lost_system: bool = False  # the base's was emptied, which no server does
    lost_template: bool = False
    wrong: frozenset[int] = frozenset()  # the numbers of the parameters with unusable values

    @property
    def is_changed(self) -> bool:
        return self.system is not None or self.template is not None or bool(self.parameters)

    @property
    def is_usable(self) -> bool:
        return not (self.lost_system or self.lost_template or self.wrong)


def base_parameters(details: ModelDetails) -> dict[str, str]:
    """What the base says for each parameter, as one would write it."""
    return {name: write_field(name, values) for name, values in written_values(details).items()}


def write_field(name: str, values: list[str]) -> str:
    """Only texts are written with marks for line breaks."""
    rule = RULES.get(name)
    return write_values(values) if rule is not None and rule.kind is Kind.TEXTS else values[-1]


def untouched(details: ModelDetails, name: str) -> Typed:
    """The fields before anybody types."""
    return Typed(name, details.system, details.template, tuple(base_parameters(details).items()))


def judge(typed: Typed, details: ModelDetails) -> Judged:
    """What of the fields differs from the base.

    A server takes an empty system prompt or template for none said, and a model keeps every parameter of its base:
    these can be replaced, not taken away. Only the list of stop words can be emptied. So both kinds of server did.
    """
    base = base_parameters(details)
    parameters: dict[str, Value] = {}
    wrong: set[int] = set()
    for at, (name, text) in enumerate(typed.parameters):
        if name in base and text == base[name]:
            continue
        try:
            value = read_value(name, text)
        except UnusableValueError:
            wrong.add(at)
            continue
        if not name or any(name == other for other, _ in typed.parameters[:at]):
            wrong.add(at)
        elif not _is_same(name, value, base):
            parameters[name] = value
    has_system, has_template = bool(typed.system.strip()), bool(typed.template.strip())
    return Judged(
        system=typed.system if has_system and typed.system != details.system else None,
        template=typed.template if has_template and typed.template != details.template else None,
        parameters=parameters,
        lost_system=bool(details.system.strip()) and not has_system,
        lost_template=bool(details.template.strip()) and not has_template,
        wrong=frozenset(wrong),
    )


def draft(typed: Typed, judged: Judged, base: str) -> ModelDraft:
    """With only what was changed."""
    return ModelDraft(
        name=typed.name.strip(),
        base=base,
        system=judged.system,
        template=judged.template,
        parameters={name: list(v) if isinstance(v, tuple) else v for name, v in judged.parameters.items()} or None,
    )


def renderer_of(details: ModelDetails) -> str:
    """What makes the prompts of this model in place of its template; empty: nothing does."""
    lines = (line.strip() for line in details.modelfile.splitlines())
    return next((line.removeprefix("RENDERER ").strip() for line in lines if line.startswith("RENDERER ")), "")


def _is_same(name: str, value: Value, base: Mapping[str, str]) -> bool:
    try:
        return name in base and read_value(name, base[name]) == value
    except UnusableValueError:
        return False

"""What a model that is made of another cannot do without: both kinds of server keep the same.

Tried with a real server (0.24): an empty system prompt or template is none said, a parameter stays, and one that is
null is kept as "<nil>"; an empty list of stop words is kept, and so takes them away.
"""

from pathlib import Path

from ollama_desk.core.resources import resource
from ollama_desk.registry.modelfile import parameters_text
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore


def test_only_stop_words_can_be_taken_away(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    weights, _ = store.blobs.add(resource("demo", "demo.gguf").read_bytes())
    parameters = {"temperature": 0.5, "stop": ["a", "b"], "seed": 3}
    base = Recipe(files={"d.gguf": weights}, template="{{ .Prompt }}X", system="Old.", parameters=parameters)
    list(store.create(parse_name("base"), base))
    emptied = Recipe(base=parse_name("base"), template="", system="", parameters={"stop": [], "temperature": None})
    list(store.create(parse_name("child"), emptied))
    child = store.resolve(parse_name("child"))
    assert (child.template, child.system) == ("{{ .Prompt }}X", "Old.")
    assert parameters_text(child).split() == ["seed", "3", "temperature", "<nil>"]

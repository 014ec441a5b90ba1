"""Models are made of files and of other models, and what cannot be made is refused in words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import models
from tests.support.engine import EngineProcess
from tests.support.making import blobs, digest_of, make, say, show, statuses

MIT = "MIT License. Do what you like."
MISSING = "sha256:" + "1" * 64


@pytest.fixture(scope="module")
def maker(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path_factory.mktemp("engine") / "models") as running:
        running.create("tiny", gguf)
        yield running


def test_a_model_of_a_file_tells_its_steps(maker: EngineProcess, gguf: Path) -> None:
    told = statuses(make(maker, model="again", files={"scripted.gguf": digest_of(gguf)}, system="Be kind."))
    assert told[:2] == ["parsing GGUF", f"using existing layer {digest_of(gguf)}"]
    assert told[2].startswith("creating new layer sha256:")
    assert told[3:] == ["writing manifest", "success"]


def test_a_model_of_another_shares_its_weights(maker: EngineProcess, gguf: Path) -> None:
    before = blobs(maker)
    told = statuses(make(maker, **{"model": "pirate", "from": "tiny", "system": "Arr.", "parameters": {"seed": 7}}))
    assert told[0] == f"using existing layer {digest_of(gguf)}"
    assert [line.split(" sha256")[0] for line in told[1:]] == ["creating new layer"] * 2 + [
        "writing manifest",
        "success",
    ]
    assert sum((maker.models / "blobs" / name).stat().st_size for name in blobs(maker) - before) < 2000
    assert show(maker, "pirate")["details"]["parent_model"] == "tiny:latest"
    assert maker.ask("DELETE", "/api/delete", {"model": "pirate"}).status == 200
    assert blobs(maker) == before
    assert say(maker, "tiny", "story").json["message"]["content"] == models.STORY


def test_everything_that_a_model_can_say_of_itself_is_kept(maker: EngineProcess) -> None:
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    body = {
        "model": "rich",
        "from": "tiny",
        "template": "{{ .System }}{{ range .Messages }}{{ .Content }}{{ end }}",
        "system": "Be rich.",
        "parameters": {"stop": ["<end>", "</s>"], "temperature": 0.2, "num_ctx": 2048},
        "license": [MIT, "Apache"],
        "messages": messages,
        "renderer": "plain",
        "parser": "plain",
        "requires": "0.14.0",
    }
    statuses(make(maker, **body))
    shown = show(maker, "rich")
    assert (shown["system"], shown["license"], shown["messages"]) == ("Be rich.", f"{MIT}\nApache", messages)
    assert (shown["requires"], shown["template"]) == ("0.14.0", body["template"])
    assert shown["parameters"].splitlines() == [
        "num_ctx                        2048",
        'stop                           "<end>"',
        'stop                           "</s>"',
        "temperature                    0.2",
    ]
    assert {"RENDERER plain", "PARSER plain", "MESSAGE user Hi", f"LICENSE {MIT}"} <= set(
        shown["modelfile"].splitlines()
    )


def test_a_model_of_another_inherits_what_it_does_not_say(maker: EngineProcess) -> None:
    parent = {"system": "One.", "parameters": {"seed": 1, "top_k": 2}, "license": MIT, "requires": "0.14.0"}
    statuses(make(maker, **{"model": "parent", "from": "tiny", **parent}))
    own = {"parameters": {"top_k": 3}, "license": "Mine", "system": "Two."}
    statuses(make(maker, **{"model": "child", "from": "parent", **own}))
    shown = show(maker, "child")
    assert (shown["system"], shown["license"], shown["requires"]) == ("Two.", f"{MIT}\nMine", "0.14.0")
    assert shown["parameters"].split() == ["seed", "1", "top_k", "3"]


def test_a_licence_without_words_is_none(maker: EngineProcess) -> None:
    for nothing in ("", [], [""], None):
        statuses(make(maker, **{"model": "free", "from": "tiny", "license": nothing}))
        assert "license" not in show(maker, "free")


def test_without_a_stream_there_is_one_word(maker: EngineProcess) -> None:
    reply = make(maker, **{"model": "plain", "from": "tiny", "stream": False})
    assert (reply.status, reply.json) == (200, {"status": "success"})
    assert reply.headers["content-type"].startswith("application/json")


def test_a_model_may_be_made_of_itself(maker: EngineProcess) -> None:
    statuses(make(maker, **{"model": "self", "from": "tiny", "system": "One."}))
    statuses(make(maker, **{"model": "self", "from": "self", "system": "Two."}))
    assert show(maker, "self")["system"] == "Two."


def test_a_parameter_of_a_wrong_type_is_taken_and_fails_at_the_first_chat(maker: EngineProcess) -> None:
    statuses(make(maker, **{"model": "hot", "from": "tiny", "parameters": {"temperature": "hot"}}))
    reply = say(maker, "hot", "story")
    assert (reply.status, reply.error) == (500, 'option "temperature" must be of type float32')
    assert 'temperature                    "hot"' in show(maker, "hot")["parameters"]


BROKEN_TEMPLATES = {
    "{{ .Nope": ":1: unclosed action",
    "{{ if .System }}": ":1: unexpected EOF",
    "line\n{{ end }}": ":2: unexpected {{end}}",
    "{{ shout .Prompt }}": ':1: function "shout" not defined',
}


@pytest.mark.parametrize(("template", "words"), BROKEN_TEMPLATES.items())
def test_a_broken_template_is_refused(maker: EngineProcess, template: str, words: str) -> None:
    reply = make(maker, **{"model": "x", "from": "tiny", "template": template})
    assert (reply.status, reply.error) == (400, f"template error: template: {words}")


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({}, 400, "neither 'from' or 'files' was specified"),
    ({"from": "!!"}, 400, "invalid model name"),
    ({"from": "tiny", "model": "a b"}, 400, "invalid model name"),
    ({"files": {"../m.gguf": MISSING}}, 400, "file path must be relative"),
    ({"files": {"/m.gguf": MISSING}}, 400, "file path must be relative"),
    ({"files": {"m.gguf": ""}}, 400, "invalid digest format"),
    ({"files": {"m.bin": MISSING}}, 400, "unknown type"),
    ({"from": "tiny", "quantize": "q8_0"}, 500, "quantization is only supported for F16, BF16 and F32 models"),
    (
        {"from": "tiny", "quantize": "q3"},
        500,
        "unsupported quantization type Q3 - supported types are F32, F16, Q4_K_S, Q4_K_M, Q8_0",
    ),
]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("body", "status", "words"), REFUSED)
def test_what_cannot_be_made_is_refused_before_anything_is_told(
    maker: EngineProcess, body: dict[str, Any], status: int, words: str, *, stream: bool
) -> None:
    reply = make(maker, **{"model": "x", "stream": stream, **body})
    assert (reply.status, reply.error) == (status, words)
    assert reply.headers["content-type"].startswith("application/json")

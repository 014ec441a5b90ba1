"""A conversation that ends with an answer is continued in it, not answered anew."""

from pathlib import Path

from tests.support.engine import EngineProcess
from tests.support.models import tiny_model

ASKED = "<|im_start|>user\nstory<|im_end|>\n<|im_start|>assistant\n"


def test_an_answer_at_the_end_is_continued(tmp_path: Path) -> None:
    with EngineProcess(tmp_path / "models") as engine:
        engine.create("tiny", tiny_model(tmp_path / "tiny.gguf"))
        body = {"model": "tiny", "stream": False, "options": {"num_predict": 3, "temperature": 0}}
        messages = [{"role": "user", "content": "story"}, {"role": "assistant", "content": "abc"}]
        continued = engine.ask("POST", "/api/chat", {**body, "messages": messages}).json
        same = engine.ask("POST", "/api/generate", {**body, "raw": True, "prompt": f"{ASKED}abc"}).json
        anew = f"{ASKED}abc<|im_end|>\n<|im_start|>assistant\n"
        other = engine.ask("POST", "/api/generate", {**body, "raw": True, "prompt": anew}).json
        assert continued["prompt_eval_count"] == same["prompt_eval_count"] < other["prompt_eval_count"]
        assert continued["message"]["content"] == same["response"]

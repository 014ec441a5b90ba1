"""Options have Ollama's types, defaults and precedence."""

from typing import Any

import pytest

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.options import Options


def test_a_request_goes_before_the_model_before_the_default() -> None:
    options = Options().updated({"temperature": 0.2, "top_k": 7}).updated({"temperature": 1})
    assert (options.temperature, options.top_k, options.top_p) == (1.0, 7, 0.9)


def test_unknown_names_and_nulls_are_passed_over() -> None:
    assert Options().updated({"nonsense": 1, "temperature": None, "numa": True}) == Options()


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"temperature": "hot"}, 'option "temperature" must be of type float32'),
        ({"num_ctx": "many"}, 'option "num_ctx" must be of type integer'),
        ({"seed": True}, 'option "seed" must be of type integer'),
        ({"stop": "x"}, 'option "stop" must be of type array'),
        ({"stop": [1]}, 'option "stop" must be of an array of strings'),
    ],
)
def test_a_wrong_type_is_refused_in_ollamas_words(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(RequestFailedError) as caught:
        Options().updated(given)
    assert (str(caught.value), caught.value.status) == (complaint, 500)


@pytest.mark.parametrize(("asked", "given"), [(-1, 40960), (5, 5), (0, 0), (10**9, 40960)])
def test_an_endless_answer_is_cut_at_ten_contexts(asked: int, given: int) -> None:
    assert Options(num_predict=asked).sampling(4096)["n_predict"] == given


@pytest.mark.parametrize(("num_ctx", "train", "n_ctx"), [(0, 0, 4096), (0, 2048, 2048), (8192, 0, 8192), (1, 100, 4)])
def test_a_context_is_cut_to_what_the_model_was_trained_for(num_ctx: int, train: int, n_ctx: int) -> None:
    assert Options(num_ctx=num_ctx).load_options(default_ctx=4096, train_ctx=train).n_ctx == n_ctx


def test_a_negative_repeat_last_n_looks_at_the_whole_context() -> None:
    assert Options().updated({"repeat_last_n": -1}).sampling(512)["repeat_last_n"] == 512
    assert Options().sampling(512)["repeat_last_n"] == 64


def test_what_a_model_is_loaded_with_stays_within_what_llama_takes() -> None:
    wild = {"num_ctx": 2**65, "num_batch": 2**40, "num_thread": 10**9, "num_gpu": 10**12, "main_gpu": 99}
    load = Options().updated(wild).load_options(default_ctx=4096, train_ctx=8192)
    assert (load.n_ctx, load.n_batch, load.n_threads) == (8192, 8192, 512)
    assert (load.n_gpu_layers, load.main_gpu) == (9999, 15)
    load = Options().updated(dict.fromkeys(wild, -7)).load_options(default_ctx=4096, train_ctx=0)
    assert (load.n_ctx, load.n_batch, load.n_threads, load.n_gpu_layers, load.main_gpu) == (4, 32, 0, -1, -1)


def test_use_mmap_must_be_a_boolean() -> None:
    assert not Options().updated({"use_mmap": False}).load_options(default_ctx=1, train_ctx=0).use_mmap
    with pytest.raises(RequestFailedError, match='option "use_mmap" must be of type boolean'):
        Options().updated({"use_mmap": 0})

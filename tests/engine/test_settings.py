"""The environment is read as Ollama reads it."""

import socket
from math import inf
from pathlib import Path

import pytest

from ollama_desk.domain.server import ServerAddress
from ollama_desk.engine.loading import Launch
from ollama_desk.engine.serve import _listen
from ollama_desk.engine.settings import WILDCARDS, EngineOptions, read_options

HOME = Path("/home/somebody")


def test_without_variables_the_defaults_are_ollamas() -> None:
    options = read_options({}, home=HOME)
    assert str(options.address) == "127.0.0.1:11434"
    assert options.models == HOME / ".ollama" / "models"
    assert (options.keep_alive_s, options.load_timeout_s, options.context_length) == (300.0, 300.0, 4096)
    assert options.on_loopback


def test_variables_are_taken_over() -> None:
    environment = {
        "OLLAMA_HOST": "localhost:1234",
        "OLLAMA_MODELS": ' "/m" ',
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_LOAD_TIMEOUT": "0",
        "OLLAMA_CONTEXT_LENGTH": "8192",
        "OLLAMA_MAX_LOADED_MODELS": "1",
    }
    options = read_options(environment, home=HOME)
    assert (str(options.address), options.bind_host, options.models) == ("localhost:1234", "localhost", Path("/m"))
    assert (options.keep_alive_s, options.load_timeout_s) == (inf, None)
    assert (options.context_length, options.max_loaded) == (8192, 1)


@pytest.mark.parametrize("value", ["many", "-1", "0", ""])
def test_a_count_that_is_none_is_the_default(value: str) -> None:
    assert read_options({"OLLAMA_CONTEXT_LENGTH": value}, home=HOME).context_length == 4096


@pytest.mark.parametrize(
    ("host", "bound", "on_loopback"),
    [
        ("", "127.0.0.1", True),
        (WILDCARDS[0], WILDCARDS[0], False),
        ("http://[::]:80", "::", False),
        (":8080", "127.0.0.1", True),
        ("192.168.1.2", "192.168.1.2", False),
        ("[bad", "127.0.0.1", True),
    ],
)
def test_all_addresses_are_bound_only_where_they_are_asked_for(host: str, bound: str, on_loopback: bool) -> None:  # noqa: FBT001 - a case
    options = read_options({"OLLAMA_HOST": host}, home=HOME)
    assert (options.bind_host, options.on_loopback) == (bound, on_loopback)


def test_the_listener_says_its_protocol_so_that_answers_are_not_held_back() -> None:
    with _listen(EngineOptions(address=ServerAddress(port=0))) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_slots_and_cache_are_told_by_the_environment() -> None:
    environment = {"OLLAMA_NUM_PARALLEL": "4", "OLLAMA_KV_CACHE_TYPE": " Q8_0 ", "OLLAMA_ORIGINS": "http://a.b , *.c"}
    options = read_options(environment, home=HOME)
    assert options.launch == Launch(4, "q8_0", None)
    assert options.origins == ("http://a.b", "*.c")
    assert read_options({}, home=HOME).launch == Launch(1, "f16", None)


@pytest.mark.parametrize(("text", "flag"), [("1", True), ("true", True), ("yes", True), ("0", False), ("F", False)])
def test_flash_attention_is_read_as_go_reads_a_boolean(text: str, *, flag: bool) -> None:
    assert read_options({"OLLAMA_FLASH_ATTENTION": text}, home=HOME).launch.flash_attention is flag


def test_without_flash_attention_the_cache_is_not_packed() -> None:
    environment = {"OLLAMA_FLASH_ATTENTION": "0", "OLLAMA_KV_CACHE_TYPE": "q4_0"}
    assert read_options(environment, home=HOME).launch.cache == "f16"
    assert read_options({"OLLAMA_KV_CACHE_TYPE": "q5_1"}, home=HOME).launch.cache == "f16"

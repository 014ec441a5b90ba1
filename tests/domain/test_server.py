"""Addresses are read as Ollama reads OLLAMA_HOST."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - read, never bound
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("[::]:11434", "http://127.0.0.1:11434"),
        ("[::1]:11434", "http://[::1]:11434"),
        ("example.org", "http://example.org:11434"),
        ("example.org:1234/path", "http://example.org:1234"),
        ("http://example.org", "http://example.org:80"),
        ("https://example.org", "https://example.org:443"),
        ("https://example.org:1234", "https://example.org:1234"),
        ('"127.0.0.1:4711"', "http://127.0.0.1:4711"),
        ("127.0.0.1:99999", "http://127.0.0.1:11434"),
        ("127.0.0.1:http", "http://127.0.0.1:11434"),
        ("[not an address", "http://127.0.0.1:11434"),
    ],
)
def test_po16_an_address_is_read_as_ollama_reads_it(text: str, url: str) -> None:
    assert ServerAddress.parse(text).url == url


@given(st.text(max_size=60))
def test_po16_any_text_gives_an_address(text: str) -> None:
    assert 0 <= ServerAddress.parse(text).port <= 65535


def test_only_a_loopback_address_can_hold_a_server_of_ours() -> None:
    assert ServerAddress().is_local
    assert not ServerAddress.parse("https://127.0.0.1").is_local
    assert not ServerAddress.parse("example.org").is_local


def test_a_server_that_others_started_is_not_ours() -> None:
    assert not ServerStatus(ServerState.EXTERNAL).is_ours
    assert ServerStatus(ServerState.STOPPED).is_ours


def test_a_server_on_another_machine_is_not_ours_however_it_fares() -> None:
    for state in ServerState:
        assert not ServerStatus(state, address=ServerAddress("example.org")).is_ours

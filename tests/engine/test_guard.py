"""Foreign web pages are kept out; this machine's programs are not."""

import pytest

from ollama_desk.engine.guard import host_is_allowed, origin_is_allowed


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "LOCALHOST:11434",
        "127.0.0.1:11434",
        "[::1]:11434",
        "192.168.1.5",
        "0.0.0.0:1",
        "box",
        "a.local",
    ],
)
def test_a_host_of_this_machine_may_be_asked(host: str) -> None:
    assert host_is_allowed(host, machine="box")


@pytest.mark.parametrize("host", ["example.com", "evil.localhost.example.com", "8.8.8.8", "[::1", "local", "a@b:c"])
def test_a_rebound_name_is_refused(host: str) -> None:
    assert not host_is_allowed(host, machine="box")


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://127.0.0.1", "app://obsidian.md", "file://"])
def test_pages_of_this_machine_may_ask(origin: str) -> None:
    assert origin_is_allowed(origin)


@pytest.mark.parametrize(
    "origin", ["https://example.com", "null", "http://localhost.example.com", "http://[::1", "ftp://localhost"]
)
def test_foreign_pages_may_not(origin: str) -> None:
    assert not origin_is_allowed(origin)

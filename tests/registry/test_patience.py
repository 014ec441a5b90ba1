"""How long a registry is waited for, what its headers mean, and who needs which name."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ollama_desk.domain.errors import (
    CertificateError,
    DigestMismatchError,
    RegistryError,
    RegistryInterruptedError,
    RegistryRefusedError,
    RegistryTimeoutError,
    RegistryUnreachableError,
)
from ollama_desk.registry.challenge import Challenge, parse_challenge
from ollama_desk.registry.patience import Patience, may_pass
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.refusals import refusal, retry_after_s
from ollama_desk.registry.source import Source

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("", 0.0),
        ("120", 120.0),
        ("soon", 0.0),
        ("-5", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("Fri, 01 May 2026 12:00:30 -0000", 30.0),
    ],
)
def test_a_registry_says_how_long_to_wait_in_seconds_or_by_date(header: str, wait_s: float) -> None:
    assert retry_after_s({"retry-after": header}, now=NOW) == wait_s


def test_the_waits_grow_and_differ_and_have_an_end() -> None:
    patience, error = Patience(), RegistryInterruptedError("cut")
    for failed, base_s in ((1, 1.0), (2, 2.0), (5, 16.0), (20, 60.0)):
        waits = {patience.wait_s(failed, error) for _ in range(20)}
        assert len(waits) > 1
        assert all(0.75 * base_s <= wait_s <= 1.25 * base_s for wait_s in waits)


def test_what_the_registry_asks_for_is_waited_but_not_for_ever() -> None:
    def asked(wait_s: float) -> RegistryRefusedError:
        return RegistryRefusedError("busy", status=429, retry_after_s=wait_s)

    assert Patience().wait_s(1, asked(7)) == 7
    assert Patience().wait_s(1, asked(7000)) == 60


def test_who_has_waited_for_a_byte_asks_again_at_once() -> None:
    assert Patience().wait_s(3, RegistryTimeoutError("silent")) == 0


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (RegistryInterruptedError("x"), True),
        (RegistryTimeoutError("x"), True),
        (RegistryUnreachableError("x"), True),
        (RegistryRefusedError("x", status=503), True),
        (RegistryRefusedError("x", status=429), True),
        (RegistryRefusedError("x", status=403), False),
        (CertificateError("x"), False),
        (DigestMismatchError("x"), False),
        (RegistryError("x"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: RegistryError, *, passes: bool) -> None:
    assert may_pass(error) is passes


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        (
            'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push"',
            Challenge("https://auth.example/token", "registry", "repository:a/b:pull,push"),
        ),
        ('bearer REALM="https://x/t"', Challenge("https://x/t")),
        ('Basic realm="https://x/t"', None),
        ("", None),
        ("Bearer realm=", None),
    ],
)
def test_a_challenge_is_read(header: str, challenge: Challenge | None) -> None:
    assert parse_challenge(header) == challenge


def test_the_address_of_a_token_keeps_what_its_realm_asks() -> None:
    assert Challenge("https://x/t?a=b", "s", "c:d").url == "https://x/t?a=b&service=s&scope=c%3Ad"
    assert Challenge("https://x/t").url == "https://x/t"


def test_hugging_face_says_what_to_do_for_a_gated_model() -> None:
    error = refusal(401, {}, b"", Source(parse_name("hf.co/someone/model")))
    assert "HF_TOKEN" in str(error)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("llama3.2:3b", "https://registry.ollama.ai/v2/library/llama3.2/manifests/3b"),
        ("hf.co/user/repo-GGUF:Q4_K_M", "https://hf.co/v2/user/repo-GGUF/manifests/Q4_K_M"),
        ("localhost:5000/a/b", "https://localhost:5000/v2/a/b/manifests/latest"),
    ],
)
def test_a_name_says_where_to_ask(text: str, url: str) -> None:
    assert Source(parse_name(text)).manifest_url == url


@pytest.mark.parametrize(
    ("text", "known"), [("x", True), ("hf.co/a/b", True), ("HuggingFace.co/a/b", True), ("hf.co.evil/a/b", False)]
)
def test_an_unknown_registry_can_be_told(text: str, *, known: bool) -> None:
    """PL-17."""
    assert parse_name(text).is_from_known_registry is known

"""Downloads in trouble: refusals in the words of real servers, names, wishes that cannot be, cancelling at the end."""

import asyncio
from pathlib import Path

import pytest

from ollama_desk.domain.errors import ConsentNeededError, DeskError, DiskFullError, PullRefusedError, RegistryError
from ollama_desk.domain.events import PullFailed
from ollama_desk.domain.models import PullStep
from ollama_desk.domain.pulls import PullPhase, PullState
from ollama_desk.domain.server import ServerState
from ollama_desk.registry.reference import parse_name
from ollama_desk.services.pulls_trouble import Way, verdict, wait_s
from tests.support.blob_contents import MIB, Content
from tests.support.pulls_desk import pulls_desk, slowly
from tests.support.scripted_pulls import MANIFEST, SUCCESS, VERIFYING, WRITING, ScriptedServer, Step, refused

SIZE = 3 * MIB
DIGEST = Content(bytes(SIZE)).digest()
LLAMA = parse_name("llama3.2")


def layer(completed: int, digest: str = DIGEST, total: int = SIZE) -> PullStep:
    return PullStep(f"pulling {digest[7:19]}", digest, total, completed)


@pytest.mark.parametrize(
    ("last", "phase"), [(VERIFYING, PullPhase.VERIFYING), (WRITING, PullPhase.INSTALLING)], ids=["verify", "write"]
)
def test_pl13_a_download_is_cancelled_while_it_is_verified_or_installed(
    tmp_path: Path, last: PullStep, phase: PullPhase
) -> None:
    server = ScriptedServer([[MANIFEST, layer(SIZE), last, asyncio.Event()], [MANIFEST, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server, models=tmp_path / "models") as desk:
            job = await desk.pulls.add("llama3.2")
            await desk.until(lambda: desk.job(job.id).phase is phase)
            await desk.pulls.cancel(job.id, keep_parts=False)
            assert server.closed == 1
            assert desk.pulls.jobs == () == await desk.store.all()
            again = await desk.pulls.add("llama3.2")
            await desk.reaches(again.id, PullState.FINISHED)

    asyncio.run(scenario())


def tls(reason: str) -> str:
    return f'pull model manifest: Get "https://registry.ollama.ai/v2/library/llama3.2/manifests/latest": tls: {reason}'


@pytest.mark.parametrize(
    ("words", "way", "said"),
    [
        (tls("failed to verify certificate: x509: certificate signed by unknown authority"), Way.FAIL, "certificate"),
        ('pull model manifest: Get "http://x": http: server gave HTTP response to HTTPS client', Way.FAIL, "TLS"),
        ("pull model manifest: file does not exist", Way.FAIL, "name and tag"),
        ("pull model manifest: unauthorized: access denied", Way.FAIL, "private"),
        ('pull model manifest: 403: {"error":"Access denied"}', Way.FAIL, "private"),
        ("pull model manifest: 429: too many", Way.NETWORK, "asks to wait"),
        ("pull model manifest: 412: The model you are attempting to pull requires a newer version of Ollama.", Way.FAIL,
         "newer"),
        ("pull model manifest: 503: no", Way.NETWORK, "cannot be reached"),
        ('pull model manifest: Get "https://x": dial tcp: lookup x: no such host', Way.NETWORK, "cannot be reached"),
        ("max retries exceeded: unexpected EOF", Way.NETWORK, "cannot be reached"),
        ("digest mismatch, file must be downloaded again: want sha256:1, got sha256:2", Way.MISFIT, ""),
        ("EOF", Way.PARTS, "EOF"),
        ("this model requires MLX support, but the MLX runtime is not available", Way.FAIL, "MLX"),
    ],
)  # fmt: skip
def test_pl14_pl16_the_words_of_real_servers_are_understood(words: str, way: Way, said: str) -> None:
    found = verdict(refused(words), LLAMA, looked_up=None)
    assert (found.way, said in found.reason) == (way, True), found.reason
    assert "disable" not in found.reason


def test_pl14_a_gated_model_of_hugging_face_is_told_how_to_be_had() -> None:
    error = refused('pull model manifest: 401: {"error":"Invalid username or password."}')
    found = verdict(error, parse_name("hf.co/a/b"), looked_up=None)
    assert (found.way, "HF_TOKEN" in found.reason) == (Way.FAIL, True)


def test_the_waits_grow_to_a_minute_and_not_less_than_a_registry_asks_for() -> None:
    assert 1.5 <= wait_s(1, 0.0) <= 2.5
    assert 45 <= wait_s(50, 0.0) <= 75
    assert wait_s(1, 100.0) >= 75


def test_other_errors_end_a_download_with_their_sentence() -> None:
    assert verdict(PullRefusedError("No."), LLAMA, looked_up=None).reason == "No."
    assert verdict(DiskFullError("Full."), LLAMA, looked_up=None).way is Way.SPACE


def test_pl16_a_certificate_that_is_not_trusted_ends_the_download_and_names_it(tmp_path: Path) -> None:
    server = ScriptedServer([[MANIFEST, refused(tls("failed to verify certificate: x509: unknown authority"))]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server) as desk:
            job = await desk.pulls.add("llama3.2")
            failed = await desk.reaches(job.id, PullState.FAILED)
            assert "certificate of registry.ollama.ai" in failed.reason
            assert [event.job for event in desk.seen.of(PullFailed)] == [failed]

    asyncio.run(scenario())


def test_pl17_a_registry_that_is_not_known_needs_consent_and_plain_http_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with pulls_desk(tmp_path, ScriptedServer([[SUCCESS]])) as desk:
            for ask in (desk.pulls.add, desk.pulls.look_up):
                with pytest.raises(ConsentNeededError, match=r"example\.org") as refusal:
                    await ask("example.org/a/b")
                assert refusal.value.host == "example.org"
                with pytest.raises(RegistryError, match="without encryption"):
                    await ask("http://example.org/a/b", consented=True)
            assert desk.pulls.jobs == ()

    asyncio.run(scenario())


def test_the_list_refuses_what_cannot_be_done_with_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with pulls_desk(tmp_path, ScriptedServer([[SUCCESS]]), state=ServerState.STOPPED) as desk:
            job = await desk.pulls.add("llama3.2")
            with pytest.raises(PullRefusedError, match="not over"):
                await desk.pulls.dismiss(job.id)
            for wish in (desk.pulls.pause, desk.pulls.resume, desk.pulls.retry, desk.pulls.dismiss):
                with pytest.raises(PullRefusedError, match="no longer"):
                    await wish(job.id + 1)
            await desk.pulls.pause(job.id)
            desk.server_is(ServerState.READY)
            other = await desk.pulls.add("other")
            await desk.reaches(other.id, PullState.FINISHED)
            assert desk.job(job.id).state is PullState.PAUSED
            assert not desk.pulls.is_pulling("llama3.2")
            await desk.pulls.resume(other.id)  # it is whole
            assert desk.job(other.id).state is PullState.FINISHED

    asyncio.run(scenario())


def test_waiting_for_the_network_can_be_cut_short(tmp_path: Path) -> None:
    offline: list[Step] = [MANIFEST, refused("pull model manifest: dial tcp: no such host")]
    server = ScriptedServer([offline, [MANIFEST, SUCCESS]])

    async def scenario() -> None:
        async with pulls_desk(tmp_path, server, rhythm=slowly(wait_s=600.0)) as desk:
            job = await desk.pulls.add("llama3.2")
            await desk.reaches(job.id, PullState.WAITING)
            await desk.pulls.resume(job.id)
            await desk.reaches(job.id, PullState.FINISHED)

    asyncio.run(scenario())


def test_an_error_that_nobody_foresaw_is_still_a_sentence() -> None:
    class OddError(DeskError):
        """Of a later version."""

    assert verdict(OddError("Odd."), LLAMA, looked_up=None).way is Way.FAIL

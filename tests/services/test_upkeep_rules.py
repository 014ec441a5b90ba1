"""What the upkeep of a models folder keeps its hands off, and what it says."""

from dataclasses import replace
from datetime import UTC, datetime

from ollama_desk.domain.pulls import LayerProgress, PullJob, PullState
from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus
from ollama_desk.domain.upkeep import DiskUse, ModelUse, StoredLayer
from ollama_desk.services.upkeep_rules import awaited_digests, kept_digests, key_of, refusal, unseen_because

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
JOB = PullJob(1, "m", PullState.RUNNING, NOW)


def test_why_a_folder_cannot_be_seen() -> None:
    away = ServerStatus(ServerState.EXTERNAL, address=ServerAddress("10.0.0.7"))
    assert "on another machine" in unseen_because(away)
    assert "does not tell where" in unseen_because(ServerStatus(ServerState.EXTERNAL))
    assert "does not answer" in unseen_because(ServerStatus(ServerState.CONFLICT))


def test_a_download_that_nobody_knows_yet_is_waited_for() -> None:
    ready = ServerStatus(ServerState.READY)
    assert "just beginning" in refusal(ready, shared_with="", imports=(), pulls=(JOB,), is_moving=False)
    waiting = replace(JOB, state=PullState.PAUSED)
    assert refusal(ready, shared_with="", imports=(), pulls=(waiting,), is_moving=False) == ""


def test_what_downloads_need_is_kept_until_they_are_finished() -> None:
    layers = (LayerProgress(ONE, 10),)
    for state in PullState:
        kept = kept_digests((replace(JOB, state=state, layers=layers),))
        assert kept == (frozenset() if state is PullState.FINISHED else {ONE})


def test_of_a_download_that_was_not_looked_up_yet_all_files_of_its_model_are_awaited() -> None:
    use = DiskUse("/models", (ModelUse("m:latest", 0, 0, NOW, (StoredLayer(TWO, "", 1, None),)),))
    assert awaited_digests(use, (JOB,)) == {TWO}
    assert awaited_digests(use, (replace(JOB, name="other"),)) == frozenset()


def test_what_is_no_name_means_itself() -> None:
    assert key_of("M:Latest") == key_of("m")
    assert key_of("no name!") == "no name!"

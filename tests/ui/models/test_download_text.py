"""Downloads in words: amounts, speed, time left, states, and what a name stands for."""

from dataclasses import replace

import pytest

from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import LayerProgress, PullPhase, PullState
from ollama_desk.domain.server import ServerKind
from ollama_desk.ui.models.download_columns import layer_columns, layer_kind
from ollama_desk.ui.models.download_text import (
    Summary,
    amount_text,
    fraction,
    progress_text,
    state_text,
    state_tone,
    state_words,
    summary,
    summary_text,
)
from ollama_desk.ui.models.offer_text import facts, licence_title, mark_text, refusal, room_text
from ollama_desk.ui.models.tellings import installed
from ollama_desk.ui.theme import Theme
from tests.support.pull_desk import GB, OFFER, pull_job

pytestmark = pytest.mark.usefixtures("theme")  # texts are translated by the application


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [
        (3_200_000_000, 4_700_000_000, "3.2 of 4.7 GB"),
        (0, 4_700_000_000, "0 of 4.7 GB"),
        (3_200_000_000, 40 * GB, "3.2 of 40 GB"),
        (12 * GB, 40 * GB, "12 of 40 GB"),
        (999, 999, "999 of 999 B"),
        (5 * GB, 4 * GB, "4.0 of 4.0 GB"),
        (700, 0, "700 B"),
        (0, 0, ""),
    ],
)
def test_amounts_stand_in_one_unit(done: int, total: int, words: str) -> None:
    assert amount_text(done, total) == words


def test_a_running_download_tells_amount_speed_and_time_left() -> None:
    job = pull_job(1, total_bytes=4_700_000_000, completed_bytes=3_200_000_000, bytes_per_s=24e6, left_s=63)
    assert progress_text(job) == "3.2 of 4.7 GB · 24 MB/s · 1 min left"
    assert progress_text(replace(job, bytes_per_s=0, left_s=None)) == "3.2 of 4.7 GB"
    assert progress_text(replace(job, is_stalled=True)) == "3.2 of 4.7 GB · nothing has come for a while"
    assert progress_text(replace(job, is_refetching=True)) == "3.2 of 4.7 GB · fetching a part again"
    assert progress_text(replace(job, phase=PullPhase.VERIFYING)) == "3.2 of 4.7 GB"


def test_what_does_not_run_says_why_or_how_far_it_came() -> None:
    job = pull_job(1, total_bytes=2 * GB, completed_bytes=GB, reason="The disk is\nfull.")
    assert progress_text(replace(job, state=PullState.FAILED)) == "The disk is full."
    assert progress_text(replace(job, state=PullState.WAITING)) == "The disk is full."
    assert progress_text(replace(job, state=PullState.WAITING, reason="")) == "1.0 of 2.0 GB"
    assert progress_text(replace(job, state=PullState.PAUSED)) == "1.0 of 2.0 GB"
    assert progress_text(replace(job, state=PullState.FINISHED)) == "2.0 GB"
    assert progress_text(pull_job(2, state=PullState.QUEUED)) == ""


@pytest.mark.parametrize("state", PullState)
def test_every_state_has_a_word_and_a_tone(state: PullState) -> None:
    job = pull_job(1, state=state)
    assert state_text(job) in state_words()
    assert state_tone(job)
    assert state_tone(replace(job, is_stalled=True)) == ("warning" if state is PullState.RUNNING else state_tone(job))


@pytest.mark.parametrize("phase", PullPhase)
def test_a_running_download_is_called_by_its_phase(phase: PullPhase) -> None:
    assert state_text(pull_job(1, phase=phase)) in state_words()


def test_a_bar_is_never_more_than_full() -> None:
    assert fraction(pull_job(1)) == 0
    assert fraction(pull_job(1, total_bytes=4, completed_bytes=8)) == 1
    assert fraction(pull_job(1, state=PullState.FINISHED)) == 1


def test_all_downloads_together_are_those_that_go_on_by_themselves() -> None:
    jobs = [
        pull_job(1, total_bytes=100, completed_bytes=43),
        pull_job(2, state=PullState.QUEUED),
        pull_job(3, state=PullState.PAUSED, total_bytes=100),
        pull_job(4, state=PullState.FINISHED, total_bytes=100, completed_bytes=100),
    ]
    assert summary(jobs) == Summary(2, 43)
    assert summary([pull_job(1)]) == Summary(1, None)
    assert summary(jobs[2:]) == Summary(0, None)
    assert summary_text(summary(jobs)).endswith("· 43 %")
    assert summary_text(Summary(0)) == ""


@pytest.mark.parametrize(
    ("media_type", "words"),
    [
        ("application/vnd.ollama.image.model", "Weights"),
        ("application/vnd.docker.container.image.v1+json", "Facts"),
        ("application/x.new", "new"),
        ("", "Layer"),
    ],
)
def test_a_layer_is_called_by_what_it_is(media_type: str, words: str) -> None:
    layer = LayerProgress("sha256:" + "a" * 64, 10, 5, media_type)
    assert layer_kind(layer) == words
    assert [column.cell(layer).text for column in layer_columns()] == [words, "a" * 12, "5 of 10 B"]


def test_an_offer_tells_the_facts_that_are_known() -> None:
    told = dict(facts(OFFER))
    assert told["Size"] == "4.7 GB"
    assert told["Digest"] == "f" * 12
    assert told["Layers"] == "3 (Weights, Licence, Facts)"
    assert "To download" not in told
    assert dict(facts(replace(OFFER, missing_bytes=GB, family="")))["To download"] == "1.0 GB"
    assert "Family" not in dict(facts(replace(OFFER, family="")))
    assert licence_title(OFFER) == "LLAMA COMMUNITY LICENSE"


def test_room_is_told_with_what_is_needed_and_where() -> None:
    assert room_text(OFFER) == "Fits the disk: 4.7 GB needed, 120 GB free in /home/anna/models"
    assert room_text(replace(OFFER, free_bytes=GB)).startswith("Does not fit the disk: 4.7 GB needed, 1.0 GB free")
    assert "not known" in room_text(replace(OFFER, free_bytes=None))


def test_a_download_is_refused_only_for_a_reason() -> None:
    def why(offer: object = OFFER, server: ServerKind = ServerKind.BUILT_IN, *jobs: object) -> str:
        return refusal(offer, name="x", server=server, jobs=jobs)  # type: ignore[arg-type] # short for a table

    assert why() == ""
    assert "installed" in why(replace(OFFER, is_installed=True))
    assert "GGUF" in why(replace(OFFER, has_weights=False))
    assert why(replace(OFFER, has_weights=False), ServerKind.OLLAMA) == ""
    assert why(replace(OFFER, free_bytes=GB)).startswith("3.7 GB more")
    assert "already" in why(OFFER, ServerKind.OLLAMA, pull_job(1, "x"))
    assert "already" in why(OFFER, ServerKind.OLLAMA, pull_job(1, "library/X:latest"))
    assert why(OFFER, ServerKind.OLLAMA, pull_job(1, "x", PullState.FINISHED)) == ""


def test_an_offer_is_marked_where_something_like_it_is_installed(theme: Theme) -> None:
    assert mark_text(OFFER) == ""
    assert mark_text(replace(OFFER, is_installed=True)) == "Installed"
    assert mark_text(replace(OFFER, is_update=True)).startswith("Update")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("llama3.2", "llama3.2:latest"),
        ("LLAMA3.2:3b", "llama3.2:3b"),
        ("library/llama3.2:3b", "llama3.2:3b"),
        ("registry.ollama.ai/library/llama3.2", "llama3.2:latest"),
        ("box:5000/a/b", "box:5000/a/b:latest"),
        ("other", ""),
    ],
)
def test_a_download_is_known_again_among_the_installed_models(name: str, found: str) -> None:
    models = [Model("llama3.2:latest"), Model("llama3.2:3b"), Model("box:5000/a/b:latest")]
    model = installed(name, models)
    assert (model.name if model else "") == found

"""Lines of servers folded into one number that never falls, and the pace at which bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.domain.models import PullStep
from ollama_desk.domain.pull_progress import STALLED_AFTER_S, WHOLE_MODEL, Pace, Progress
from ollama_desk.domain.pulls import LayerProgress, PullPhase
from tests.support.recordings import GENERATIONS, recordings

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
STEPS = st.builds(
    PullStep,
    status=st.sampled_from(["pulling manifest", "pulling aaaa", "verifying sha256 digest", "writing manifest", "?"]),
    digest=st.sampled_from(["", A, "a" * 64, B, "model"]),
    total_bytes=st.integers(-5, 2_000),
    completed_bytes=st.integers(-5, 3_000),
)
LAYERS = st.lists(
    st.builds(LayerProgress, digest=st.sampled_from([A, B]), total_bytes=st.integers(0, 1_000)),
    unique_by=lambda layer: layer.digest,
)


NOTHING = Progress()


def fold(steps: list[PullStep], progress: Progress = NOTHING) -> Progress:
    for step in steps:
        progress = progress.after(step)
    return progress


@given(layers=LAYERS, steps=st.lists(STEPS, max_size=60))
def test_pl08_whatever_the_lines_the_bar_never_falls_and_never_passes_its_total(
    layers: list[LayerProgress], steps: list[PullStep]
) -> None:
    progress = Progress().expecting(layers)
    for step in steps:
        before, progress = progress, progress.after(step)
        assert 0 <= progress.completed_bytes <= progress.total_bytes
        assert progress.completed_bytes >= before.completed_bytes
        assert progress.total_bytes >= before.total_bytes
    whole = progress.whole()
    assert whole.completed_bytes == whole.total_bytes == progress.total_bytes


@given(steps=st.lists(STEPS, max_size=30), layers=LAYERS)
def test_what_has_come_stays_when_the_manifest_is_known_later(
    steps: list[PullStep], layers: list[LayerProgress]
) -> None:
    before = fold(steps)
    come = {layer.digest: layer.completed_bytes for layer in before.layers}
    after = before.expecting(layers)
    assert after.completed_bytes <= after.total_bytes
    for layer in after.layers:
        assert layer.completed_bytes == min(layer.total_bytes, come.get(layer.digest, 0))


@given(steps=st.lists(STEPS, max_size=40), pauses=st.lists(st.floats(0, 60, allow_nan=False), min_size=40, max_size=40))
def test_the_pace_is_never_negative_and_time_left_is_a_number_or_unknown(
    steps: list[PullStep], pauses: list[float]
) -> None:
    now, pace = 100.0, Pace(100.0)
    for step, pause in zip(steps, pauses, strict=False):
        now += pause
        pace.take(step, now)
        assert pace.bytes_per_s(now) >= 0
        left = pace.left_s(1_000, now)
        assert left is None or left >= 0


@pytest.mark.parametrize("generation", GENERATIONS)
def test_pl08_the_lines_of_real_servers_end_whole(generation: str) -> None:
    streams = [each for each in recordings(generation) if each.path == "/api/pull" and each.status == 200]
    assert len(streams) > 5
    for stream in streams:
        lines = [line for line in stream.objects if "status" in line]
        steps = [
            PullStep(line["status"], line.get("digest", ""), line.get("total", 0), line.get("completed", 0))
            for line in lines
        ]
        progress = fold(steps)
        assert progress.completed_bytes <= progress.total_bytes
        if steps[-1].status == "success":
            assert progress.whole().layers == progress.layers or generation == "v0.33.0-rc2"
            assert progress.phase is PullPhase.INSTALLING


def test_pl08_a_layer_that_is_fetched_again_keeps_its_bar_and_says_so() -> None:
    progress = Progress().expecting([LayerProgress(A, 100)])
    progress = fold([PullStep("pulling", A, 100, 60), PullStep("pulling", A, 100, 20)], progress)
    assert (progress.completed_bytes, progress.is_refetching) == (60, True)
    progress = progress.after(PullStep("pulling", A, 100, 61))
    assert (progress.completed_bytes, progress.is_refetching) == (61, False)


def test_a_server_that_tells_of_the_whole_model_at_once_has_the_manifests_total() -> None:
    progress = Progress().expecting([LayerProgress(A, 60), LayerProgress(B, 40)])
    progress = fold(
        [PullStep("pulling model", WHOLE_MODEL, 100), PullStep("pulling model", WHOLE_MODEL, 100, 30)], progress
    )
    assert (progress.total_bytes, progress.completed_bytes, len(progress.layers)) == (100, 30, 1)
    again = progress.expecting([LayerProgress(A, 60), LayerProgress(B, 40)])
    assert (again.total_bytes, again.completed_bytes) == (100, 30)


def test_the_pace_is_that_of_the_last_ten_seconds() -> None:
    pace = Pace(0.0)
    pace.take(PullStep("pulling", A, 10_000, 500), 0.0)  # was there before
    for second in range(1, 21):
        pace.take(PullStep("pulling", A, 10_000, 500 + 100 * second), float(second))
    assert pace.bytes_per_s(20.0) == pytest.approx(100)
    assert pace.left_s(1_000, 20.0) == pytest.approx(10)
    for second in range(21, 40):
        pace.take(PullStep("pulling", A, 10_000, 2_500), float(second))
    assert pace.bytes_per_s(39.0) == 0
    assert pace.left_s(1_000, 39.0) is None


def test_what_was_on_the_disk_already_is_not_speed() -> None:
    pace = Pace(0.0)
    pace.take(PullStep("pulling", A, 1_000, 1_000), 1.0)
    pace.take(PullStep("pulling", B, 1_000, 400), 1.0)
    pace.take(PullStep("pulling", B, 1_000, 500), 2.0)
    assert pace.bytes_per_s(2.0) == pytest.approx(50)


def test_a_part_that_is_fetched_again_counts_as_what_comes() -> None:
    pace = Pace(0.0)
    for now, completed in ((0.0, 0), (1.0, 100), (2.0, 40), (3.0, 140)):
        pace.take(PullStep("pulling", A, 1_000, completed), now)
    assert pace.bytes_per_s(4.0) == pytest.approx(200 / 4)


def test_lines_that_repeat_are_a_stall_after_half_a_minute() -> None:
    pace = Pace(0.0)
    line = PullStep("pulling", A, 1_000, 10)
    pace.take(line, 5.0)
    for second in range(6, 34):
        pace.take(line, float(second))
    assert not pace.is_stalled(5.0 + STALLED_AFTER_S - 0.1)
    assert pace.is_stalled(5.0 + STALLED_AFTER_S)
    pace.take(PullStep("pulling", A, 1_000, 11), 36.0)
    assert not pace.is_stalled(37.0)

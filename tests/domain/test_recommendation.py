"""Which model is recommended: hand-computed for the machines that people have, and what holds for every machine."""

from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.catalogue import Catalogue, CatalogueEntry, CatalogueSize, Task
from ollama_desk.domain.fit import GpuMemory, MachineMemory, Verdict, default_context
from ollama_desk.domain.recommendation import (
    WITH_GPU,
    WITHOUT_GPU,
    Recommendation,
    Why,
    estimate,
    recommend,
    usual_context,
)
from ollama_desk.hardware.memory import unified
from ollama_desk.services.catalogue import read_catalogue

GB, GIB = 1_000_000_000, 1 << 30
BUSY_BYTES = GIB // 2  # of a GPU, for the desktop


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue(Path(resource("catalogue.toml")))


def machine(ram_gb: float, free_gb: float, *gpus_gib: float) -> MachineMemory:
    gpus = tuple(GpuMemory(int(each * GIB), int(each * GIB) - BUSY_BYTES) for each in gpus_gib)
    return MachineMemory(gpus, int(ram_gb * GB), int(free_gb * GB))


def found(catalogue: Catalogue, at: MachineMemory, task: Task = Task.CHAT) -> Recommendation:
    recommended = recommend(catalogue, machine=at, task=task)
    assert recommended is not None
    return recommended


# The sums, in GB: weights + 4 096 or more tokens x cache x 2 bytes + 0.54 for buffers + 0.07 for the process, and on a
# GPU 0.48 that is its own. Cache of a token: Llama 3.2 1B 33 kB and 3B 115 kB, Qwen3 8B 147 kB, 14B 164 kB, 30B 98 kB.


def test_a_laptop_of_4_gb_without_a_gpu_gets_the_smallest_that_talks(catalogue: Catalogue) -> None:
    """1.3 + 0.13 + 0.60 = 2.04 of 2.6 - 0.5; the 3B would need 3.07."""
    one = found(catalogue, machine(4, 2.6))
    assert (one.name, one.why, one.context) == ("llama3.2:1b", Why.QUICK_ON_CPU, 4096)
    assert one.fit.need_bytes == pytest.approx(2.04 * GB, rel=0.01)


def test_a_laptop_of_8_gb_gets_what_is_quick_without_a_gpu(catalogue: Catalogue) -> None:
    """2.0 + 0.94 + 0.60 = 3.54 with 8k of 4.5 - 0.5; with 16k it would be 4.48."""
    one = found(catalogue, machine(8, 4.5))
    assert (one.name, one.why, one.context) == ("llama3.2:3b", Why.QUICK_ON_CPU, 8192)


def test_much_memory_without_a_gpu_does_not_make_a_slow_model_the_first(catalogue: Catalogue) -> None:
    one = found(catalogue, machine(64, 55))
    assert (one.name, one.why) == ("llama3.2:3b", Why.QUICK_ON_CPU)


def test_a_small_gpu_helps_a_model_that_is_quick_anyway(catalogue: Catalogue) -> None:
    """On 2 GiB no more than the 0.6B would fit whole."""
    one = found(catalogue, machine(16, 10, 2))
    assert (one.name, one.why) == ("llama3.2:3b", Why.PARTLY_GPU)


def test_a_gpu_of_8_gib_holds_8_billion_parameters(catalogue: Catalogue) -> None:
    """5.2 + 1.21 + 0.60 + 0.48 = 7.49 with 8k, of 8.05; with 16k it would be 8.7."""
    one = found(catalogue, machine(16, 10, 8))
    assert (one.name, one.why, one.context) == ("qwen3:8b", Why.FITS_GPU, 8192)


def test_a_gpu_of_12_gib_holds_14_billion(catalogue: Catalogue) -> None:
    """9.3 + 1.34 + 0.60 + 0.48 = 11.7 of 12.3."""
    one = found(catalogue, machine(32, 20, 12))
    assert (one.name, one.why, one.context) == ("qwen3:14b", Why.FITS_GPU, 8192)


def test_a_gpu_of_24_gib_holds_a_mixture_of_experts_with_the_context_that_ollama_gives_there(
    catalogue: Catalogue,
) -> None:
    """19 + 3.2 + 0.60 + 0.48 = 23.3 with 32k, of 25.2; the 32B would need 8.6 for the same context."""
    one = found(catalogue, machine(64, 50, 24))
    assert (one.name, one.why, one.context) == ("qwen3:30b", Why.FITS_GPU, 32_768)


def test_a_gpu_of_80_gib_holds_the_largest_with_all_its_context(catalogue: Catalogue) -> None:
    """20 + 10.7 + 0.60 + 0.48 = 31.8 with 40k, which is what it was made for."""
    one = found(catalogue, machine(128, 90, 80))
    assert (one.name, one.why, one.context) == ("qwen3:32b", Why.FITS_GPU, 40_960)


def test_two_gpus_hold_together_what_one_does_not(catalogue: Catalogue) -> None:
    """Each layer is 0.26; on each GPU 6.97 are left: 26 layers, and the model has 41 with its output."""
    one = found(catalogue, machine(32, 20, 8, 8))
    assert (one.name, one.why) == ("qwen3:14b", Why.FITS_GPU)


def test_a_mac_of_16_gb_lends_its_gpu_what_is_free(catalogue: Catalogue) -> None:
    """7.0 of 9.0 - 0.5 - 0.54; Metal would let a program have 11.5."""
    one = found(catalogue, unified(16 * GIB, 9 * GB))
    assert (one.name, one.why, one.context) == ("qwen3:8b", Why.FITS_GPU, 8192)


def test_a_mac_of_64_gb_holds_32_billion(catalogue: Catalogue) -> None:
    one = found(catalogue, unified(64 * GIB, 45 * GB))
    assert (one.name, one.why, one.context) == ("qwen3:32b", Why.FITS_GPU, 40_960)


def test_where_the_memory_is_not_known_something_small_is_recommended_and_nothing_promised(
    catalogue: Catalogue,
) -> None:
    for unknown in (MachineMemory(), MachineMemory((GpuMemory(0, 0),), 64 * GB, 50 * GB)):
        one = found(catalogue, unknown)
        assert (one.name, one.why, one.context) == ("llama3.2:3b", Why.NOT_KNOWN, 0)


def test_where_nothing_runs_nothing_is_recommended(catalogue: Catalogue) -> None:
    assert recommend(catalogue, machine=machine(1, 0.6)) is None


def test_the_disk_counts_and_is_named_where_it_decides(catalogue: Catalogue) -> None:
    at = machine(16, 10, 8)
    held = recommend(catalogue, machine=at, disk_free_bytes=4 * GB)
    assert held is not None
    assert (held.name, held.is_held_by_disk) == ("qwen3:4b", True)
    free = recommend(catalogue, machine=at, disk_free_bytes=400 * GB)
    assert free is not None
    assert (free.name, free.is_held_by_disk) == ("qwen3:8b", False)
    assert recommend(catalogue, machine=at, disk_free_bytes=100_000_000) is None


def test_each_task_has_its_own_families(catalogue: Catalogue) -> None:
    at = machine(32, 20, 12)
    names = {task: found(catalogue, at, task).name for task in Task}
    assert names == {
        Task.CHAT: "qwen3:14b",
        Task.CODE: "qwen2.5-coder:14b",
        Task.REASONING: "qwen3:14b",
        Task.VISION: "qwen3-vl:8b",
        Task.TOOLS: "qwen3:14b",
        Task.EMBEDDING: "embeddinggemma:300m",
    }


def test_the_families_that_are_preferred_are_in_the_catalogue_and_for_their_task(catalogue: Catalogue) -> None:
    tasks = {entry.name: entry.tasks for entry in catalogue.entries}
    for order in (WITH_GPU, WITHOUT_GPU):
        for task, names in order.items():
            assert all(task in tasks[name] for name in names), task


def test_what_is_recommended_runs_by_the_estimate_on_every_machine(catalogue: Catalogue) -> None:
    for ram in (1, 2, 3, 4, 6, 8, 16, 32, 64):
        for gpus in ((), (2,), (4,), (6,), (11,), (24,), (48,), (8, 8), (24, 24)):
            for task in Task:
                at = machine(ram, ram * 0.6, *gpus)
                one = recommend(catalogue, machine=at, task=task)
                if one is not None:
                    told = estimate(one.size, machine=at, context=one.context).verdict
                    assert told in (Verdict.FITS_GPU, Verdict.PARTLY_CPU, Verdict.FITS_MEMORY_SLOW)
                    assert (told is Verdict.FITS_GPU) == (one.why is Why.FITS_GPU)
                    assert task in one.entry.tasks


@pytest.mark.parametrize("task", Task)
def test_more_memory_never_makes_the_model_of_a_family_smaller(catalogue: Catalogue, task: Task) -> None:
    ways = [
        [machine(step / 4, step / 4 * 0.7) for step in range(2, 160)],
        [machine(16, 10, step / 4) for step in range(4, 400)],
        [machine(16, 10, step / 4, 8) for step in range(4, 200)],
        [unified(step * GIB // 2, step * GIB // 3) for step in range(4, 300)],
    ]
    for way in ways:
        largest = dict[str, int]()
        for at in way:
            one = recommend(catalogue, machine=at, task=task)
            if one is not None:
                assert one.size.parameters >= largest.get(one.entry.name, 0), (one.title, at)
                largest[one.entry.name] = one.size.parameters


def test_the_context_that_is_wanted_reaches_what_ollama_gives_without_a_step() -> None:
    for total in (23, 24, 46):
        assert usual_context(machine(16, 10, total)) == default_context(machine(16, 10, total))
    whole, below = machine(16, 10, 23), machine(16, 10, 22.99)
    assert 0 <= usual_context(whole) - usual_context(below) < 50
    assert usual_context(machine(16, 10)) == usual_context(machine(16, 10, 16)) == 8192
    assert usual_context(machine(16, 10, 640)) == 32_768


def test_of_what_nothing_quick_runs_the_smallest_is_recommended() -> None:
    sizes = (CatalogueSize("9B", "one:9b", parameters=9 * GB, size_bytes=5 * GB),)
    large = (CatalogueSize("20B", "two:20b", parameters=20 * GB, size_bytes=12 * GB),)
    entries = tuple(
        CatalogueEntry(name, "", {"en": "."}, frozenset({Task.CHAT}), each, "")
        for name, each in (("Two", large), ("One", sizes))
    )
    one = found(Catalogue(entries), machine(32, 20))
    assert (one.name, one.why, one.title) == ("one:9b", Why.SMALLEST, "One 9B")

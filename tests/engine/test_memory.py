"""What a model will take is reckoned from its header, and compared with what the machine has."""

from pathlib import Path

import pytest

from ollama_desk.engine.available import available_bytes, mapped_bytes
from ollama_desk.engine.memory import PROCESS_BYTES, footprint_of, shown_bytes, too_large
from ollama_desk.registry.gguf import GgufHeader, Value
from ollama_desk.registry.gguf_bytes import GgufArray

MIB = 1 << 20


def header(architecture: str, **more: Value) -> GgufHeader:
    told: dict[str, Value] = {"general.architecture": architecture}
    told.update({f"{architecture}.{name.replace('__', '.')}": value for name, value in more.items()})
    return GgufHeader(3, told, ())


def llama(**more: Value) -> GgufHeader:
    """Llama 3.1 8B: 32 layers, 32 heads that share 8 keys and values of 128 numbers."""
    return header(
        "llama",
        block_count=32,
        embedding_length=4096,
        feed_forward_length=14336,
        attention__head_count=32,
        **{"attention__head_count_kv": 8, **more},
    )


def test_the_cache_of_a_known_model_has_its_known_size() -> None:
    footprint = footprint_of(llama(), 0)
    small, large = footprint.need_bytes(n_ctx=4096), footprint.need_bytes(n_ctx=8192)
    assert large - small == 512 * MIB


def test_every_slot_has_a_cache_of_its_own_and_packing_halves_it() -> None:
    footprint = footprint_of(llama(), 0)

    def cache_bytes(slots: int, cache: str) -> int:
        return footprint.need_bytes(n_ctx=4096, slots=slots, cache=cache) - footprint.need_bytes(n_ctx=0)

    assert cache_bytes(2, "f16") == 2 * cache_bytes(1, "f16")
    assert cache_bytes(2, "q8_0") == cache_bytes(2, "f16") * 17 // 32
    assert cache_bytes(2, "q4_0") == cache_bytes(2, "f16") * 9 // 32


def test_layers_with_a_window_keep_no_more_than_that() -> None:
    window = {"attention.sliding_window": 1024}
    plain = header("gemma3", block_count=12, embedding_length=1024, attention__head_count=4)
    told = GgufHeader(3, {**plain.metadata, **{f"gemma3.{key}": value for key, value in window.items()}}, ())
    whole, cut = footprint_of(plain, 0), footprint_of(told, 0)
    assert (cut.cache_width * 6, cut.cache_width + cut.window_width) == (whole.cache_width, whole.cache_width)
    assert cut.need_bytes(n_ctx=65536) < whole.need_bytes(n_ctx=65536) / 2


def test_keys_that_differ_by_layer_are_added_up() -> None:
    shared = footprint_of(llama(attention__head_count_kv=GgufArray(32, (8,) * 16 + (0,) * 16)), 0)
    assert shared.cache_width * 2 == footprint_of(llama(), 0).cache_width


@pytest.mark.parametrize("value", [GgufArray(200), "eight", True])
def test_a_header_that_does_not_say_is_reckoned_with_all_heads(value: Value) -> None:
    assert (
        footprint_of(llama(attention__head_count_kv=value), 0).cache_width >= footprint_of(llama(), 0).cache_width / 8
    )


def test_a_header_that_says_nothing_costs_its_weights_and_a_process() -> None:
    assert footprint_of(header("unheard"), 7).need_bytes(n_ctx=4096) == 7 + PROCESS_BYTES


def test_a_refusal_has_ollamas_words_and_figures() -> None:
    assert too_large(int(5.25 * 2**30), 900 * MIB) == (
        "model requires more system memory (5.2 GiB) than is available (900.0 MiB)"
    )
    assert [shown_bytes(count) for count in (-3, 12, 2048, 3 << 40)] == ["0 B", "12 B", "2.0 KiB", "3.0 TiB"]


def machine(root: Path, meminfo: str, cgroup: str = "", groups: dict[str, tuple[str, str, str]] | None = None) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(meminfo)
    (root / "proc/self/cgroup").write_text(cgroup)
    for name, (limit, used, stat) in (groups or {}).items():
        group = root / "sys/fs/cgroup" / name
        group.mkdir(parents=True, exist_ok=True)
        for file, text in (("memory.max", limit), ("memory.current", used), ("memory.stat", stat)):
            (group / file).write_text(text)
    return root


MEMINFO = "MemTotal: 8000000 kB\nMemAvailable:    4000 kB\nSwapFree: 1000 kB\nHugePages_Total:  0\n"


def test_available_is_what_linux_says_with_the_swap(tmp_path: Path) -> None:
    assert available_bytes(machine(tmp_path, MEMINFO)) == 5000 * 1024


def test_a_container_has_no_more_than_its_groups_allow(tmp_path: Path) -> None:
    groups = {
        "a/b": ("max\n", "1\n", ""),
        "a": ("3000000\n", "2500000\n", "inactive_file 100000\nactive_file 0\nanon 5\n"),
        "c": ("1\n", "0\n", ""),
    }
    assert available_bytes(machine(tmp_path, MEMINFO, "0::/a/b\n", groups)) == 600000


def test_a_full_container_has_nothing_left(tmp_path: Path) -> None:
    assert available_bytes(machine(tmp_path, MEMINFO, "0::/a\n", {"a": ("10", "20", "")})) == 0


def test_a_system_that_does_not_say_is_not_guessed_at(tmp_path: Path) -> None:
    assert available_bytes(tmp_path) is None
    assert mapped_bytes(1, tmp_path) == 0


def test_this_machine_has_memory_and_this_process_has_files_in_it() -> None:
    available = available_bytes()
    assert available is not None
    assert available > MIB
    own = next(Path("/proc").glob("self/status")).read_text()
    pid = int(next(line for line in own.splitlines() if line.startswith("Pid:")).split()[1])
    assert mapped_bytes(pid) > MIB

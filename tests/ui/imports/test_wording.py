"""What is said of a file and of its import."""

from pathlib import Path

import pytest

from ollama_desk.domain.imports import ImportOffer, ImportState
from ollama_desk.ui.imports.wording import (
    facts_text,
    file_text,
    place_text,
    progress_text,
    room_text,
    state_text,
    title_text,
)
from tests.support.offers import GIGABYTE, job, offer


def test_the_facts_are_those_that_the_file_tells() -> None:
    assert facts_text(offer()) == "llama · 3.2B · Q4_K_M · 128k context · 2.0 GB"
    bare = ImportOffer((Path("/a b.gguf"),), None, "a", 5, architecture="unknown", quantization="unknown")
    assert facts_text(bare) == "5 B"
    assert title_text(bare) == "a b.gguf"


def test_parts_are_counted() -> None:
    parts = (Path("/x-00001-of-00002.gguf"), Path("/x-00002-of-00002.gguf"))
    assert file_text(offer(files=parts)).endswith("/x-00001-of-00002.gguf")
    assert file_text(offer(files=parts)) != str(parts[0])


def test_it_is_said_where_the_file_goes_and_what_that_needs() -> None:
    assert place_text(offer(), "") == "The file is copied to /models. This needs 2.0 GB; 50 GB are free."
    assert place_text(offer(free_bytes=None), "host:1") == "The file is sent to the server at host:1."
    assert room_text(offer()) == room_text(offer(free_bytes=None)) == ""
    shared = "The disk shares the bytes with /models: no copy is needed."
    assert place_text(offer(copy_bytes=0, free_bytes=1), "") == shared
    assert room_text(offer(copy_bytes=0, free_bytes=1)) == ""
    full = "There is no room for a copy: it needs 2.0 GB, and the disk has %1 left."
    assert room_text(offer(free_bytes=GIGABYTE)) == full.replace("%1", "1.0 GB")
    assert room_text(offer(free_bytes=0)) == full.replace("%1", "0 B")


def test_progress_has_amounts_speed_and_time_left() -> None:
    half = job(ImportState.COPYING, done=GIGABYTE, speed=GIGABYTE / 50)
    assert progress_text(half) == "1.0 GB of 2.0 GB · 20 MB/s · 50 s left"
    assert progress_text(job(ImportState.COPYING)) == "0 B of 2.0 GB"
    assert progress_text(job(ImportState.QUEUED)) == ""
    assert progress_text(job(ImportState.CREATING, total=0)) == ""


@pytest.mark.parametrize("state", list(ImportState))
def test_every_state_has_words(state: ImportState) -> None:
    assert state_text(job(state)).endswith(("…", "."))

"""Chats, settings and the log on a disk that is full or read-only: a sentence each, nothing lost, and a steady loop."""

from pathlib import Path

import pytest

from tests.support.cramped import can_mount, on_small_disk

pytestmark = pytest.mark.skipif(not can_mount(), reason="a small disk of our own needs the right to mount one")


@pytest.mark.parametrize(
    "scenario",
    [
        "full_while_streaming",
        "full_until_leaving",
        "full_at_start",
        "full_while_repairing",
        "full_while_saving_settings",
        "full_while_logging",
    ],
)
def test_on_a_full_disk(tmp_path: Path, scenario: str) -> None:
    on_small_disk("tests.support.cramped_chats", scenario, tmp_path, size="16m")


@pytest.mark.parametrize("scenario", ["read_only", "read_only_desk"])
def test_os10_in_a_folder_that_cannot_be_written(tmp_path: Path, scenario: str) -> None:
    on_small_disk("tests.support.cramped_chats", scenario, tmp_path, size="32m")


@pytest.mark.parametrize("scenario", ["disk_that_fills", "disk_that_is_too_small"])
def test_a_move_to_a_disk_without_room(tmp_path: Path, scenario: str) -> None:
    on_small_disk("tests.support.cramped_moves", scenario, tmp_path, size="120m")

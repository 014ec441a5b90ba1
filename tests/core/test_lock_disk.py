"""A data folder on a read-only disk can be opened all the same."""

from pathlib import Path

import pytest

from tests.support.cramped import can_mount, on_small_disk

needs_disk = pytest.mark.skipif(not can_mount(), reason="a small disk of our own needs the right to mount one")


@needs_disk
@pytest.mark.parametrize("scenario", ["locking_read_only", "locking_read_only_without_a_file"])
def test_a_read_only_data_folder_is_taken_without_writing(tmp_path: Path, scenario: str) -> None:
    on_small_disk("tests.support.cramped_data", scenario, tmp_path, size="1m")

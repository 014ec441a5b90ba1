"""Pulls on a disk that is too small, or that fills on the way (PL-09, PL-10)."""

from pathlib import Path

import pytest

from tests.support.cramped import can_mount, on_small_disk

pytestmark = pytest.mark.skipif(not can_mount(), reason="a small disk of our own needs the right to mount one")


@pytest.mark.parametrize(
    "scenario", ["disk_that_fills", "disk_that_is_too_small", "disk_that_is_full_for_the_manifest"]
)
def test_a_full_disk_parks_the_pull_and_keeps_what_has_come(tmp_path: Path, scenario: str) -> None:
    on_small_disk("tests.support.cramped_pulls", scenario, tmp_path, size="32m")

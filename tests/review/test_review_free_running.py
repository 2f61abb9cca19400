"""An inspection reads from a take's index what no recording holds: when captures reached the host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.inspection.model import Inspection
from kinect_sync.review.inspection.rebuilding import rebuild
from kinect_sync.takes.index import FIELDS
from kinect_sync.takes.names import INDEX
from tests.review.sets import LEFT, MASTER, RIGHT, write_set

PULSES = 1500
FREE = replace(LEFT, drift_ppm=0, pulses=PULSES)
"""By its own clock a device that runs by itself is never late."""


def make_take(folder: Path) -> Path:
    """A take of a device that runs by itself and one that follows; the index has no host times."""
    filmed = (replace(MASTER, pulses=PULSES), FREE, replace(RIGHT, pulses=PULSES))
    rebuild(examine([write_set(folder, filmed)]))
    return folder


def add_host_times(folder: Path, late_ppm: dict[str, float]) -> None:
    """Let every capture reach the host 30 to 36 ms after its exposure."""
    heading, *rows = (folder / INDEX).read_text().splitlines()
    names = [word.rpartition(".")[0] for word in heading.split(",")[1 :: len(FIELDS)]]
    lines = [heading]
    for row in rows:
        cells = row.split(",")
        pulse = int(cells[0])
        for place, name in enumerate(names):
            exposed_us = pulse * 1e6 / 30 * (1 + late_ppm.get(name, 0.0) * 1e-6)
            arrived_ns = 10**15 + round(exposed_us * 1000) + (30 + pulse % 7) * 1_000_000
            cells[1 + place * len(FIELDS) + FIELDS.index("host_ns")] = str(arrived_ns)
        lines.append(",".join(cells))
    (folder / INDEX).write_text("\n".join(lines) + "\n")


def told(inspection: Inspection) -> list[tuple[str, str | None]]:
    return [(each.code, each.device) for each in inspection.findings if each.code.startswith("timing-")]


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_take(tmp_path_factory.mktemp("free") / "take")


def test_a_device_that_ran_free_is_found_in_the_index(take: Path) -> None:
    add_host_times(take, {"left": -400.0})
    found = examine([take]).inspection
    assert (found.verdict, told(found)) == ("out_of_sync", [("timing-free-running", "left")])


def test_the_recordings_alone_do_not_tell(take: Path) -> None:
    add_host_times(take, {"left": -400.0})
    found = examine(sorted(take.glob("*.mkv"))).inspection
    assert (found.verdict, told(found)) == ("in_sync", [])


def test_arrivals_that_stay_together_are_in_sync(take: Path) -> None:
    add_host_times(take, {})
    found = examine([take]).inspection
    assert (found.verdict, told(found)) == ("in_sync", [])


def test_an_index_with_a_damaged_row_has_no_host_times(take: Path) -> None:
    add_host_times(take, {"left": -400.0})
    lines = (take / INDEX).read_text().splitlines()
    lines[700] = lines[700][:40]
    (take / INDEX).write_text("\n".join(lines) + "\n")
    found = examine([take]).inspection
    assert (found.verdict, told(found)) == ("in_sync", [])

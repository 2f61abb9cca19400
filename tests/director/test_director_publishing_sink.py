"""Rows for a viewer: bounded however long somebody looks, and no run depends on them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.director.observer import Snapshot, snapshot_of
from kinect_sync.director.publishing_sink import PublishingSink
from kinect_sync.director.sink import Beginning
from kinect_sync.director.start_sequence import Anchor
from kinect_sync.takes.index_reader import read_index
from kinect_sync.takes.names import INDEX, LOAD
from kinect_sync.timing.alignment import Cell, Row
from tests.director.scripted import ScriptedRig, chain

SECOND = 30
"""Rows of a second."""


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[PublishingSink]:
    fleet = ScriptedRig(chain(), {}).fleet
    published = PublishingSink(tmp_path, chain(), fleet, most_s=2)
    published.begin(Beginning("front", {name: Anchor(1e6, 0) for name in fleet.states}))
    yield published
    published.close()


def rows(first: int, count: int) -> list[Row]:
    cell = Cell(capture=0, color_us=1, depth_us=2, host_time_ns=3, residual_us=0.0, hole=None)
    return [Row(pulse, (cell,) * 3) for pulse in range(first, first + count)]


def test_whoever_looks_for_days_fills_no_disk(tmp_path: Path, sink: PublishingSink) -> None:
    for second in range(60):
        sink.on_rows(rows(second * SECOND, SECOND))
        assert not sink.sync(), "nothing of this ends a run"
    kept = read_index(tmp_path / INDEX)
    assert 0 < len(kept) <= 3 * SECOND
    assert kept.pulses[-1] == 60 * SECOND - 1, "the newest are there"


def test_devices_by_themselves_fill_no_disk_either(tmp_path: Path, sink: PublishingSink) -> None:
    """No row is ever decided of them; queues are written down all the same."""
    fleet = ScriptedRig(chain(), {}).fleet
    devices = tuple(snapshot_of(state) for state in fleet)
    for second in range(60):
        sink.on_change(
            Snapshot(
                devices,
                None,
                elapsed_s=second,
                pulses=0,
                complete=0,
                free_bytes=None,
                moment_s=100.0 + second,
            )
        )
    lines = (tmp_path / LOAD).read_text().splitlines()
    assert len(lines) <= 1 + 3
    assert lines[-1].startswith(f"{159 * 10**9},"), "the newest are there"


def test_a_folder_that_somebody_removes_ends_nothing(tmp_path: Path, sink: PublishingSink) -> None:
    shutil.rmtree(tmp_path)
    for second in range(5):
        sink.on_rows(rows(second * SECOND, SECOND))
        assert not sink.sync()
    tmp_path.mkdir()
    sink.on_rows(rows(0, SECOND))
    assert len(read_index(tmp_path / INDEX)) == SECOND, "and is used again where it comes back"

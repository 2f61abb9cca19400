"""Thirty-six simulated devices in four chains behind one trigger: who hears it, and rows of all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.captures import Capture
from kinect_sync.rig.topology import expected_jacks, feeding_cable, suspect_cables
from kinect_sync.timing.alignment import AlignedDevice, Aligner, Entry
from kinect_sync.timing.pulses import PulseCounter
from tests.devices.simulation import Simulation
from tests.rig.chains import tiny_36

RIG = tiny_36()
NAMES = [device.name for device in RIG.devices]


@pytest.fixture
def simulate(tmp_path: Path) -> Any:
    made = []

    def build(faults: dict[str, Any] | None = None) -> Simulation:
        made.append(Simulation(tmp_path, RIG, faults))
        return made[-1]

    yield build
    for each in made:
        each.close()


def test_the_plugs_are_those_that_the_rig_expects(simulate: Any) -> None:
    simulation: Simulation = simulate()
    seen = {each.name: (each.jacks.sync_in, each.jacks.sync_out) for each in simulation.world.devices}
    assert seen == expected_jacks(RIG)


@pytest.mark.parametrize(
    ("sentence", "broken", "deaf"),
    [
        ("the cable from the distributor", "south-1", [f"south-{n}" for n in range(1, 10)]),
        ("a cable within a chain", "east-6", [f"east-{n}" for n in range(6, 10)]),
    ],
)
def test_a_dead_cable_silences_its_chain_and_is_the_one_that_is_suspected(
    sentence: str, broken: str, deaf: list[str], simulate: Any
) -> None:
    simulation: Simulation = simulate({"devices": {broken: {"cable": "dead"}}})
    simulation.start(*NAMES)
    simulation.advance(4.0)
    silent = [name for name, captures in simulation.read_all(1).items() if not captures]
    assert silent == deaf, sentence
    assert suspect_cables(RIG, silent) == (feeding_cable(RIG, broken),)


def stamps_of(captures: list[Capture]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the device timestamps since the first pulse zeroed the clock, in µs."""
    stamps = np.array(
        [each.ir.device_timestamp_usec for each in captures if each.ir is not None], dtype=float
    )
    return stamps[1 + max(np.flatnonzero(np.diff(stamps) < 0), default=-1) :]


def entries(stamps: np.ndarray[Any, np.dtype[np.float64]], anchor_us: float) -> list[Entry]:
    """Number captures as a worker does, pulse 0 being the one at the anchor."""
    numbers = PulseCounter(RIG.camera.fps, anchor_us).number(stamps)
    told = zip(numbers, stamps, strict=True)
    return [Entry(int(n), int(n), None, int(stamp), 0, None) for n, stamp in told if n >= 0]


def test_captures_of_all_chains_are_rows_of_the_same_pulses(simulate: Any) -> None:
    """A device that loses a capture leaves a hole in its own column, and in no other."""
    simulation: Simulation = simulate({"devices": {"west-5": {"drops": [12]}}})
    simulation.start(*NAMES)
    stamps = {name: stamps_of(captures) for name, captures in simulation.read_all(18).items()}
    anchor_us = max(each[0] for each in stamps.values())
    columns = [AlignedDevice.of(RIG.settings_of(device)) for device in RIG.devices]
    aligner = Aligner(columns, NAMES[0], RIG.camera.fps)
    for name, times in stamps.items():
        aligner.add(name, entries(times, anchor_us))
    rows = [*aligner.rows()]
    assert len(rows) >= 10
    (row,) = [each for each in rows if not each.complete]
    assert [name for name, cell in zip(NAMES, row.cells, strict=True) if cell.hole is not None] == ["west-5"]
    residuals = [cell.residual_us for each in rows for cell in each.cells if cell.residual_us is not None]
    assert len(residuals) == 36 * len(rows) - 1
    assert max(map(abs, residuals)) < 250, "clocks of 200 ppm either way are 240 µs apart after 0.6 s"

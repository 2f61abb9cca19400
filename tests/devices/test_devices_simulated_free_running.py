"""A simulated take in which a cable is pulled, held against what the verification makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.captures import Capture
from kinect_sync.timing.alignment import AlignedDevice
from kinect_sync.timing.diagnosis import findings_of
from kinect_sync.timing.measures import DeviceVerification
from kinect_sync.timing.table import CaptureTimes, align
from kinect_sync.timing.verification import Verification, judge
from kinect_sync.verdicts import Verdict
from tests.devices.simulation import Simulation, chain

SECONDS = 75
BREAKS_AT = 900
CLOCKS = {"front": 100.0, "left": 300.0, "right": -200.0}


def measure(directory: Path, faults: dict[str, dict[str, Any]]) -> dict[str, DeviceVerification]:
    """Record in a world of its own time, and verify; arrivals are those of the last image at the host."""
    devices = {name: {"drift_ppm": ppm, **faults.get(name, {})} for name, ppm in CLOCKS.items()}
    rig = Simulation(directory, chain(camera={"depth_mode": "nfov_2x2binned"}), {"devices": devices})
    seen: dict[str, list[tuple[int, int, int]]] = {name: [] for name in CLOCKS}
    try:
        rig.start_rig()
        for _ in range(SECONDS):
            for name, captures in rig.read_all(30).items():
                seen[name] += map(_times, captures)
    finally:
        rig.close()
    recordings = [
        CaptureTimes(AlignedDevice.of(rig.settings(name)), *np.array(times).T) for name, times in seen.items()
    ]
    verification = Verification([each.device for each in recordings], 30)
    verification.add_table(align(recordings, "front", 30))
    return {each.name: each for each in verification.devices()}


def _times(capture: Capture) -> tuple[int, int, int]:
    """Return the device times of color and depth, and the host time of the later."""
    assert capture.color is not None
    assert capture.depth is not None
    arrived_ns = max(image.system_timestamp_nsec for image in capture.images)
    return capture.color.device_timestamp_usec, capture.depth.device_timestamp_usec, arrived_ns


def test_a_pulled_cable_is_found(tmp_path: Path) -> None:
    free = {"free_runs_from": BREAKS_AT}
    found = measure(tmp_path, {"left": {"cable_breaks_at": BREAKS_AT, **free}, "right": free})
    assert judge(tuple(found.values())) is Verdict.OUT_OF_SYNC
    codes = [(each.code, each.device) for each in findings_of(tuple(found.values()))]
    assert [each for each in codes if each[0] == "timing-free-running"] == [
        ("timing-free-running", "left"),
        ("timing-free-running", "right"),
    ]
    assert found["front"].divergence is None
    for name in ("left", "right"):
        divergence = found[name].divergence
        assert divergence is not None
        assert divergence.ppm == pytest.approx(CLOCKS["front"] - CLOCKS[name], rel=0.2)
        assert divergence.from_pulse == pytest.approx(BREAKS_AT, abs=300)


def test_the_same_take_with_its_cables_is_in_sync(tmp_path: Path) -> None:
    found = tuple(measure(tmp_path, {}).values())
    assert judge(found) is Verdict.IN_SYNC
    assert [each.divergence for each in found] == [None, None, None]
    assert [each.drift_ppm for each in found] == pytest.approx([0, 200, -300], abs=0.5)

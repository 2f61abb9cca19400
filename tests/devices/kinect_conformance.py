"""The conformance suite over the Kinect adapter; `test_devices_k4a.py` runs it beneath a virtual bench."""

from __future__ import annotations

import pytest

from kinect_sync.devices.k4a import KinectBench
from tests.devices.k4a_programs import LAST, MASTER, MIDDLE, settings
from tests.devices.test_devices_conformance import *  # noqa: F403
from tests.devices.test_devices_conformance import BenchUnderTest


@pytest.fixture
def under_test() -> BenchUnderTest:
    master, *subordinates = (
        settings(serial, role, depth_mode="nfov_unbinned")
        for serial, role in ((MASTER, "master"), (MIDDLE, "subordinate"), (LAST, "subordinate"))
    )
    return BenchUnderTest(KinectBench(busy_patience_s=0.0), master, tuple(subordinates))

"""The page of the manual about clouds, followed from its first line to its last over a take made for it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kinect_sync.calibration.rig_calibration import write_rig_calibration
from kinect_sync.geometry.poses import Pose
from tests.documents import FUSE_CLOUDS, follow, shell_environment, steps
from tests.review.fused import STANDING, calibration_of
from tests.review.small_takes import SERIALS, make_take


@pytest.mark.skipif(sys.platform == "win32", reason="the examples are lines of a POSIX shell")
def test_what_the_page_of_clouds_tells_to_run_does_what_it_says(tmp_path: Path) -> None:
    make_take(tmp_path / "takes" / "dance", pulses=3)
    poses: dict[str, Pose] = dict.fromkeys(SERIALS, STANDING)
    write_rig_calibration(tmp_path / "rig_calibration.json", calibration_of(poses))
    environment = shell_environment(tmp_path / "bin", dict(os.environ))
    found = steps(FUSE_CLOUDS)
    assert any(step.is_python for step in found)
    for step in found:
        wrong = follow(step, tmp_path, environment)
        assert wrong is None, wrong
    assert (tmp_path / "seen" / "front.color" / "left" / "depth" / "000000.png").exists()

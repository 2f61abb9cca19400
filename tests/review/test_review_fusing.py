from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.errors import UsageError
from kinect_sync.geometry.poses import Pose
from tests.review.exported import parse_ply
from tests.review.fused import UPRIGHT, calibration_of, fuse, put_beside
from tests.review.small_takes import make_take

AROUND = Pose.of(np.diag([-1.0, 1.0, -1.0]), np.array([0.0, 0.0, 3.0]))
"""Opposite, 3 m away, and turned by half about the vertical."""


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    holes = {"left": {2: "sensor_dropped"}}
    take = make_take(tmp_path_factory.mktemp("takes") / "one", pulses=4, holes=holes)
    poses = {"front": UPRIGHT, "left": AROUND, "right": UPRIGHT}
    put_beside(take, calibration_of(poses))
    return take


def vertices(path: Path) -> Any:
    return parse_ply(path.read_bytes())


def test_a_cloud_has_the_points_of_every_device_in_the_world(take: Path, tmp_path: Path) -> None:
    report = fuse(take, tmp_path / "out")
    assert (report.rows, report.written, report.devices) == (3, 3, ("front", "left", "right"))
    assert sorted(path.name for path in (tmp_path / "out" / "clouds").iterdir()) == [
        "000000.ply",
        "000001.ply",
        "000003.ply",
    ]


def test_a_device_that_the_calibration_does_not_know_is_named(take: Path, tmp_path: Path) -> None:
    from kinect_sync.calibration.rig_calibration import write_rig_calibration

    other = tmp_path / "other.json"
    write_rig_calibration(other, calibration_of({"front": UPRIGHT, "left": AROUND}))
    with pytest.raises(UsageError, match="000345678912") as raised:
        fuse(take, tmp_path / "out", calibration=other)
    assert [(each.code, each.device) for each in raised.value.findings] == [
        ("calibration-of-other-devices", "right")
    ]
    assert not (tmp_path / "out").exists()
    assert fuse(take, tmp_path / "out", calibration=other, devices=("front", "left")).rows == 3

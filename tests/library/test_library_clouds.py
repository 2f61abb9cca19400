"""Clouds of a take for programs: the same that the command writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import kinect_sync as ks
from tests.review.exported import parse_ply
from tests.review.fused import STANDING, calibration_of, put_beside
from tests.review.small_takes import SERIALS, make_take


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> ks.Take:
    path = make_take(
        tmp_path_factory.mktemp("takes") / "one", pulses=2, holes={"left": {1: "sensor_dropped"}}
    )
    put_beside(path, calibration_of(dict.fromkeys(SERIALS, STANDING)))
    return ks.open_take(path)


def test_a_cloud_is_that_of_the_command(take: ks.Take, tmp_path: Path) -> None:
    settings = ks.CloudSettings(normals=True, crop=ks.Box(low_m=(-1, 0, 0.5), high_m=(1, 3, 2)))
    report = ks.fuse(take, tmp_path / "out", settings=settings, devices=("front", "right"), stop=1)
    assert report.verdict is ks.Verdict.FUSED
    written = parse_ply((tmp_path / "out" / "clouds" / "000000.ply").read_bytes())
    cloud = take.cloud(0, settings=settings, devices=("front", "right"))
    assert len(cloud) == len(written) > 1000
    assert ([written[axis] for axis in "xyz"] == cloud.points.T).all()
    assert ([written[channel] for channel in ("red", "green", "blue")] == cloud.colors.T).all()
    assert cloud.normals is not None
    assert ([written[axis] for axis in ("nx", "ny", "nz")] == cloud.normals.T).all()
    assert cloud.devices == ("front", "right")
    assert sorted(set(cloud.device.tolist())) == [0, 1]


def test_a_device_that_has_no_capture_is_told_and_others_have_their_cloud(take: ks.Take) -> None:
    with pytest.raises(ks.UsageError, match="pulse 1 is a hole") as refused:
        take.cloud(1)
    assert refused.value.findings[0].device == "left"
    whole = take.cloud(1, devices=("front",), calibration=take.calibration)
    assert whole.normals is None
    assert whole.colors[~whole.colored].max(initial=0) == 0
    assert np.isfinite(whole.points).all()


def test_what_a_program_asks_wrongly_is_refused_as_on_the_command_line(take: ks.Take, tmp_path: Path) -> None:
    with pytest.raises(ks.UsageError, match="no device rear"):
        take.cloud(0, devices=("rear",))
    with pytest.raises(ks.UsageError, match="nowhere"):
        take.cloud(0, calibration=tmp_path / "nowhere.json")
    with pytest.raises(ValueError, match="names no camera"):
        ks.fuse(take, tmp_path / "out", views=("front",))
    with pytest.raises(ValueError, match="below its most"):
        ks.Box(low_m=(0, 0, 0), high_m=(1, 0, 1))

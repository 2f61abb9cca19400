"""The cloud of a calibrated take on its page: there where it can be, and a reason where it can't."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinect_sync.calibration.rig_calibration import write_rig_calibration
from kinect_sync.errors import UsageError
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.report.writing import write_report
from tests.review.fused import UPRIGHT, calibration_of, put_beside
from tests.review.small_takes import color_rig, make_take

POSES = {
    "front": UPRIGHT,
    "left": Pose.of(np.diag([-1.0, 1.0, -1.0]), np.array([0.0, 0.0, 3.0])),
    "right": UPRIGHT,
}
SECTION = re.compile(r"<h2>In one world</h2>(.*?)</section>", re.DOTALL)


def section(take: Path, calibration: Path | None = None) -> str | None:
    write_report(take, take / "report.html", calibration)
    found = SECTION.search((take / "report.html").read_text())
    return found[1] if found else None


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return make_take(tmp_path / "one", pulses=2)


def test_a_calibrated_take_shows_its_cloud_and_its_cameras(take: Path) -> None:
    put_beside(take, calibration_of(POSES, world="device"))
    shown = section(take)
    assert shown is not None
    assert "by the calibration of walk" in shown
    assert all(name in shown for name in POSES)
    pictures = [Image.open(BytesIO(base64.b64decode(each))) for each in re.findall(r'base64,([^"]+)"', shown)]
    assert [picture.size for picture in pictures] == [(960, 540)] * 2
    for picture in pictures:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
        assert (np.abs(pixels - (18, 22, 29)).max(axis=2) > 40).mean() > 0.05, "there is a cloud"
    assert len(shown) < 400_000


def test_one_that_is_named_counts_and_one_that_is_none_is_refused(take: Path, tmp_path: Path) -> None:
    assert section(take) is None
    write_rig_calibration(tmp_path / "mine.json", calibration_of(POSES))
    assert "<img" in (section(take, tmp_path / "mine.json") or "")
    with pytest.raises(UsageError, match=r"missing\.json"):
        section(take, tmp_path / "missing.json")


def test_a_calibration_that_came_with_the_take_and_does_not_serve_is_told(take: Path) -> None:
    (take / "rig_calibration.json").write_text('{"format": 1, "devices": "<script>"}')
    broken = section(take) or ""
    assert "rig_calibration.json is not what" in broken
    assert "<script>" not in broken
    put_beside(take, calibration_of({"front": UPRIGHT}))
    others = section(take) or ""
    assert "No picture" in others
    assert "does not know the device 000234567812" in others


def test_a_take_without_depth_has_no_cloud(tmp_path: Path) -> None:
    take = make_take(tmp_path / "one", pulses=2, rig=color_rig())
    put_beside(take, calibration_of(POSES))
    assert section(take) is None


def test_a_broken_image_costs_its_device_alone(take: Path) -> None:
    put_beside(take, calibration_of(POSES))
    whole = section(take) or ""
    content = bytearray((take / "left.mkv").read_bytes())
    at = content.index(b"\xff\xd8\xff")
    content[at : at + 64] = bytes(64)
    (take / "left.mkv").write_bytes(content)
    fewer = section(take) or ""
    assert "left" in whole
    assert "<img" in fewer
    assert "left" not in fewer

"""How well a device sees: shares of color and depth, by images that are made up, and by the real one."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.following.recording import FollowedRecording
from kinect_sync.viewer.health import DepthHealth, color_health, depth_health
from kinect_sync.viewer.shots import ColorImage
from kinect_sync.viewer.stored import shot_of

REAL = Path(__file__).parents[3] / "shared" / "data" / "recording.mkv"


def test_invalid_pixels_have_a_reason_and_what_is_outside_does_not_count() -> None:
    ir = np.full((10, 10), 1000, np.uint16)
    depth = np.full((10, 10), 1500, np.uint16)
    ir[0], depth[0] = 0, 0  # outside
    ir[1, :4], depth[1, :4] = 65_535, 0
    ir[2, :3], depth[2, :3] = 63, 0
    depth[3, :2] = 0
    ir[4, :5] = 65_535  # saturated, and measured all the same
    assert depth_health(depth, ir) == DepthHealth(81 / 90, 4 / 90, 3 / 90, 2 / 90)


def test_where_nothing_is_seen_nothing_is_measured() -> None:
    nothing = np.zeros((4, 4), np.uint16)
    assert depth_health(nothing, nothing) is None


@pytest.mark.parametrize("pixels", list(ColorFormat))
def test_a_quarter_is_clipped_and_half_is_dark(pixels: ColorFormat) -> None:
    brightness = np.full((720, 1280), 128, np.uint8)
    brightness[:180], brightness[360:] = 255, 2
    if pixels is ColorFormat.MJPG:
        stream = BytesIO()
        Image.fromarray(brightness).convert("RGB").save(stream, "JPEG")
        data = stream.getvalue()
    elif pixels is ColorFormat.BGRA32:
        data = brightness.repeat(4).tobytes()
    else:
        luma = (16 + brightness * (219 / 255)).round().astype(np.uint8)
        gray = np.full((720, 1280), 128, np.uint8)
        pairs = np.stack((luma, gray), -1)
        data = pairs.tobytes() if pixels is ColorFormat.YUY2 else luma.tobytes() + gray[:360].tobytes()
    health = color_health(ColorImage(lambda: data, pixels, (1280, 720)), data)
    assert health.clipped == pytest.approx(0.25, abs=0.01)
    assert health.dark == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("size", [(5, 4), (7, 720), (1280, 728)])
def test_a_jpeg_of_another_size_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    stream = BytesIO()
    Image.new("RGB", size).save(stream, "JPEG", progressive=True)
    with pytest.raises(ValueError, match="instead of 1280 × 720"):
        color_health(ColorImage(stream.getvalue, ColorFormat.MJPG, (1280, 720)), stream.getvalue())


def test_depth_and_ir_of_two_shapes_are_refused_and_not_multiplied() -> None:
    with pytest.raises(ValueError, match="shape"):
        depth_health(np.zeros((1, 60), np.uint16), np.ones((60, 1), np.uint16))


@pytest.mark.skipif(not REAL.is_file(), reason="the recording of a real device is not here")
def test_the_real_recording_has_the_shares_that_were_measured_by_hand() -> None:
    seen = FollowedRecording(REAL).look()
    assert seen.newest is not None
    assert seen.facts is not None
    shot = shot_of(seen.newest, seen.facts)
    assert shot.depth is not None
    assert shot.ir is not None
    health = depth_health(shot.depth.half(), shot.ir.half())
    assert health == pytest.approx((0.928, 0.032, 0.015, 0.025), abs=0.002)

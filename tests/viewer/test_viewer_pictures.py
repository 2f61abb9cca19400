"""Pictures: what a page is sent, told by what a reader of PNG and JPEG makes of it."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from kinect_sync.rig.modes import ColorFormat, DepthMode
from kinect_sync.viewer.pictures import (
    DEPTH_RANGES_MM,
    Picture,
    PictureType,
    color_picture,
    depth_picture,
    ir_picture,
)
from kinect_sync.viewer.shots import ColorImage

SIZE = 1280, 720


def opened(picture: Picture) -> Image.Image:
    image = Image.open(BytesIO(picture.data))
    image.load()
    assert image.get_format_mimetype() == str(picture.type)
    assert image.size == (picture.width, picture.height)
    return image


def jpeg_of(pixels: NDArray[np.uint8]) -> bytes:
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def half_red() -> NDArray[np.uint8]:
    pixels = np.full((720, 1280, 3), 90, np.uint8)
    pixels[:, :640] = (200, 30, 30)
    return pixels


def color(data: bytes, pixels: ColorFormat = ColorFormat.MJPG) -> ColorImage:
    return ColorImage(lambda: data, pixels, SIZE)


def test_a_jpeg_is_passed_on_as_it_is() -> None:
    data = jpeg_of(half_red())
    picture = color_picture(color(data), small=False)
    assert picture == Picture(data, PictureType.JPEG, *SIZE)


def test_a_small_one_shows_the_same() -> None:
    data = jpeg_of(half_red())
    small = np.asarray(opened(color_picture(color(data), small=True)).convert("RGB"))
    assert small.shape == (180, 320, 3)
    assert np.abs(small[90, 40].astype(int) - (200, 30, 30)).max() < 12
    assert np.abs(small[90, 300].astype(int) - 90).max() < 12


def raw_of(pixels: ColorFormat) -> bytes:
    """Half red, half gray, as a camera gives it: BT.601 with video levels."""
    left, right = ((81, 90, 240), (93, 128, 128))  # red of (255, 0, 0), and a gray of 90
    if pixels is ColorFormat.BGRA32:
        image = np.full((720, 1280, 4), 90, np.uint8)
        image[:, :640] = (0, 0, 255, 255)
        return image.tobytes()
    if pixels is ColorFormat.YUY2:
        pairs = np.empty((720, 640, 4), np.uint8)
        pairs[:, :320] = (left[0], left[1], left[0], left[2])
        pairs[:, 320:] = (right[0], right[1], right[0], right[2])
        return pairs.tobytes()
    luma, chroma = np.empty((720, 1280), np.uint8), np.empty((360, 640, 2), np.uint8)
    luma[:, :640], luma[:, 640:] = left[0], right[0]
    chroma[:, :320], chroma[:, 320:] = left[1:], right[1:]
    return luma.tobytes() + chroma.tobytes()


@pytest.mark.parametrize("pixels", [ColorFormat.NV12, ColorFormat.YUY2, ColorFormat.BGRA32])
@pytest.mark.parametrize("small", [True, False])
def test_color_without_compression_becomes_a_small_jpeg(pixels: ColorFormat, small: bool) -> None:
    data = raw_of(pixels)
    shown = np.asarray(opened(color_picture(color(data, pixels), small=small)).convert("RGB"))
    assert shown.shape == (180, 320, 3)
    assert np.abs(shown[90, 40].astype(int) - (254, 0, 0)).max() < 8
    assert np.abs(shown[90, 300].astype(int) - 90).max() < 8


@pytest.mark.parametrize("pixels", list(ColorFormat))
@pytest.mark.parametrize("data", [b"", b"\xff\xd8 no picture", bytes(1000)])
def test_what_is_no_image_is_told(pixels: ColorFormat, data: bytes) -> None:
    with pytest.raises(ValueError):
        color_picture(color(data, pixels), small=True)


@pytest.mark.parametrize("mode", list(DEPTH_RANGES_MM))
def test_depth_is_painted_by_its_modes_range_and_invalid_is_transparent(mode: DepthMode) -> None:
    near, far = DEPTH_RANGES_MM[mode]
    row = np.array([0, 1, near, (near + far) // 2, far, 65_535], np.uint16)
    picture = depth_picture(np.tile(row, (4, 1)), mode)
    shown = np.asarray(opened(picture).convert("RGBA"))
    assert shown.shape == (4, 6, 4)
    assert shown[0, :, 3].tolist() == [0, 255, 255, 255, 255, 255]
    limits = shown[0]
    assert (limits[1] == limits[2]).all(), "nearer than the range, as its limit"
    assert (limits[4] == limits[5]).all()
    green = shown[0, [2, 3, 4], 1].astype(int)
    assert (np.diff(green) > 50).all()


def test_ir_is_stretched_without_what_is_saturated_and_black_outside() -> None:
    ir = np.full((100, 100), 400, np.uint16)
    ir[:20], ir[20:40], ir[40:60] = 0, 65_535, 100
    shown = np.asarray(opened(ir_picture(ir)))
    assert shown[0, 0] == 0
    assert shown[30, 0] == 255
    assert shown[50, 0] == pytest.approx(127, abs=3)  # a quarter of the light, half as bright
    assert shown[90, 0] > 250


def test_an_image_that_is_all_outside_is_black() -> None:
    assert np.asarray(opened(ir_picture(np.zeros((8, 8), np.uint16)))).max() == 0

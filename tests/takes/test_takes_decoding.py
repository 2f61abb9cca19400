"""From bytes to pixels, also of a take from a stranger: of the size that is expected, or ValueError."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.decoding import decode_color, decode_gray, decode_luma

SIZE = (64, 48)


def jpeg(size: tuple[int, int] = SIZE) -> bytes:
    width, height = size
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    rgb = np.stack([across * 3 % 256, down * 5 % 256, np.full_like(across, 90)], -1).astype(np.uint8)
    stream = BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=92)
    return stream.getvalue()


JPEG = jpeg()
LARGEST = JPEG.replace(b"\x00\x30\x00\x40", b"\xff\xdc\xff\xdc", 1)
"""The same image, which says that it has four gigapixels."""


def test_depth_is_read_as_it_is_stored_without_a_copy() -> None:
    data = np.arange(12, dtype=">u2").tobytes()
    image = decode_gray(data, (4, 3))
    assert (image.shape, image.base is not None, image[2, 3]) == ((3, 4), True, 11)


@pytest.mark.parametrize("data", [b"", b"\0", bytes(23), bytes(26)])
def test_depth_of_another_size_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="instead of 4 × 3"):
        decode_gray(data, (4, 3))


def test_a_jpeg_is_red_first_and_contiguous() -> None:
    image = decode_color(JPEG, ColorFormat.MJPG, SIZE)
    assert (image.shape, image.dtype, image.flags.c_contiguous) == ((48, 64, 3), np.uint8, True)
    assert np.abs(image[20, 40].astype(int) - (120, 100, 90)).max() < 12


def test_bgra_is_turned() -> None:
    data = np.zeros((48, 64, 4), np.uint8)
    data[..., 0], data[..., 2] = 1, 3
    image = decode_color(data.tobytes(), ColorFormat.BGRA32, SIZE)
    assert image[0, 0].tolist() == [3, 0, 1]
    assert image.flags.c_contiguous


@pytest.mark.parametrize(
    ("pixels", "data"),
    [
        (ColorFormat.NV12, bytes([235]) * (64 * 48) + bytes([128]) * (64 * 24)),
        (ColorFormat.YUY2, bytes([235, 128]) * (64 * 48)),
    ],
)
def test_video_range_becomes_full_range(pixels: ColorFormat, data: bytes) -> None:
    assert (decode_color(data, pixels, SIZE) == 255).all()


def test_brightness_alone_is_what_gray_of_the_whole_image_is() -> None:
    whole = decode_color(JPEG, ColorFormat.MJPG, SIZE).astype(np.float64) @ (0.299, 0.587, 0.114)
    luma = decode_luma(JPEG, ColorFormat.MJPG, SIZE)
    assert (luma.shape, luma.dtype) == ((48, 64), np.uint8)
    assert np.abs(luma - whole).max() < 3


@pytest.mark.parametrize(
    ("pixels", "data"),
    [
        (ColorFormat.NV12, bytes([90]) * (64 * 48) + bytes([7]) * (64 * 24)),
        (ColorFormat.YUY2, bytes([90, 7]) * (64 * 48)),
        (ColorFormat.BGRA32, bytes([90, 90, 90, 255]) * (64 * 48)),
    ],
)
def test_brightness_of_raw_formats_is_theirs(pixels: ColorFormat, data: bytes) -> None:
    assert (decode_luma(data, pixels, SIZE) == 90).all()


@pytest.mark.parametrize(
    ("sentence", "pixels", "data"),
    [
        ("a JPEG of another size", ColorFormat.MJPG, jpeg((32, 48))),
        ("a JPEG that says it is enormous", ColorFormat.MJPG, LARGEST),
        ("half a JPEG", ColorFormat.MJPG, JPEG[: len(JPEG) // 2]),
        ("nothing", ColorFormat.MJPG, b""),
        ("another kind of image", ColorFormat.MJPG, b"\x89PNG\r\n\x1a\n" + bytes(64)),
        ("half of a raw image", ColorFormat.BGRA32, bytes(64 * 48 * 2)),
        ("a raw image of another format", ColorFormat.NV12, bytes(64 * 48 * 2)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_such_image_is_refused(sentence: str, pixels: ColorFormat, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"image|JPEG"):
        decode_color(data, pixels, SIZE)


@given(st.lists(st.tuples(st.integers(0, len(JPEG) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_jpeg_is_an_image_of_its_size_or_refused(damage: list[tuple[int, int]]) -> None:
    data = bytearray(JPEG)
    for place, byte in damage:
        data[place] = byte
    try:
        image = decode_color(bytes(data), ColorFormat.MJPG, SIZE)
    except ValueError:
        return
    assert image.shape == (48, 64, 3)

"""From the bytes of an image in a recording to its pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.mkv.facts import TrackFacts
from kinect_sync.takes.packing.ffv1 import Ffv1Decoder
from kinect_sync.takes.packing.gray_png import decode_gray_png
from kinect_sync.takes.packing.packings import Packing

if TYPE_CHECKING:
    from PIL.JpegImagePlugin import JpegImageFile

GrayDecoder = Callable[[bytes], NDArray[np.uint16]]
"""From the bytes of an image in its track to its pixels, shape (height, width), in any byte order; ValueError
where they are no whole image."""


def gray_decoder(track: TrackFacts) -> GrayDecoder:
    """Return what decodes the depth or IR images of a track, for any number of threads.

    Raises UsageError (`pyav-missing`) where that needs a library that is not there.
    """
    size = track.width, track.height
    if track.packing is Packing.FFV1:
        return Ffv1Decoder(track.extradata, size).decode
    return partial(decode_gray_png if track.packing is Packing.PNG else decode_gray, size=size)


def decode_gray(data: bytes, size: tuple[int, int]) -> NDArray[np.uint16]:
    """Return depth or IR as it is stored, big-endian, shape (height, width), without a copy.

    Raises ValueError where the bytes are no whole image of this size.
    """
    pixels: NDArray[np.uint16] = np.frombuffer(data, ">u2") if len(data) % 2 == 0 else np.empty(0, ">u2")
    if len(pixels) != size[0] * size[1]:
        raise ValueError(f"the image has {len(data) // 2} pixels instead of {_pixels(size)}")
    return pixels.reshape(size[1], size[0])


def decode_color(data: bytes, pixels: ColorFormat, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return color as shape (height, width, 3), red first; `size` is (width, height).

    Raises ValueError where the bytes are no whole image of this format and size.
    """
    if pixels is ColorFormat.MJPG:
        return _decode_jpeg(data, size)
    if pixels is ColorFormat.BGRA32:
        return np.ascontiguousarray(_shaped(data, (size[1], size[0], 4))[..., 2::-1])
    return _rgb_of_yuv(*(_split_yuy2 if pixels is ColorFormat.YUY2 else _split_nv12)(data, size))


def decode_luma(data: bytes, pixels: ColorFormat, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the brightness of a color image alone, shape (height, width): a third of the work.

    Raises ValueError as `decode_color` does.
    """
    if pixels is ColorFormat.MJPG:
        return _decode_jpeg(data, size, "L")
    if pixels is ColorFormat.BGRA32:
        bgra = _shaped(data, (size[1], size[0], 4)).astype(np.uint16)
        weighed = 29 * bgra[..., 0] + 150 * bgra[..., 1] + 77 * bgra[..., 2] >> 8  # ITU-R BT.601
        return np.asarray(weighed.astype(np.uint8))
    luma, _, _ = (_split_yuy2 if pixels is ColorFormat.YUY2 else _split_nv12)(data, size)
    return np.ascontiguousarray(luma)


def _decode_jpeg(data: bytes, size: tuple[int, int], mode: str = "RGB") -> NDArray[np.uint8]:
    with opened_jpeg(data) as image:
        if image.size != size:  # told before anything of that size is made
            raise ValueError(f"the JPEG has {_pixels(image.size)} pixels instead of {_pixels(size)}")
        image.draft(mode, size)
        image.load()  # here, where what it raises is told
        return np.asarray(image if image.mode == mode else image.convert(mode))


@contextmanager
def opened_jpeg(data: bytes) -> Iterator[JpegImageFile]:
    """Open a JPEG, none of it decoded yet; ValueError where that can't be done, now or in the context."""
    from PIL.JpegImagePlugin import JpegImageFile

    try:
        with JpegImageFile(BytesIO(data)) as image:
            yield image
    except (OSError, SyntaxError) as error:
        raise ValueError(f"the JPEG can't be decoded: {error}") from error


def _pixels(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"


def _shaped(data: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    flat = np.frombuffer(data, np.uint8)
    if len(flat) != np.prod(shape):
        raise ValueError(f"the image has {len(flat)} bytes instead of {np.prod(shape)}")
    return flat.reshape(shape)


Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


def _split_yuy2(data: bytes, size: tuple[int, int]) -> Planes:
    """Y0 U Y1 V: one U and V for two pixels side by side."""
    pairs = _shaped(data, (size[1], size[0] // 2, 4))
    luma = pairs[..., 0::2].reshape(size[1], size[0])
    return luma, pairs[..., 1].repeat(2, 1), pairs[..., 3].repeat(2, 1)


def _split_nv12(data: bytes, size: tuple[int, int]) -> Planes:
    """All Y, then U and V in turns: one of each for two by two pixels."""
    width, height = size
    planes = _shaped(data, (height + height // 2, width))
    chroma = planes[height:].reshape(height // 2, width // 2, 2).repeat(2, 0).repeat(2, 1)
    return planes[:height], chroma[..., 0], chroma[..., 1]


def _rgb_of_yuv(luma: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """ITU-R BT.601 with 16 to 235, as the SDK's own conversion (libyuv) has it."""
    y = 1.164 * (luma.astype(np.float32) - 16)
    blue_off, red_off = u.astype(np.float32) - 128, v.astype(np.float32) - 128
    red = y + 1.596 * red_off
    green = y - 0.813 * red_off - 0.391 * blue_off
    blue = y + 2.018 * blue_off
    rounded = np.clip(np.stack((red, green, blue), -1) + 0.5, 0, 255).astype(np.uint8)
    return np.asarray(rounded)

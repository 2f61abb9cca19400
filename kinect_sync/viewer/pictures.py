"""Pictures for a page: color as the camera's own JPEG or small, depth in a palette, IR in gray.

Whatever a viewer costs is taken from the recorder beside it. So color is passed on as it is where the camera
made a JPEG, and depth and IR are painted at half their size: 0.2 ms each.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.modes import ColorFormat, DepthMode
from kinect_sync.takes.decoding import decode_color, opened_jpeg
from kinect_sync.viewer.health import SATURATED_IR
from kinect_sync.viewer.png import encode_gray, encode_palette
from kinect_sync.viewer.reduction import reduce_color
from kinect_sync.viewer.shots import ColorImage, refuse_other_size

SMALL = 4
"""A small color picture has a quarter of the width and height."""
JPEG_QUALITY = 75

DEPTH_RANGES_MM = {
    DepthMode.NFOV_2X2BINNED: (500, 5460),
    DepthMode.NFOV_UNBINNED: (500, 3860),
    DepthMode.WFOV_2X2BINNED: (250, 2880),
    DepthMode.WFOV_UNBINNED: (250, 2210),
}
"""From where to where each mode measures. Source: Azure Kinect DK hardware specification, "Depth camera
supported operating modes"."""

# Violet over green to yellow, near to far: none as dark as what is behind a pixel without depth.
_RAMP = np.array([(104, 66, 196), (62, 104, 184), (33, 140, 141), (92, 200, 99), (250, 226, 60)], np.float64)
_STEPS = 254
"""Places 1 to 255 are of depth: 0 is no depth, and transparent."""
IR_REACH = 97
"""Percentile of the pixels that becomes white, of those that are seen and not saturated: what reflects
straight into the camera is far above the rest."""


class PictureType(str, Enum):
    """What the bytes of a picture are."""

    JPEG = "image/jpeg"
    PNG = "image/png"

    def __str__(self) -> str:
        """Return the word as HTTP has it."""
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image ready to be shown."""

    data: bytes
    type: PictureType
    width: int
    height: int


def color_picture(image: ColorImage, data: bytes, *, small: bool) -> Picture:
    """Return a color picture of an image that was read; ValueError where it can't be decoded."""
    if image.format is not ColorFormat.MJPG:
        return _jpeg_of_pixels(image, data)
    if small:
        return _small_jpeg(image, data)
    return Picture(data, PictureType.JPEG, *image.size)


def depth_picture(depth: NDArray[np.uint16], mode: DepthMode) -> Picture:
    """Return depth at half its size, painted from the nearest to the farthest that its mode measures.

    What is nearer or farther has the color of the limit; what is invalid is transparent.
    """
    stored = depth.dtype.newbyteorder("=") != depth.dtype  # not swapped: the table is
    places = _places_of(mode, swapped=stored).take(depth.view(np.uint16)[::2, ::2], mode="clip")
    return Picture(encode_palette(places, _palette()), PictureType.PNG, places.shape[1], places.shape[0])


def ir_picture(ir: NDArray[np.uint16]) -> Picture:
    """Return IR at half its size in gray, dark ones lifted: brightness falls with the square of the distance.

    What lies outside of the view is black, as it is in the image.
    """
    half = ir[::2, ::2].astype(np.float32)
    seen = half[(half > 0) & (half < SATURATED_IR)][::16]
    white = float(np.percentile(seen, IR_REACH)) if len(seen) else SATURATED_IR
    gray = (np.sqrt(np.minimum(half / white, 1.0)) * 255).astype(np.uint8)
    return Picture(encode_gray(gray), PictureType.PNG, gray.shape[1], gray.shape[0])


@cache
def _places_of(mode: DepthMode, *, swapped: bool) -> NDArray[np.uint8]:
    """Return the place in the palette of each depth in mm, also of one in the other byte order."""
    near, far = DEPTH_RANGES_MM[mode]
    share = (np.arange(1 << 16) - near) / (far - near)
    places = (1 + np.clip(share, 0, 1) * _STEPS).astype(np.uint8)
    places[0] = 0
    return places[np.arange(1 << 16, dtype=np.uint16).byteswap()] if swapped else places


@cache
def _palette() -> bytes:
    share = np.linspace(0, len(_RAMP) - 1, _STEPS + 1)
    colors = np.stack(
        [np.interp(share, np.arange(len(_RAMP)), _RAMP[:, channel]) for channel in range(3)], -1
    )
    return bytes(3) + colors.astype(np.uint8).tobytes()


def _small_jpeg(image: ColorImage, data: bytes) -> Picture:
    """Decode a quarter: a JPEG holds it, and the rest need not be decoded."""
    width, height = image.size
    with opened_jpeg(data) as jpeg:
        refuse_other_size(jpeg.size, image.size)
        jpeg.draft("YCbCr", (width // SMALL, height // SMALL))
        stream = BytesIO()
        jpeg.save(stream, "JPEG", quality=JPEG_QUALITY)
        return Picture(stream.getvalue(), PictureType.JPEG, *jpeg.size)


def _jpeg_of_pixels(image: ColorImage, data: bytes) -> Picture:
    """Make a JPEG, and a small one always: such an image would be 2 to 50 MB as it is."""
    from PIL import Image

    reduced, size = reduce_color(data, image.format, image.size, SMALL)
    stream = BytesIO()
    Image.fromarray(decode_color(reduced, image.format, size)).save(stream, "JPEG", quality=JPEG_QUALITY)
    return Picture(stream.getvalue(), PictureType.JPEG, *size)

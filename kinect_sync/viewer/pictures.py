"""Pictures for a page: color as the camera's own JPEG or small, depth in a palette, IR in gray.

Whatever a viewer costs is taken from the recorder beside it. So color is passed on as it is where the camera
made a JPEG, and depth and IR are painted at half their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from io import BytesIO

import numpy as np

from kinect_sync.rig.modes import DepthMode
from kinect_sync.takes.decoding import decode_color, opened_jpeg
from kinect_sync.viewer.health import SATURATED_IR
from kinect_sync.viewer.png import encode_gray, encode_palette
from kinect_sync.viewer.reduction import reduce_color
from kinect_sync.viewer.shots import ColorImage, Gray, Part, refuse_other_size

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
_PLACES = 256
"""All but the first are of depth: place 0 is no depth, and transparent."""
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

    data: Part
    type: PictureType
    width: int
    height: int


def color_picture(image: ColorImage, *, small: bool) -> Picture:
    """Return a color picture; ValueError where it can't be decoded, and what reading it raises."""
    if not image.is_jpeg:
        return _jpeg_of_pixels(image, image.read())
    if small:
        return _small_jpeg(image, image.read())
    return Picture(image.as_made(), PictureType.JPEG, *image.size)


def depth_picture(depth: Gray, mode: DepthMode) -> Picture:
    """Return depth painted from the nearest to the farthest that its mode measures.

    What is nearer or farther has the color of the limit; what is invalid is transparent.
    """
    near, far = DEPTH_RANGES_MM[mode]
    step_mm = _step_mm(mode)
    steps = np.clip(depth, near, far)
    steps -= near - step_mm
    steps //= step_mm
    places = steps.astype(np.uint8)
    places *= depth != 0
    return Picture(encode_palette(places, _palette(mode)), PictureType.PNG, depth.shape[1], depth.shape[0])


def ir_picture(ir: Gray) -> Picture:
    """Return IR in gray, dark ones lifted: brightness falls with the square of the distance.

    What lies outside of the view is black, as it is in the image.
    """
    seen = ir[(ir > 0) & (ir < SATURATED_IR)][::16]
    white = float(np.percentile(seen, IR_REACH)) if len(seen) else SATURATED_IR
    gray = (np.sqrt(np.minimum(ir.astype(np.float32) / white, 1.0)) * 255).astype(np.uint8)
    return Picture(encode_gray(gray), PictureType.PNG, gray.shape[1], gray.shape[0])


def _step_mm(mode: DepthMode) -> int:
    """Return how much of depth has one color, in whole 5 mm: with steps no table is looked into."""
    near, far = DEPTH_RANGES_MM[mode]
    return -(-(far - near) // (5 * (_PLACES - 2))) * 5


@cache
def _palette(mode: DepthMode) -> bytes:
    """Return the color of each place: of no depth, then of each step from the nearest on."""
    near, far = DEPTH_RANGES_MM[mode]
    share = np.minimum((np.arange(_PLACES) - 1) * _step_mm(mode) / (far - near), 1)
    at = share * (len(_RAMP) - 1)
    colors = np.stack([np.interp(at, np.arange(len(_RAMP)), _RAMP[:, channel]) for channel in range(3)], -1)
    return bytes(3) + colors[1:].astype(np.uint8).tobytes()


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

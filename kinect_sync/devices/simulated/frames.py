"""The images of one device: drawn once at start, then only marked and handed out.

Nine devices share two cores with the recording, so a capture may cost a copy but no drawing: a handful of
positions of the ball is drawn before the cameras start, and each capture is a marked copy of one.

A mark says which device and which pulse an image is of, so that a test can prove what it holds. JPEG: a
comment segment right after SOI, `ksync serial=XXXXXXXXXXXX capture=N`. Raw images: six 16-bit words at the
start: 0x4B53, the serial number in groups of four digits (0 where it has other characters), the low and the
high half of the capture number.
"""

from __future__ import annotations

import io
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.chance import seed_of
from kinect_sync.devices.simulated.scene import draw_color, draw_depth
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat, DepthMode

_POSITIONS = 8
_MEMORY_BYTES = 24_000_000
"""What the drawn images of one kind may take; large images have fewer positions."""
_DRAWN_WIDTH = 640
_JPEG_QUALITY = 95
_BYTES_PER_PIXEL = {
    ColorFormat.MJPG: 1.0,
    ColorFormat.NV12: 1.5,
    ColorFormat.YUY2: 2.0,
    ColorFormat.BGRA32: 4.0,
}

_MAGIC = 0x4B53
_WORDS = 6
_SOI = b"\xff\xd8"
_COM = b"\xff\xfe"

ImageKind = Literal["scene", "blank", "covered", "overexposed"]
_PLAIN: dict[ImageKind, tuple[int, int, int]] = {
    "blank": (90, 1000, 1000),
    "covered": (4, 0, 65_535),
    "overexposed": (255, 1000, 1000),
}
"""Color, depth in mm and IR of images of one shade."""
DepthAndInfrared = tuple[NDArray[np.uint16], NDArray[np.uint16]]


class Film:
    """Endless images of the scene, as one device sees it."""

    def __init__(self, serial: str, settings: DeviceSettings, kind: ImageKind) -> None:
        """Draw everything that the cameras of `settings` will deliver."""
        self._serial = serial
        self._format = settings.color_format
        self._color: list[NDArray[np.uint8]] = []
        self._depth: list[DepthAndInfrared] = []
        if settings.has_color:
            self._color = _draw_color_film(serial, settings, kind)
        if settings.has_ir:
            self._depth = _draw_depth_film(serial, settings.depth_mode, kind)

    def color(self, number: int) -> NDArray[np.uint8]:
        """Return the color image of a pulse, as the SDK shapes it."""
        drawn = self._color[number % len(self._color)]
        if self._format is ColorFormat.MJPG:
            return mark_jpeg(drawn, self._serial, number)
        image = drawn.copy()
        image.reshape(-1)[: 2 * _WORDS] = _make_words(self._serial, number).view(np.uint8)
        return image

    def depth(self, number: int) -> NDArray[np.uint16]:
        """Return the depth image of a pulse, (height, width) in mm."""
        return self._marked(self._depth[number % len(self._depth)][0], number)

    def infrared(self, number: int) -> NDArray[np.uint16]:
        """Return the IR image of a pulse, (height, width)."""
        return self._marked(self._depth[number % len(self._depth)][1], number)

    def _marked(self, drawn: NDArray[np.uint16], number: int) -> NDArray[np.uint16]:
        image = drawn.copy()
        image[0, :_WORDS] = _make_words(self._serial, number)
        return image


def _draw_color_film(serial: str, settings: DeviceSettings, kind: ImageKind) -> list[NDArray[np.uint8]]:
    from PIL import Image

    width, height = settings.color_resolution.size
    if kind in _PLAIN:
        return [encode(Image.new("RGB", (width, height), (_PLAIN[kind][0],) * 3), settings.color_format)]
    size_bytes = width * height * _BYTES_PER_PIXEL[settings.color_format]
    small = (_DRAWN_WIDTH, _DRAWN_WIDTH * height // width)
    drawn = draw_color(*small, _turns(size_bytes), seed_of(serial))
    pictures = (_label(Image.fromarray(picture), serial).resize((width, height)) for picture in drawn)
    return [encode(picture, settings.color_format) for picture in pictures]


def _label(picture: Any, serial: str) -> Any:
    """Write on a picture where it comes from."""
    from PIL import ImageDraw

    ImageDraw.Draw(picture).text((20, 20), f"simulated {serial}", fill=(255, 255, 255))
    return picture


def _draw_depth_film(serial: str, mode: DepthMode, kind: ImageKind) -> list[DepthAndInfrared]:
    width, height = mode.size
    if kind in _PLAIN:
        _, depth, infrared = (np.full((height, width), each, np.uint16) for each in _PLAIN[kind])
        return [(depth, infrared)]
    return list(draw_depth(mode, _turns(width * height * 4), seed_of(serial)))


def _turns(size_bytes: float) -> list[float]:
    """Return the positions of the ball that may be drawn of images of this size."""
    positions = max(1, min(_POSITIONS, int(_MEMORY_BYTES / size_bytes)))
    return [at / positions for at in range(positions)]


def encode(picture: Any, color_format: ColorFormat) -> NDArray[np.uint8]:
    """Turn a picture into what the camera would deliver."""
    if color_format is ColorFormat.MJPG:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=_JPEG_QUALITY)
        return np.frombuffer(stream.getvalue(), dtype=np.uint8)
    if color_format is ColorFormat.BGRA32:
        blue_first = np.asarray(picture.convert("RGBA"))[..., [2, 1, 0, 3]]
        return np.ascontiguousarray(blue_first)
    y, u, v = np.moveaxis(np.asarray(picture.convert("YCbCr")), -1, 0)
    return _pack_nv12(y, u, v) if color_format is ColorFormat.NV12 else _pack_yuy2(y, u, v)


def _pack_nv12(y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pack (height × 3/2, width, 1): all brightness, then U and V of every second pixel and row."""
    chroma = np.stack([u[::2, ::2], v[::2, ::2]], axis=-1).reshape(-1, y.shape[1])
    packed: NDArray[np.uint8] = np.concatenate([y, chroma])[..., None]
    return packed


def _pack_yuy2(y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pack (height, width, 2): each pixel's brightness, and by turns U and V of a pair of pixels."""
    chroma = np.stack([u[:, ::2], v[:, ::2]], axis=-1).reshape(y.shape)
    return np.stack([y, chroma], axis=-1)


def _make_words(serial: str, number: int) -> NDArray[np.uint16]:
    """Make the mark of a raw image, six words."""
    digits = serial if len(serial) == 12 and serial.isdigit() else "0" * 12
    groups = (int(digits[i : i + 4]) for i in (0, 4, 8))
    return np.array([_MAGIC, *groups, number & 0xFFFF, number >> 16 & 0xFFFF], dtype="<u2")


def mark_jpeg(drawn: NDArray[np.uint8], serial: str, number: int) -> NDArray[np.uint8]:
    """Return a JPEG with a comment that says whose image of which pulse it is."""
    head = _make_jpeg_head(serial, number)
    image = np.empty(len(head) + drawn.nbytes - 2, dtype=np.uint8)
    image[: len(head)] = np.frombuffer(head, dtype=np.uint8)
    image[len(head) :] = drawn[2:]
    return image


def _make_jpeg_head(serial: str, number: int) -> bytes:
    """Make what stands in the place of a JPEG's first two bytes: SOI and the comment."""
    text = b"ksync serial=%s capture=%d" % (serial.encode(), number)
    return _SOI + _COM + (len(text) + 2).to_bytes(2, "big") + text

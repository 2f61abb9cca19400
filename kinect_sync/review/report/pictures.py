"""The first complete set of a take as small pictures: whether every camera sees what it should."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import KsyncError
from kinect_sync.review.report.data import DeviceData, TakeData
from kinect_sync.review.report.markup import Markup, tag
from kinect_sync.takes.decoding import decode_color, decode_gray
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.mkv.reader import Recording, read_recording

if TYPE_CHECKING:
    from PIL.Image import Image

_WIDTH = 320
_QUALITY = 72
# Dark blue over green to yellow, near to far; no depth is black.
_RAMP = np.array([(38, 10, 84), (60, 78, 138), (33, 140, 141), (92, 200, 99), (250, 226, 60)], np.float64)


def pictures(data: TakeData) -> Markup | None:
    """Show color and depth, or else IR, of each device at the first complete pulse; None where none is."""
    rows = np.flatnonzero(data.complete)
    if not len(rows):
        return None
    row = int(rows[0])
    shown = [_device(data, device, row) for device in data.devices]
    return tag("div", *shown, class_="pictures")


def first_set(data: TakeData) -> int | None:
    """Return the first pulse that every device has; None without one."""
    rows = np.flatnonzero(data.complete)
    return int(data.take.index.pulses[rows[0]]) if len(rows) else None


def _device(data: TakeData, device: DeviceData, row: int) -> Markup:
    try:
        recording = read_recording(data.take.recording(device.described))
        images = _images(recording, device, row)
    except (KsyncError, OSError, ValueError) as error:
        return tag("figure", tag("figcaption", tag("b", device.name), f": no picture: {error}"))
    shown = [
        tag(
            "img",
            src=_data_url(image),
            alt=f"{word} of {device.name}",
            width=image.width,
            height=image.height,
        )
        for word, image in images
    ]
    return tag("figure", tag("figcaption", tag("b", device.name)), *shown)


def _images(recording: Recording, device: DeviceData, row: int) -> list[tuple[str, Image]]:
    from PIL import Image

    columns, places, found = device.columns, ImagePlaces(recording), []
    facts = recording.facts
    color = places.find("COLOR", int(columns.color_us[row]))
    if color is not None and facts.color_format is not None:
        data = _read(recording, color.offset, color.nbytes)
        rgb = decode_color(data, facts.color_format, facts.color_resolution.size)
        found.append(("color", _small(Image.fromarray(rgb))))
    for track in ("DEPTH", "IR"):
        place = places.find(track, int(columns.depth_us[row]))
        header = facts.track(track)
        if place is not None and header is not None:
            data = _read(recording, place.offset, place.nbytes)
            gray = decode_gray(data, (header.width, header.height)).astype(np.float64)
            found.append((track.lower(), _small(Image.fromarray(paint(gray)))))
            break
    return found


def _read(recording: Recording, offset: int, nbytes: int) -> bytes:
    with recording.path.open("rb") as stream:
        stream.seek(offset)
        return stream.read(nbytes)


def paint(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return depth or IR, shape (height, width), in false colors, shape (height, width, 3).

    They go from the least value to the largest along a ramp, and are black where nothing is known.
    """
    known = values > 0
    low, high = np.percentile(values[known], (2, 98)) if known.any() else (0.0, 1.0)
    share = np.clip((values - low) / max(1.0, high - low), 0, 1) * (len(_RAMP) - 1)
    painted = np.stack(
        [np.interp(share, np.arange(len(_RAMP)), _RAMP[:, channel]) for channel in range(3)], -1
    )
    painted[~known] = 0
    return np.asarray(painted.astype(np.uint8))


def _small(image: Image) -> Image:
    image.thumbnail((_WIDTH, _WIDTH))
    return image


def _data_url(image: Image) -> str:
    stream = BytesIO()
    image.save(stream, "JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()

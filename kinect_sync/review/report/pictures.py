"""The first complete set of a take as small pictures: whether every camera sees what it should."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import KsyncError
from kinect_sync.review.report.data import DeviceData, FirstSet, TakeData
from kinect_sync.review.report.markup import Markup, tag
from kinect_sync.takes.decoding import decode_color, gray_decoder
from kinect_sync.takes.mkv.places import ImagePlace, ImagePlaces

if TYPE_CHECKING:
    from PIL.Image import Image

_WIDTH = 320
_QUALITY = 72
# Dark blue over green to yellow, near to far; no depth is black.
_RAMP = np.array([(38, 10, 84), (60, 78, 138), (33, 140, 141), (92, 200, 99), (250, 226, 60)], np.float64)


def pictures(data: TakeData) -> Markup | None:
    """Show color and depth, or else IR, of each device at the first complete pulse; None where none is."""
    if data.first_set is None:
        return None
    shown = [_device(data, device, data.first_set) for device in data.devices]
    return tag("div", *shown, class_="pictures")


def _device(data: TakeData, device: DeviceData, first: FirstSet) -> Markup:
    try:
        places = ImagePlaces(data.take.recording(device.described))
        images = _images(places, *first.times_us[device.name])
    except (KsyncError, OSError, ValueError) as error:
        return tag("figure", tag("figcaption", tag("b", device.name), f": no picture: {error}"))
    shown = [
        tag(
            "img",
            src=data_url(image),
            alt=f"{word} of {device.name}",
            width=image.width,
            height=image.height,
        )
        for word, image in images
    ]
    return tag("figure", tag("figcaption", tag("b", device.name)), *shown)


def _images(places: ImagePlaces, color_us: int, depth_us: int) -> list[tuple[str, Image]]:
    from PIL import Image

    found, facts = [], places.facts
    color = places.find("COLOR", color_us)
    if color is not None and facts.color_format is not None:
        rgb = decode_color(_read(places, color), facts.color_format, facts.color_resolution.size)
        found.append(("color", _small(Image.fromarray(rgb))))
    for track in ("DEPTH", "IR"):
        place = places.find(track, depth_us)
        header = facts.track(track)
        if place is not None and header is not None:
            gray = gray_decoder(header)(_read(places, place)).astype(np.float64)
            found.append((track.lower(), _small(Image.fromarray(paint(gray)))))
            break
    return found


def _read(places: ImagePlaces, place: ImagePlace) -> bytes:
    with places.path.open("rb") as stream:
        stream.seek(place.offset)
        return stream.read(place.nbytes)


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


def data_url(image: Image) -> str:
    """Return a picture as the page itself holds it."""
    stream = BytesIO()
    image.save(stream, "JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()

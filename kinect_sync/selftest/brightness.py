"""How bright the color images of a take are: its flashes are found in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.decoding import decode_color
from kinect_sync.takes.manifest import TakeDevice
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.mkv.reader import opened
from kinect_sync.takes.opened_take import OpenedTake
from kinect_sync.values import Value

COLOR = "COLOR"
STEP = 8
"""Every so many pixels count, either way: a flash is not small."""
KEPT_SHARES = (0.25, 0.5, 0.75)
"""Where in a take images are kept, to be looked at."""


class Brightness(Value):
    """One device."""

    device: str
    levels: tuple[float | None, ...]
    """Mean level of color by pulse, 0 to 255; null where there is no image."""


def measure_brightness(take: OpenedTake) -> tuple[Brightness, ...]:
    """Measure every color image of a take; UsageError where it can't be read."""
    return tuple(
        Brightness(device=device.settings.name, levels=tuple(map(_rounded, _levels(take, device))))
        for device in take.manifest.devices
        if device.settings.has_color
    )


def keep_images(take: OpenedTake, folder: Path) -> None:
    """Keep the JPEGs of some pulses, as the devices made them, to be looked at side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    pulses = [int(len(take.index) * share) for share in KEPT_SHARES]
    for device in take.manifest.devices:
        if device.settings.has_color and device.settings.color_format is ColorFormat.MJPG:
            images = list(_images(take, device, pulses))
            for pulse, data in zip(pulses, images, strict=True):
                if data is not None:
                    (folder / f"pulse-{pulse}-{device.settings.name}.jpg").write_bytes(data)


def _levels(take: OpenedTake, device: TakeDevice) -> Iterator[float]:
    settings = device.settings
    for data in _images(take, device, range(len(take.index))):
        try:
            size = settings.color_resolution.size
            pixels = decode_color(data, settings.color_format, size) if data is not None else None
        except ValueError:
            pixels = None
        yield float(pixels[::STEP, ::STEP].mean()) if pixels is not None else math.nan


def _images(take: OpenedTake, device: TakeDevice, pulses: Iterable[int]) -> Iterator[bytes | None]:
    stretches = (part.devices[device.settings.name].color_us.tolist() for part in take.index.stretches())
    times = [time_us for stretch in stretches for time_us in stretch]
    places = ImagePlaces(take.recording(device))
    with opened(places.path) as file:
        for pulse in pulses:
            place = places.find(COLOR, times[pulse])
            yield file.read(place.offset, place.nbytes) if place is not None else None


def _rounded(level: float) -> float | None:
    return round(level, 2) if math.isfinite(level) else None

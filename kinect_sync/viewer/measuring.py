"""What is measured of shots: rarely, as it costs more than their pictures, but soon where it may be news."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from kinect_sync.errors import KsyncError
from kinect_sync.viewer.health import ColorHealth, DepthHealth, color_health, depth_health
from kinect_sync.viewer.shots import Shot

FAILURES = (ValueError, OSError, KsyncError, ArithmeticError, LookupError, MemoryError)
"""How an image may turn out to be none, or not to be there any more: libraries that decode it do not say more
of nonsense than that they stumbled."""
HEALTH_S = 4.0
"""From one measurement of a device to the next."""
STEADY_S = 10.0
"""The same of color while its JPEG stays as large: to decode one takes 2 ms, five times as long as a picture
of depth."""
NEWS_S = 1.0
"""The same where the JPEG became another one, as of a camera that is covered, or could not be measured."""
NEWS = 0.1
"""From one JPEG of the same to the next the size changes by less than this share."""

Shares = Mapping[str, float]
"""By the names that the head has for them; none of what is not there, or can't be read."""


class Health(NamedTuple):
    """What was measured of one shot."""

    color: Shares
    depth: Shares


def measured(shot: Shot) -> Health:
    """Measure a shot."""
    return Health(_color(shot), _depth(shot))


class LatelyMeasured:
    """What was measured of one device lately."""

    def __init__(self) -> None:
        """Begin without anything."""
        self._color: Shares = {}
        self._depth: Shares = {}
        self._color_s = self._depth_s = -math.inf
        self._nbytes = 0

    def health(self, shot: Shot, now_s: float) -> Health:
        """Return what is known, measured by this shot where that is due; `now_s` is a steady clock."""
        if now_s - self._color_s >= self._color_holds_s(shot):
            self._color, self._color_s, self._nbytes = _color(shot), now_s, _jpeg_nbytes(shot)
        if now_s - self._depth_s >= HEALTH_S:
            self._depth, self._depth_s = _depth(shot), now_s
        return Health(self._color, self._depth)

    def _color_holds_s(self, shot: Shot) -> float:
        nbytes = _jpeg_nbytes(shot)
        if not self._color:
            return NEWS_S
        if not nbytes or not self._nbytes:
            return HEALTH_S
        return NEWS_S if abs(nbytes - self._nbytes) > NEWS * self._nbytes else STEADY_S


def _jpeg_nbytes(shot: Shot) -> int:
    """Return the size of its JPEG, 0 where that is not told: an image without compression has one size."""
    image = shot.color
    return image.stored.nbytes if image is not None and image.stored is not None and image.is_jpeg else 0


def _color(shot: Shot) -> Shares:
    image = shot.color
    return {} if image is None else _shares(lambda: color_health(image, image.read()))


def _depth(shot: Shot) -> Shares:
    depth, ir = shot.depth, shot.ir
    return {} if depth is None or ir is None else _shares(lambda: depth_health(depth.half(), ir.half()))


def _shares(measure: Callable[[], ColorHealth | DepthHealth | None]) -> Shares:
    try:
        found = measure()
    except FAILURES:
        return {}
    return {} if found is None else {name: round(share, 4) for name, share in found._asdict().items()}

"""Where shots become pictures, each once: ten clients that look at one rig cost little more than one.

Of each device the pictures of its last shots are kept, and what was measured last.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kinect_sync.errors import KsyncError
from kinect_sync.texts import printable
from kinect_sync.viewer.health import ColorHealth, DepthHealth, color_health, depth_health
from kinect_sync.viewer.pictures import Picture, color_picture, depth_picture, ir_picture
from kinect_sync.viewer.shots import Shot

Shares = Mapping[str, float]
"""By the names that the head has for them."""

HEALTH_S = 4.0
"""From one measurement of a device to the next: it takes 2 ms, ten times as long as a picture of depth."""
KEPT = 2
"""Shots of a device of which pictures are kept: the newest, and one of a client that looks back."""

FAILURES = (ValueError, OSError, KsyncError, ArithmeticError, LookupError, MemoryError)
"""How an image may turn out to be none, or not to be there any more: libraries that decode it do not say more
of nonsense than that they stumbled."""


@dataclass(frozen=True, slots=True)
class Health:
    """What was measured of one shot; nothing where there is nothing, or nothing that can be read."""

    at_s: float
    color: Shares
    depth: Shares


class Broken(NamedTuple):
    """In the place of a picture: why there is none."""

    why: str


class Prints:
    """The pictures of one shot, or why one can't be made; None of what the shot does not have."""

    def __init__(self, shot: Shot) -> None:
        """Make nothing yet."""
        self.shot = shot
        self.health: Health | None = None
        self._made: dict[str, Picture | Broken] = {}

    def color(self, *, small: bool) -> Picture | Broken | None:
        """Return the picture of color."""
        image = self.shot.color
        if image is None:
            return None
        key = "small" if small else "full"
        return self._once(key, lambda: color_picture(image, small=small))

    def depth(self) -> Picture | Broken | None:
        """Return the picture of depth."""
        image, mode = self.shot.depth, self.shot.depth_mode
        return None if image is None else self._once("depth", lambda: depth_picture(image.half(), mode))

    def ir(self) -> Picture | Broken | None:
        """Return the picture of IR."""
        image = self.shot.ir
        return None if image is None else self._once("ir", lambda: ir_picture(image.half()))

    def _once(self, key: str, make: Callable[[], Picture]) -> Picture | Broken:
        if key not in self._made:
            try:
                self._made[key] = make()
            except FAILURES as error:
                self._made[key] = Broken(printable(str(error)) or type(error).__name__)
        return self._made[key]


class Darkroom:
    """Makes pictures of the shots of all devices, and keeps the last ones."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        """Begin without any; `now_s` is a steady clock."""
        self._now_s = now_s
        self._prints: dict[str, OrderedDict[int, Prints]] = {}
        self._health: dict[str, Health] = {}

    def prints(self, device: str, shot: Shot) -> Prints:
        """Return what is made of a shot, which its device time names."""
        kept = self._prints.setdefault(device, OrderedDict())
        if shot.device_us not in kept:
            kept[shot.device_us] = Prints(shot)
        kept.move_to_end(shot.device_us)
        while len(kept) > KEPT:
            kept.popitem(last=False)
        return kept[shot.device_us]

    def health(self, device: str, prints: Prints, *, exact: bool) -> Health:
        """Return what was measured of a device: of this shot where that is asked for, else lately."""
        known = prints.health if exact else self._health.get(device)
        now_s = self._now_s()
        if known is None or (not exact and now_s - known.at_s >= HEALTH_S):
            known = _measured(prints.shot, now_s)
            prints.health = known
            if not exact:
                self._health[device] = known
        return known


def _measured(shot: Shot, now_s: float) -> Health:
    color, depth, ir = shot.color, shot.depth, shot.ir
    seen_color = {} if color is None else _shares(lambda: color_health(color, color.read()))
    if depth is None or ir is None:
        return Health(now_s, seen_color, {})
    return Health(now_s, seen_color, _shares(lambda: depth_health(depth.half(), ir.half())))


def _shares(measure: Callable[[], ColorHealth | DepthHealth | None]) -> Shares:
    try:
        measured = measure()
    except FAILURES:
        return {}
    return {} if measured is None else {name: round(share, 4) for name, share in measured._asdict().items()}

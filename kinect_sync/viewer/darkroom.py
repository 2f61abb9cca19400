"""Where shots become pictures, each once: ten clients that look at one rig cost little more than one.

Of each device the pictures of its last shots are kept, and what was measured last.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from kinect_sync.texts import printable
from kinect_sync.viewer.measuring import FAILURES, Health, LatelyMeasured, measured
from kinect_sync.viewer.pictures import Picture, color_picture, depth_picture, ir_picture
from kinect_sync.viewer.shots import Shot

KEPT = 2
"""Shots of a device of which pictures are kept: the newest, and one of a client that looks back."""


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
        self._lately: dict[str, LatelyMeasured] = {}

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
        if not exact:
            lately = self._lately.setdefault(device, LatelyMeasured())
            return lately.health(prints.shot, self._now_s())
        if prints.health is None:
            prints.health = measured(prints.shot)
        return prints.health

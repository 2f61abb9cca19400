"""The images of one device in a room, as its process hands them out: drawn before, or else now."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.frames import encode, mark_jpeg
from kinect_sync.devices.simulated.room.depth_image import DepthPair
from kinect_sync.devices.simulated.room.eye import Eye
from kinect_sync.rig.modes import ColorFormat

_NOTHING = np.zeros((0, 0), np.uint16)


class RoomFilm:
    """What one device sees of the room, pulse by pulse; JPEGs are marked as `Film` marks them."""

    def __init__(self, eye: Eye, since_first: Callable[[int], int]) -> None:
        """Take the device's cameras, and look at the empty room once: no capture can wait for that.

        `since_first` says how many pulses a pulse comes after the one with which the walk began.
        """
        self._eye = eye
        self._since_first = since_first
        self._last: tuple[str, DepthPair] = ("", DepthPair(_NOTHING, _NOTHING))
        for album in eye.albums:
            album.touch()
        if eye.settings.has_ir:
            eye.empty_pairs(bumped=False)
            if eye.unit.is_bumped:
                eye.empty_pairs(bumped=True)

    def color(self, number: int) -> NDArray[np.uint8]:
        """Return the color image of a pulse, as the SDK shapes it."""
        content = self._eye.color(self._eye.shot("color", self._since_first(number)))
        color_format = self._eye.settings.color_format
        if color_format is ColorFormat.MJPG:
            return mark_jpeg(np.frombuffer(content, np.uint8), self._eye.unit.serial, number)
        from PIL import Image

        return encode(Image.fromarray(np.load(io.BytesIO(content))), color_format)

    def depth(self, number: int) -> NDArray[np.uint16]:
        """Return the depth image of a pulse, (height, width) in mm."""
        return self._pair(number).depth

    def infrared(self, number: int) -> NDArray[np.uint16]:
        """Return the IR image of a pulse, (height, width)."""
        return self._pair(number).infrared

    def _pair(self, number: int) -> DepthPair:
        shot = self._eye.shot("depth", self._since_first(number))
        if self._last[0] != shot.name:
            self._last = shot.name, self._eye.pair(shot)
        return self._last[1]

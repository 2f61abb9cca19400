"""What a device sees from the pulse on at which somebody stands before it, or a lamp shines into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.faults import DeviceFaults
from kinect_sync.devices.simulated.frames import Film
from kinect_sync.rig.model import DeviceSettings

if TYPE_CHECKING:
    from kinect_sync.devices.simulated.room.film import RoomFilm


class SpoiltFilm:
    """Images of a device that sees well up to a pulse; all are marked as `Film` marks them."""

    def __init__(
        self, seen: Film | RoomFilm, serial: str, settings: DeviceSettings, faults: DeviceFaults
    ) -> None:
        """Take what it sees as long as nothing is wrong, and draw what it sees then."""
        self._seen = seen
        self._covered = _from(faults.covered_at, Film(serial, settings, "covered"))
        self._overexposed = _from(faults.overexposed_at, Film(serial, settings, "overexposed"))

    def color(self, number: int) -> NDArray[np.uint8]:
        """Return the color image of a pulse, as the SDK shapes it."""
        for first, film in (self._covered, self._overexposed):
            if number >= first:
                return film.color(number)
        return self._seen.color(number)

    def depth(self, number: int) -> NDArray[np.uint16]:
        """Return the depth image of a pulse, (height, width) in mm."""
        first, film = self._covered
        return film.depth(number) if number >= first else self._seen.depth(number)

    def infrared(self, number: int) -> NDArray[np.uint16]:
        """Return the IR image of a pulse, (height, width)."""
        first, film = self._covered
        return film.infrared(number) if number >= first else self._seen.infrared(number)


def _from(first: int | None, film: Film) -> tuple[float, Film]:
    """Return from which pulse on a film is shown; never where there is none."""
    return (np.inf if first is None else first), film

"""Which rows a program was given, and what they lacked: to be held against the take that is beside."""

from __future__ import annotations

from collections.abc import Sequence

from kinect_sync.timing.alignment import Row
from kinect_sync.timing.device_holes import DeviceHoles
from kinect_sync.timing.pulse_set import PulseSet


class GivenRows:
    """Remembers of each row that was given which devices were holes in it."""

    def __init__(self, devices: Sequence[str]) -> None:
        """Know the devices, in the order of rows, and no row yet."""
        self._pulses = PulseSet()
        self._holes = DeviceHoles(devices)

    def add(self, row: Row) -> None:
        """Note that a row was given."""
        self._pulses.add(row.pulse)
        self._holes.add(row)

    def lacked(self, device: str, take_holes: PulseSet, pulses: int) -> int:
        """Return in how many a device was a hole of which the take, of so many pulses, has the capture."""
        holes = self._holes.by_device[device]
        return holes.count_before(pulses) - holes.shared_with(take_holes)

    def had(self, device: str, take_holes: PulseSet) -> int:
        """Return in how many a device was whole that is a hole in the take."""
        return take_holes.shared_with(self._pulses) - take_holes.shared_with(self._holes.by_device[device])

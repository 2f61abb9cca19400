"""Of which pulses a take has no whole capture of a device: whoever was given rows beside it compares."""

from __future__ import annotations

from collections.abc import Sequence

from kinect_sync.director.observer import Observer
from kinect_sync.timing.alignment import Row
from kinect_sync.timing.device_holes import DeviceHoles


class TakeHoles(Observer):
    """Remembers the holes of a take as its rows are decided."""

    def __init__(self, devices: Sequence[str]) -> None:
        """Know the devices, in the rig's order, and no row yet."""
        self._holes = DeviceHoles(devices)

    def on_rows(self, rows: Sequence[Row]) -> None:
        """Take in what became of each device."""
        for row in rows:
            self._holes.add(row)

    @property
    def ranges(self) -> dict[str, tuple[tuple[int, int], ...]]:
        """By device, the first and the last pulse of each of its gaps."""
        return {name: holes.ranges for name, holes in self._holes.by_device.items()}
